import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat, slice, split } from '../graph/ops/slice.ts';
import { layerName } from './place.ts';
import { defineRecurrent } from './recurrent.ts';
import { type GatedOptions, parseRecurrent, type RecurrentLayer } from './recurrent-options.ts';

/** Options of `layers.gru`. */
export interface GruOptions extends GatedOptions {
  /** Apply the reset gate to the product of the state (as cuDNN does) instead of to the state. Default true. */
  readonly resetAfter?: boolean;
}

/** A gated recurrent unit. */
export interface GruLayer extends RecurrentLayer {
  readonly kind: 'gru';
  readonly recurrentActivation: ActivationName;
  readonly resetAfter: boolean;
}

/**
 * Gated recurrent units over a sequence [steps, channels]; the last `h` is the output.
 *
 * `z, r = sigmoid(x W + h U + b)`; `g = tanh(x W + b + r (h U + b'))`, or `tanh(x W + b + (r h) U)` with `resetAfter`
 * false; `h' = z h + (1 - z) g`. Columns in the order z, r, g; the bias is [2, 3 units], for input and state, or [3 units]
 * with `resetAfter` false. Call it on a sequence, or on a sequence and an initial state [units] (default 0). Throws
 * `LU_LAYER_OPTION` for an unknown option or a number out of range. Reference: Cho et al. 2014; Chung, Gulcehre, Cho and
 * Bengio 2014.
 *
 * @example
 * sequential([layers.input({ shape: [28, 28] }), layers.gru({ units: 64 }), layers.dense({ units: 10 })])
 */
export function gru(options: GruOptions): GruLayer {
  const where = layerName('gru', options);
  return {
    ...parseRecurrent('gru', options, ['recurrentActivation', 'resetAfter']),
    recurrentActivation: parseActivation(where, options.recurrentActivation ?? 'sigmoid'),
    resetAfter: options.resetAfter ?? true,
  };
}

/** The bias that the state's products get, [3 units]. */
function stateBias(bias: Node): Node {
  return reshape(slice(bias, [1], [2]), [bias.shape[1]!]);
}

defineRecurrent<GruLayer>({
  kind: 'gru',
  groups: [2, 1],
  states: 1,
  structure: ({ recurrentActivation, resetAfter }) => [recurrentActivation, resetAfter],
  biasShape: ({ units, resetAfter }) => (resetAfter ? [2, 3 * units] : [3 * units]),
  inputBias: ({ units, resetAfter }, bias) => {
    if (!resetAfter) return bias;
    const ofInput = reshape(slice(bias, [0], [1]), [3 * units]);
    // What is added to the gates z and r needs not wait for the steps.
    const early = add(slice(ofInput, [0], [2 * units]), slice(stateBias(bias), [0], [2 * units]));
    return concat([early, slice(ofInput, [2 * units], [3 * units])]);
  },
  step: ({ layer, x, states, recurrent, bias }) => {
    const { units, resetAfter } = layer;
    const h = states[0]!;
    const gates = activate(layer.recurrentActivation, add(x[0]!, recurrent(h, 0)), () => {});
    const [z, r] = split(gates, [units, units]) as [Node, Node];
    const inner = (): Node => {
      if (!resetAfter) return recurrent(multiply(r, h), 1);
      const product = recurrent(h, 1);
      if (bias === undefined) return multiply(r, product);
      return multiply(r, add(product, slice(stateBias(bias), [2 * units], [3 * units])));
    };
    const candidate = activate(layer.activation, add(x[1]!, inner()), () => {});
    return [add(multiply(z, h), multiply(subtract(1, z), candidate))];
  },
});
