import { activate } from '../activations/activation.ts';
import { defineRecurrent } from './recurrent.ts';
import { parseRecurrent, type RecurrentLayer, type RecurrentOptions } from './recurrent-options.ts';

/** A recurrent layer without gates. */
export interface SimpleRnnLayer extends RecurrentLayer {
  readonly kind: 'simpleRnn';
}

/**
 * `h' = activation(x W + h U + b)` at every step of a sequence [steps, channels]; the last `h` is the output.
 *
 * Call it on a sequence, or on a sequence and an initial state [units] (default 0). Steps that a mask leaves out change
 * nothing. Gradients through many steps vanish or explode: `lstm` and `gru` have gates against that. Throws
 * `LU_LAYER_OPTION` for an unknown option or a number out of range. Reference: Elman 1990.
 *
 * @example
 * sequential([layers.input({ shape: [28, 28] }), layers.simpleRnn({ units: 64 }), layers.dense({ units: 10 })])
 */
export function simpleRnn(options: RecurrentOptions): SimpleRnnLayer {
  return parseRecurrent('simpleRnn', options);
}

defineRecurrent<SimpleRnnLayer>({
  kind: 'simpleRnn',
  groups: [1],
  states: 1,
  structure: () => null,
  kernel: ({ activation }) => (activation === 'tanh' ? { type: 'RNN', order: [0] } : undefined),
  step: ({ layer, states, sum, bias }) => [
    activate(layer.activation, sum(0, { state: states[0]!, input: true, bias }), () => {}),
  ],
});
