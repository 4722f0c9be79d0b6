import type { Node } from '../graph/node.ts';
import { add, clip, divide, maximum, minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { greater, where } from '../graph/ops/compare.ts';
import { absolute, exp, gelu, relu, sigmoid, softplus, square, tanh } from '../graph/ops/elementwise.ts';
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
/** sqrt(2 / pi) and the cubic coefficient of the approximation of Hendrycks and Gimpel 2016. */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** `x` where positive, else `alpha (e^x - 1)`; the exponent is cut at 0, so nothing overflows. */
function elu(x: Node, alpha: number): Node {
  return where(greater(x, 0), x, multiply(subtract(exp(minimum(x, 0)), 1), alpha));
}

/** `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`. */
function geluTanh(x: Node): Node {
  const inner = multiply(multiply(x, add(1, multiply(square(x), GELU_CUBIC))), GELU_SCALE);
  return multiply(multiply(x, 0.5), add(1, tanh(inner)));
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
  geluTanh: { apply: geluTanh },
  silu: { apply: (x) => multiply(x, sigmoid(x)) },
  mish: { apply: (x) => multiply(x, tanh(softplus(x))) },
  leakyRelu: { apply: (x) => maximum(x, multiply(x, LEAKY_SLOPE)) },
  softplus: { apply: softplus },
  softsign: { apply: (x) => divide(x, add(1, absolute(x))) },
  hardSigmoid: { apply: (x) => clip(add(divide(x, 6), 0.5), 0, 1) },
  exponential: { apply: exp },
};

/**
 * The names of the activations, with the formulas of Keras 3: relu, sigmoid, tanh, softmax over the last axis, linear,
 * elu (alpha 1), selu, gelu (exact, by erf), geluTanh (its approximation by tanh), silu (`x sigmoid(x)`, also called
 * swish), mish (`x tanh(softplus(x))`), leakyRelu (slope 0.2), softplus, softsign (`x / (1 + |x|)`), hardSigmoid
 * (`x / 6 + 1 / 2` cut at 0 and 1), exponential.
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
  | 'geluTanh'
  | 'silu'
  | 'mish'
  | 'leakyRelu'
  | 'softplus'
  | 'softsign'
  | 'hardSigmoid'
  | 'exponential';

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
