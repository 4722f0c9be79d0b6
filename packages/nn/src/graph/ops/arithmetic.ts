import { FLOAT, type RewriteContext } from '../define-op.ts';
import type { DType, Node } from '../node.ts';
import { isSameShape } from '../tensor.ts';
import { cast } from './cast.ts';
import { greater, greaterEqual, lessEqual } from './compare.ts';
import { defineBinary } from './define-binary.ts';
import { log, negate, reciprocal, square } from './elementwise.ts';
import { scaledOperand, scaledProduct, withAddend } from './fuse-gemm.ts';
import { type Operand, scalar, scalarValue, toNodes } from './sources.ts';

/** The operand itself, when the op leaves it as it is and does not widen its shape. */
function same(node: Node, operand: Node): Node | undefined {
  return isSameShape(node.shape, operand.shape) ? operand : undefined;
}

function rewriteAdd(node: Node, context: RewriteContext): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  if (scalarValue(a) === 0) return same(node, b);
  if (scalarValue(b) === 0) return same(node, a);
  if (b.op === 'negate') return subtract(a, b.inputs[0]!);
  if (a.op === 'negate') return subtract(b, a.inputs[0]!);
  return withAddend(node, a, b, 1, context) ?? withAddend(node, b, a, 1, context);
}

function rewriteSubtract(node: Node, context: RewriteContext): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  if (scalarValue(b) === 0) return same(node, a);
  if (b.op === 'negate') return add(a, b.inputs[0]!);
  return withAddend(node, b, a, -1, context);
}

function rewriteMultiply(node: Node, context: RewriteContext): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  const [factor, x] = scalarValue(a) === undefined ? [scalarValue(b), a] : [scalarValue(a), b];
  if (factor === undefined) {
    if (a === b && node.dtype === 'float32') return square(a);
    return scaledOperand(a, b, context) ?? scaledOperand(b, a, context);
  }
  if (factor === 1) return same(node, x);
  if (node.dtype !== 'float32' || !isSameShape(node.shape, x.shape)) return undefined;
  if (factor === -1) return negate(x);
  if (x.op === 'multiply' && context.uses(x) <= 1) {
    const inner = scalarValue(x.inputs[0]!) ?? scalarValue(x.inputs[1]!);
    const rest = scalarValue(x.inputs[0]!) === undefined ? x.inputs[0]! : x.inputs[1]!;
    if (inner !== undefined && isSameShape(rest.shape, x.shape)) {
      const product = Math.fround(inner * factor);
      if (Number.isFinite(product) && Math.abs(product) > 1e-30) return multiply(rest, scalar(product));
    }
  }
  return scaledProduct(x, factor, context);
}

function rewriteDivide(node: Node): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  const divisor = scalarValue(b);
  if (divisor === 1) return same(node, a);
  if (divisor === undefined || node.dtype !== 'float32') return undefined;
  const factor = Math.fround(1 / divisor);
  // Subnormal or infinite reciprocals would lose what the division keeps.
  return Number.isFinite(factor) && Math.abs(factor) > 1e-30 ? multiply(a, scalar(factor)) : undefined;
}

function rewritePower(node: Node): Node | undefined {
  const [x, exponent] = node.inputs as [Node, Node];
  if (!isSameShape(node.shape, x.shape)) return undefined;
  const rewrites: Readonly<Record<number, () => Node>> = {
    1: () => x,
    2: () => square(x),
    [-1]: () => reciprocal(x),
  };
  const value = scalarValue(exponent);
  return value === undefined ? undefined : rewrites[value]?.();
}

function times(x: number, y: number, dtype: DType): number {
  return dtype === 'float32'
    ? x * y
    : dtype === 'int64'
      ? Number(BigInt.asIntN(64, BigInt(x) * BigInt(y)))
      : Math.imul(x, y);
}

function quotient(x: number, y: number, dtype: DType): number {
  return dtype === 'float32' ? x / y : Math.trunc(x / y);
}

const createAdd = defineBinary({
  name: 'add',
  onnx: 'Add',
  apply: (x, y) => x + y,
  gradient: (_, dy) => [dy, dy],
  simplify: rewriteAdd,
});

const createSubtract = defineBinary({
  name: 'subtract',
  onnx: 'Sub',
  apply: (x, y) => x - y,
  gradient: (_, dy) => [dy, negate(dy)],
  simplify: rewriteSubtract,
});

const createMultiply = defineBinary({
  name: 'multiply',
  onnx: 'Mul',
  apply: times,
  gradient: ({ inputs: [a, b] }, dy) => [multiply(dy, b!), multiply(dy, a!)],
  simplify: rewriteMultiply,
});

const createDivide = defineBinary({
  name: 'divide',
  onnx: 'Div',
  apply: quotient,
  gradient: (node, dy) => {
    const b = node.inputs[1]!;
    return [divide(dy, b), negate(divide(multiply(dy, node), b))];
  },
  simplify: rewriteDivide,
});

const createMaximum = defineBinary({
  name: 'maximum',
  onnx: 'Max',
  apply: (x, y) => Math.max(x, y),
  gradient: ({ inputs: [a, b] }, dy) => [
    multiply(dy, cast(greaterEqual(a!, b!), 'float32')),
    multiply(dy, cast(greater(b!, a!), 'float32')),
  ],
});

const createMinimum = defineBinary({
  name: 'minimum',
  onnx: 'Min',
  apply: (x, y) => Math.min(x, y),
  gradient: ({ inputs: [a, b] }, dy) => [
    multiply(dy, cast(lessEqual(a!, b!), 'float32')),
    multiply(dy, cast(greater(a!, b!), 'float32')),
  ],
});

const createPower = defineBinary({
  name: 'power',
  onnx: 'Pow',
  types: FLOAT,
  apply: (x, y) => x ** y,
  gradient: (node, dy) => {
    const [x, y] = node.inputs as [Node, Node];
    return [multiply(dy, multiply(y, power(x, subtract(y, 1)))), multiply(multiply(dy, node), log(x))];
  },
  simplify: rewritePower,
});

/** Elementwise `a + b`, broadcasting as numpy does; integers wrap around. */
export function add(a: Operand, b: Operand): Node {
  return createAdd(toNodes([a, b]));
}

/** Elementwise `a - b`, broadcasting as numpy does; integers wrap around. */
export function subtract(a: Operand, b: Operand): Node {
  return createSubtract(toNodes([a, b]));
}

/** Elementwise `a * b`, broadcasting as numpy does; integers wrap around. */
export function multiply(a: Operand, b: Operand): Node {
  return createMultiply(toNodes([a, b]));
}

/** Elementwise `a / b`, broadcasting as numpy does; integers are truncated towards zero. */
export function divide(a: Operand, b: Operand): Node {
  return createDivide(toNodes([a, b]));
}

/** Elementwise larger operand; at ties the gradient goes to `a`. */
export function maximum(a: Operand, b: Operand): Node {
  return createMaximum(toNodes([a, b]));
}

/** Elementwise smaller operand; at ties the gradient goes to `a`. */
export function minimum(a: Operand, b: Operand): Node {
  return createMinimum(toNodes([a, b]));
}

/**
 * Elementwise `a ** b` of floats. The gradient with respect to `b` is `y log(a)`: ask for it only where `a > 0`.
 */
export function power(a: Operand, b: Operand): Node {
  return createPower(toNodes([a, b]));
}

/** `x` limited to [min, max]; the gradient is 1 inside and at the limits, 0 outside. */
export function clip(x: Node, min: Operand, max: Operand): Node {
  return minimum(maximum(x, min), max);
}
