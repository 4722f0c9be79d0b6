import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { split } from '../graph/ops/slice.ts';
import { layerName } from './place.ts';
import { defineRecurrent } from './recurrent.ts';
import { type GatedOptions, parseRecurrent, type RecurrentLayer } from './recurrent-options.ts';

/** Options of `layers.lstm`. */
export interface LstmOptions extends GatedOptions {
  /** Begin with a bias of 1 at the forget gate, so that the memory is kept at first. Default true. */
  readonly unitForgetBias?: boolean;
}

/** A long short-term memory. */
export interface LstmLayer extends RecurrentLayer {
  readonly kind: 'lstm';
  readonly recurrentActivation: ActivationName;
  readonly unitForgetBias: boolean;
}

/**
 * Long short-term memory over a sequence [steps, channels]; the last `h` is the output.
 *
 * `i, f, o = sigmoid(...)`, `g = tanh(...)` of `x W + h U + b`, columns in the order i, f, g, o; `c' = f c + i g`;
 * `h' = o tanh(c')`. The memory `c` passes a step with the factor `f` only, so gradients survive many steps. Call it on
 * a sequence, or on a sequence and the initial `h` and `c`, [units] each (default 0); `returnState` gives the last ones.
 * Throws `LU_LAYER_OPTION` for an unknown option or a number out of range. Reference: Hochreiter and Schmidhuber 1997;
 * Gers, Schmidhuber and Cummins 2000 (forget gate); Jozefowicz, Zaremba and Sutskever 2015 (its bias).
 *
 * @example
 * sequential([layers.input({ shape: [28, 28] }), layers.lstm({ units: 64 }), layers.dense({ units: 10 })])
 */
export function lstm(options: LstmOptions): LstmLayer {
  const where = layerName('lstm', options);
  return {
    ...parseRecurrent('lstm', options, ['recurrentActivation', 'unitForgetBias']),
    recurrentActivation: parseActivation(where, options.recurrentActivation ?? 'sigmoid'),
    unitForgetBias: options.unitForgetBias ?? true,
  };
}

defineRecurrent<LstmLayer>({
  kind: 'lstm',
  groups: [4],
  states: 2,
  structure: ({ recurrentActivation }) => recurrentActivation,
  adjustBias: ({ units, unitForgetBias }) =>
    unitForgetBias ? (values) => values.slice().fill(1, units, 2 * units) : undefined,
  step: ({ layer, x, states, recurrent }) => {
    const [h, c] = states as [Node, Node];
    const { units } = layer;
    const parts = split(add(x[0]!, recurrent(h, 0)), [units, units, units, units]);
    const [i, f, g, o] = parts as [Node, Node, Node, Node];
    const gate = (z: Node): Node => activate(layer.recurrentActivation, z, () => {});
    const squash = (z: Node): Node => activate(layer.activation, z, () => {});
    const memory = add(multiply(gate(f), c), multiply(gate(i), squash(g)));
    return [multiply(gate(o), squash(memory)), memory];
  },
});
