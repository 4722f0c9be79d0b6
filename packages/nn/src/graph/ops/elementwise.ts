import { type CreateNode, defineOp, FLOAT, NUMERIC, requireTypes } from '../define-op.ts';
import { erfValue } from '../erf.ts';
import type { DType, Node } from '../node.ts';
import { tabulate, wrap } from '../tensor.ts';
import { add, divide, multiply, subtract } from './arithmetic.ts';
import { cast } from './cast.ts';
import { broadcastTo, reshape } from './shape.ts';

interface UnarySpec {
  readonly name: string;
  /** The ONNX op that computes it from one operand. */
  readonly onnx: string;
  /** How often the operand is handed to the ONNX op; default 1. */
  readonly arity?: number;
  readonly types?: readonly DType[];
  apply(x: number): number;
  /** The derivative times the gradient of the output; undefined where it is zero everywhere. */
  gradient(x: Node, y: Node, outputGradient: Node): Node | undefined;
  simplify?(x: Node): Node | undefined;
}

function defineUnary(spec: UnarySpec): CreateNode {
  const create = defineOp({
    name: spec.name,
    isCheap: true,
    infer: (inputs) => {
      requireTypes(spec.name, inputs, spec.types ?? FLOAT);
      return { dtype: inputs[0]!.dtype, shape: inputs[0]!.shape };
    },
    gradient: (node, dy) => [spec.gradient(node.inputs[0]!, node, dy)],
    onnx: (_, context) =>
      void context.emit(spec.onnx, new Array<string>(spec.arity ?? 1).fill(context.input(0)), {}, [
        context.result(),
      ]),
    reference: (node, [x]) =>
      tabulate(node.dtype, node.shape, (i) => wrap(node.dtype, spec.apply(x!.data[i]!))),
    simplify: (node) => {
      const x = node.inputs[0]!;
      // Computed before it is repeated.
      if (x.op === 'broadcastTo') return broadcastTo(create([x.inputs[0]!]), node.shape);
      if (x.op === 'reshape') return reshape(create([x.inputs[0]!]), node.shape);
      return spec.simplify?.(x);
    },
  });
  return create;
}

const SIGNED: readonly DType[] = ['float32', 'int32', 'int64'];

const createNegate = defineUnary({
  name: 'negate',
  onnx: 'Neg',
  types: SIGNED,
  apply: (x) => -x,
  gradient: (_x, _y, dy) => negate(dy),
  simplify: (x) =>
    x.op === 'negate' ? x.inputs[0] : x.op === 'subtract' ? subtract(x.inputs[1]!, x.inputs[0]!) : undefined,
});

const createAbsolute = defineUnary({
  name: 'absolute',
  onnx: 'Abs',
  types: SIGNED,
  apply: Math.abs,
  gradient: (x, _, dy) => multiply(dy, sign(x)),
});

const createSign = defineUnary({
  name: 'sign',
  onnx: 'Sign',
  types: SIGNED,
  apply: Math.sign,
  gradient: () => undefined,
});
const createFloor = defineUnary({
  name: 'floor',
  onnx: 'Floor',
  apply: Math.floor,
  gradient: () => undefined,
});

const createSqrt = defineUnary({
  name: 'sqrt',
  onnx: 'Sqrt',
  apply: Math.sqrt,
  gradient: (_, y, dy) => divide(multiply(dy, 0.5), y),
});

const createSquare = defineUnary({
  name: 'square',
  onnx: 'Mul',
  arity: 2,
  types: NUMERIC,
  apply: (x) => x * x,
  gradient: (x, _, dy) => multiply(multiply(dy, 2), x),
});

const createReciprocal = defineUnary({
  name: 'reciprocal',
  onnx: 'Reciprocal',
  apply: (x) => 1 / x,
  gradient: (_, y, dy) => negate(multiply(dy, square(y))),
});

const createExp = defineUnary({
  name: 'exp',
  onnx: 'Exp',
  apply: Math.exp,
  gradient: (_, y, dy) => multiply(dy, y),
});
const createLog = defineUnary({
  name: 'log',
  onnx: 'Log',
  apply: Math.log,
  gradient: (x, _, dy) => divide(dy, x),
});

const createTanh = defineUnary({
  name: 'tanh',
  onnx: 'Tanh',
  apply: Math.tanh,
  gradient: (_, y, dy) => multiply(dy, subtract(1, square(y))),
});

