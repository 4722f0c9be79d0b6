import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { square } from '../graph/ops/elementwise.ts';
import { defineGradientRule } from '../graph/ops/gradient-rule.ts';
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

/**
 * The gradient of a step with sigmoid and tanh in fewer passes over memory than the derived one.
 *
 * As for `lstm`: the derivative of `p = s y` with respect to the argument of the gate s is `p - p s`. Kept: z, r, and the
 * factors for the arguments of z, of r and of the candidate.
 */
const withGruGradient = defineGradientRule('gru', ([dh], _inputs, kept) => {
  const [z, r, toZ, toR, toCandidate] = kept as readonly [Node, Node, Node, Node, Node];
  const ofCandidate = multiply(dh!, toCandidate);
  return [
    concat([multiply(dh!, toZ), multiply(ofCandidate, toR)]),
    ofCandidate,
    multiply(ofCandidate, r),
    multiply(dh!, z),
  ];
});

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
  kernel: ({ activation, recurrentActivation, resetAfter }) =>
    activation === 'tanh' && recurrentActivation === 'sigmoid'
      ? { type: 'GRU', order: [0, 1, 2], attributes: { linear_before_reset: { int: resetAfter ? 1 : 0 } } }
      : undefined,
  step: ({ layer, x, states, recurrent, bias }) => {
    const { units, resetAfter, activation, recurrentActivation } = layer;
    const h = states[0]!;
    const squash = (value: Node): Node => activate(activation, value, () => {});
    const early = add(x[0]!, recurrent(h, 0));
    const [z, r] = split(
      activate(recurrentActivation, early, () => {}),
      [units, units],
    ) as readonly [Node, Node];
    if (!resetAfter) {
      const candidate = squash(add(x[1]!, recurrent(multiply(r, h), 1)));
      return [add(candidate, multiply(z, subtract(h, candidate)))];
    }
    const product = recurrent(h, 1);
    const inner =
      bias === undefined ? product : add(product, slice(stateBias(bias), [2 * units], [3 * units]));
    const reset = multiply(r, inner);
    const candidate = squash(add(x[1]!, reset));
    const held = multiply(z, subtract(h, candidate));
    const next = add(candidate, held);
    if (activation !== 'tanh' || recurrentActivation !== 'sigmoid') return [next];
    const open = subtract(1, z);
    return withGruGradient(
      [next],
      [early, x[1]!, inner, h],
      [
        z,
        r,
        subtract(held, multiply(held, z)),
        subtract(reset, multiply(reset, r)),
        subtract(open, multiply(open, square(candidate))),
      ],
    );
  },
});
