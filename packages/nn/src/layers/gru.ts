import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
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

/** What the sums of the gates z and r get of the bias, and those of input and state for the candidate. */
interface BiasParts {
  readonly early?: Node;
  readonly input?: Node;
  readonly state?: Node;
}

function biasParts({ units, resetAfter }: GruLayer, bias: Node | undefined): BiasParts {
  if (bias === undefined) return {};
  const cut = (row: Node): readonly Node[] => split(row, [2 * units, units], 0);
  const rowOf = (index: number): Node => reshape(slice(bias, [index], [index + 1]), [3 * units]);
  if (!resetAfter) {
    const [early, input] = cut(bias) as [Node, Node];
    return { early, input };
  }
  const [ofInput, ofState] = [cut(rowOf(0)), cut(rowOf(1))];
  return { early: add(ofInput[0]!, ofState[0]!), input: ofInput[1]!, state: ofState[1]! };
}

/**
 * The gradient of a step with sigmoid and tanh in fewer passes over memory than the derived one, from what the step
 * computes anyway: both gates, the candidate g, `z (h - g)` and `r (h U + b')`.
 *
 * As for `lstm`: the derivative of `p = s y` with respect to the argument of the gate s is `p - p s`.
 */
const withGruGradient = defineGradientRule('gru', ([dh], _inputs, kept) => {
  const [z, r, candidate, held, reset] = kept as readonly [Node, Node, Node, Node, Node];
  const ofGate = (product: Node, gate: Node): Node => subtract(product, multiply(product, gate));
  const ofState = multiply(dh!, z);
  const ofNew = subtract(dh!, ofState);
  const ofCandidate = subtract(ofNew, multiply(multiply(ofNew, candidate), candidate));
  const ofEarly = concat([ofGate(multiply(dh!, held), z), ofGate(multiply(ofCandidate, reset), r)], 0);
  return [ofEarly, ofCandidate, multiply(ofCandidate, r), ofState];
});

defineRecurrent<GruLayer>({
  kind: 'gru',
  groups: [2, 1],
  states: 1,
  structure: ({ recurrentActivation, resetAfter }) => [recurrentActivation, resetAfter],
  biasShape: ({ units, resetAfter }) => (resetAfter ? [2, 3 * units] : [3 * units]),
  kernel: ({ activation, recurrentActivation, resetAfter }) =>
    activation === 'tanh' && recurrentActivation === 'sigmoid'
      ? { type: 'GRU', order: [0, 1, 2], attributes: { linear_before_reset: { int: resetAfter ? 1 : 0 } } }
      : undefined,
  step: ({ layer, states, sum, bias }) => {
    const { units, resetAfter, activation, recurrentActivation } = layer;
    const h = states[0]!;
    const squash = (value: Node): Node => activate(activation, value, () => {});
    const { early: ofEarly, input: ofInput, state: ofState } = biasParts(layer, bias);
    const early = sum(0, { state: h, input: true, bias: ofEarly });
    const [z, r] = split(
      activate(recurrentActivation, early, () => {}),
      [units, units],
      0,
    ) as readonly [Node, Node];
    if (!resetAfter) {
      const candidate = squash(sum(1, { state: multiply(r, h), input: true, bias: ofInput }));
      return [add(candidate, multiply(z, subtract(h, candidate)))];
    }
    const inner = sum(1, { state: h, bias: ofState });
    const reset = multiply(r, inner);
    const outer = sum(1, { input: true, bias: ofInput });
    const candidate = squash(add(outer, reset));
    const held = multiply(z, subtract(h, candidate));
    const next = add(candidate, held);
    if (activation !== 'tanh' || recurrentActivation !== 'sigmoid') return [next];
    return withGruGradient([next], [early, outer, inner, h], [z, r, candidate, held, reset]);
  },
});