const createSine = defineUnary({
  name: 'sine',
  onnx: 'Sin',
  apply: Math.sin,
  gradient: (x, _, dy) => multiply(dy, cosine(x)),
});

const createCosine = defineUnary({
  name: 'cosine',
  onnx: 'Cos',
  apply: Math.cos,
  gradient: (x, _, dy) => negate(multiply(dy, sine(x))),
});

const createSigmoid = defineUnary({
  name: 'sigmoid',
  onnx: 'Sigmoid',
  apply: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (_, y, dy) => multiply(dy, multiply(y, subtract(1, y))),
});

const createRelu = defineUnary({
  name: 'relu',
  onnx: 'Relu',
  apply: (x) => (x < 0 ? 0 : x),
  // What is not 0 is above 0: this way it costs one comparison less.
  gradient: (_, y, dy) => multiply(dy, cast(cast(y, 'bool'), 'float32')),
  simplify: (x) => (x.op === 'relu' ? x : undefined),
});

const createErf = defineUnary({
  name: 'erf',
  onnx: 'Erf',
  apply: erfValue,
  gradient: (x, _, dy) => multiply(dy, multiply(2 / Math.sqrt(Math.PI), exp(negate(square(x))))),
});

/** What the gelu of `x` and its slope have in common. */
function geluParts(x: Node): { readonly part: Node; readonly twicePhi: Node } {
  const part = multiply(x, Math.SQRT1_2);
  return { part, twicePhi: add(erf(part), 1) };
}

const createGelu = defineUnary({
  name: 'gelu',
  onnx: 'com.microsoft.Gelu',
  apply: (x) => (x * (1 + erfValue(x * Math.SQRT1_2))) / 2,
  // (1 + erf(u) + 2 / sqrt(pi) * u / e^(u^2)) / 2, with u = x / sqrt(2).
  gradient: (x, _, dy) => {
    const { part, twicePhi } = geluParts(x);
    const bell = multiply(divide(part, exp(square(part))), 2 / Math.sqrt(Math.PI));
    return multiply(multiply(dy, 0.5), add(twicePhi, bell));
  },
  // Forward and backward share the dear part. The half comes last, where a product can take it.
  simplify: (x) => multiply(multiply(x, geluParts(x).twicePhi), 0.5),
});

const createSoftplus = defineUnary({
  name: 'softplus',
  onnx: 'Softplus',
  apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (x, _, dy) => multiply(dy, sigmoid(x)),
});

/** `-x`. */
export function negate(x: Node): Node {
  return createNegate([x]);
}

/** `|x|`; its gradient at 0 is 0. */
export function absolute(x: Node): Node {
  return createAbsolute([x]);
}

/** -1, 0 or 1; no gradient flows through it. */
export function sign(x: Node): Node {
  return createSign([x]);
}

/** The largest whole number not above `x`; no gradient flows through it. */
export function floor(x: Node): Node {
  return createFloor([x]);
}

/** The square root; NaN below 0, infinite gradient at 0. */
export function sqrt(x: Node): Node {
  return createSqrt([x]);
}

/** `x * x`. */
export function square(x: Node): Node {
  return createSquare([x]);
}

/** `1 / x`. */
export function reciprocal(x: Node): Node {
  return createReciprocal([x]);
}

/** `e ** x`. */
export function exp(x: Node): Node {
  return createExp([x]);
}

/** The natural logarithm; -Infinity at 0, NaN below. */
export function log(x: Node): Node {
  return createLog([x]);
}

/** The hyperbolic tangent. */
export function tanh(x: Node): Node {
  return createTanh([x]);
}

/** The sine of an angle in radians. */
export function sine(x: Node): Node {
  return createSine([x]);
}

/** The cosine of an angle in radians. */
export function cosine(x: Node): Node {
  return createCosine([x]);
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(x: Node): Node {
  return createSigmoid([x]);
}

/** `max(x, 0)`; its gradient at 0 is 0. */
export function relu(x: Node): Node {
  return createRelu([x]);
}

/** The error function `2 / sqrt(pi) * integral of exp(-t^2) from 0 to x`. */
export function erf(x: Node): Node {
  return createErf([x]);
}

/** `log(1 + exp(x))`, without overflow. */
export function softplus(x: Node): Node {
  return createSoftplus([x]);
}

/** The exact (not tanh-approximated) Gaussian error linear unit `x (1 + erf(x / sqrt 2)) / 2`. */
export function gelu(x: Node): Node {
  return createGelu([x]);
}
