import type { Node } from '../graph/node.ts';
import { maximum, minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { greater, where } from '../graph/ops/compare.ts';
import { exp, gelu, relu, sigmoid, softplus, tanh } from '../graph/ops/elementwise.ts';
import { softmax } from '../graph/ops/softmax.ts';
import { requireName } from '../layers/options.ts';

interface Activation {
  readonly apply: (x: Node) => Node;
  /** Whether a unit can die: give exactly 0, with gradient 0, for every sample. */
  readonly canDie?: boolean;
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
const LEAKY_SLOPE = 0.2;

/** `x` where positive, else `alpha (e^x - 1)`; the exponent is cut at 0, so nothing overflows. */
function elu(x: Node, alpha: number): Node {
  return where(greater(x, 0), x, multiply(subtract(exp(minimum(x, 0)), 1), alpha));
}

const activations: Readonly<Record<ActivationName, Activation>> = {
  linear: { apply: (x) => x },
  relu: { apply: relu, canDie: true },
  sigmoid: { apply: sigmoid },
  tanh: { apply: tanh },
  softmax: { apply: softmax },
  elu: { apply: (x) => elu(x, 1) },
  selu: { apply: (x) => multiply(elu(x, SELU_ALPHA), SELU_SCALE) },
  gelu: { apply: gelu },
  leakyRelu: { apply: (x) => maximum(x, multiply(x, LEAKY_SLOPE)) },
  softplus: { apply: softplus },
};

/**
 * The names of the activations, with the formulas of Keras 3: relu, sigmoid, tanh, softmax over the last axis, linear,
 * elu (alpha 1), selu, gelu (exact, by erf), leakyRelu (slope 0.2), softplus.
 */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  | 'softmax'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'leakyRelu'
  | 'softplus';

/** Reads the name of an activation; throws `LU_ACTIVATION_UNKNOWN` with the nearest one. */
export function parseActivation(place: string, name: ActivationName): ActivationName {
  requireName('LU_ACTIVATION_UNKNOWN', place, 'activation', name, activations);
  return name;
}

/** Applies an activation; `watchUnits` is told of outputs whose units can die. */
export function activate(name: ActivationName, x: Node, watchUnits: (output: Node) => void): Node {
  const activation = activations[name];
  const output = activation.apply(x);
  if (activation.canDie === true) watchUnits(output);
  return output;
}
