import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { defineGradientRule } from '../graph/ops/gradient-rule.ts';
import { broadcastTo } from '../graph/ops/shape.ts';
import { concat, split } from '../graph/ops/slice.ts';
import { scalar } from '../graph/ops/sources.ts';
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

/**
 * The gradient of a step with sigmoid and tanh in fewer passes over memory than the derived one, from what the step
 * computes anyway: the gates, `f c` and `tanh(c')`.
 *
 * The derivative of a product `p = s y` with respect to the argument of a sigmoid s is `p - p s`, and that with respect to
 * the argument of y = tanh is `s - p y`.
 */
const withLstmGradient = defineGradientRule('lstm', ([dh, dc], _inputs, kept) => {
  const [i, f, g, o, remembered, squashed] = kept as readonly [Node, Node, Node, Node, Node, Node];
  const ofSquashed = dh && multiply(dh, o);
  const ofOutput = ofSquashed && multiply(ofSquashed, squashed);
  const withOutput = ofSquashed && (dc === undefined ? ofSquashed : add(dc, ofSquashed));
  const ofMemory = withOutput === undefined ? dc! : subtract(withOutput, multiply(ofOutput!, squashed));
  const ofGate = (product: Node, gate: Node): Node => subtract(product, multiply(product, gate));
  const ofKept = multiply(ofMemory, remembered);
  const ofCandidate = multiply(ofMemory, i);
  const ofWritten = multiply(ofCandidate, g);
  const dz = [
    ofGate(ofWritten, i),
    ofGate(ofKept, f),
    subtract(ofCandidate, multiply(ofWritten, g)),
    ofOutput === undefined ? broadcastTo(scalar(0), i.shape) : ofGate(ofOutput, o),
  ];
  return [concat(dz, 0), multiply(ofMemory, f)];
});

defineRecurrent<LstmLayer>({
  kind: 'lstm',
  groups: [4],
  states: 2,
  structure: ({ recurrentActivation }) => recurrentActivation,
  adjustBias: ({ units, unitForgetBias }) =>
    unitForgetBias ? (values) => values.slice().fill(1, units, 2 * units) : undefined,
  kernel: ({ activation, recurrentActivation }) =>
    activation === 'tanh' && recurrentActivation === 'sigmoid'
      ? { type: 'LSTM', order: [0, 3, 1, 2] }
      : undefined,
  step: ({ layer, states, sum, bias }) => {
    const [h, c] = states as [Node, Node];
    const { units, activation, recurrentActivation } = layer;
    const gate = (z: Node): Node => activate(recurrentActivation, z, () => {});
    const squash = (z: Node): Node => activate(activation, z, () => {});
    const z = sum(0, { state: h, input: true, bias });
    const parts = split(z, [units, units, units, units], 0) as readonly [Node, Node, Node, Node];
    const [i, f, o] = [gate(parts[0]), gate(parts[1]), gate(parts[3])];
    const g = squash(parts[2]);
    const remembered = multiply(f, c);
    const memory = add(remembered, multiply(i, g));
    const squashed = squash(memory);
    const output = multiply(o, squashed);
    if (activation !== 'tanh' || recurrentActivation !== 'sigmoid') return [output, memory];
    return withLstmGradient([output, memory], [z, c], [i, f, g, o, remembered, squashed]);
  },
});
