import { LuthierError } from '@luthier/core';
import { defineOp } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { DType, Node, Shape } from '../node.ts';
import { sizeOf, tabulate } from '../tensor.ts';

/** Anything that holds elements of a constant. */
export type Elements = readonly number[] | Exclude<TypedElements, BigInt64Array> | BigInt64Array;
export type TypedElements = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint32Array;
/** An operand of an elementwise op: a number stands for a scalar of the other operand's type. */
export type Operand = Node | number;

const makers: Readonly<Record<DType, (values: ArrayLike<number>) => TypedElements>> = {
  float32: (values) => Float32Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(Array.from(values), BigInt),
  uint8: (values) => Uint8Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

/** Elements as the typed array of their type: int64 as BigInt64Array, bool as Uint8Array of 0 and 1. */
export function typedElements(values: ArrayLike<number>, dtype: DType): TypedElements {
  return makers[dtype](values);
}

function requireShape(op: string, shape: Shape): void {
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 0)) {
    throw shapeError(op, `[${shape.join(', ')}] is not a shape`, [], 'Give whole, non-negative extents.');
  }
}

const createInput = defineOp({
  name: 'input',
  isOpaque: true,
  infer: (_, { name, dtype, shape }) => {
    requireShape(`input '${String(name)}'`, shape as Shape);
    return { dtype: dtype as DType, shape: shape as Shape };
  },
  onnx: () => {},
  reference: (node) => {
    throw new LuthierError('LU_GRAPH_INPUT', `input '${String(node.attributes.name)}' has no value`, {
      fix: 'Feed a value for every input that the outputs depend on.',
    });
  },
});

const createConstant = defineOp({
  name: 'constant',
  infer: (_, { value, dtype, shape }) => {
    requireShape('constant', shape as Shape);
    const count = (value as TypedElements).length;
    if (count !== sizeOf(shape as Shape)) {
      const problem = `${count} elements do not fill [${(shape as Shape).join(', ')}]`;
      throw shapeError('constant', problem, [], 'Give as many elements as the shape holds.');
    }
    return { dtype: dtype as DType, shape: shape as Shape };
  },
  onnx: () => {},
  reference: (node) => tabulate(node.dtype, node.shape, (i) => Number(constantElements(node)[i])),
});

/**
 * A value fed from outside, by name.
 *
 * @example
 * const x = input('x', 'float32', [32, 784]);
 */
export function input(name: string, dtype: DType, shape: Shape): Node {
  return createInput([], { name, dtype, shape });
}

/** Fixed elements in row-major order. Default type: float32. Throws LU_GRAPH_SHAPE when they do not fill the shape. */
export function constant(values: Elements, shape: Shape, dtype: DType = 'float32'): Node {
  const numbers = values instanceof BigInt64Array ? Array.from(values, Number) : values;
  return createConstant([], { value: typedElements(numbers, dtype), dtype, shape });
}

/** A constant of no axes. Default type: float32. */
export function scalar(value: number, dtype: DType = 'float32'): Node {
  return constant([value], [], dtype);
}

/** The constant 0, 1, ..., length - 1. */
export function iota(length: number, dtype: DType = 'uint32'): Node {
  return constant(
    Array.from({ length }, (_, i) => i),
    [length],
    dtype,
  );
}

/** The elements of a constant node. */
export function constantElements(node: Node): TypedElements {
  return node.attributes.value as TypedElements;
}

/** Whether a node is a constant. */
export function isConstant(node: Node): boolean {
  return node.op === 'constant';
}

/** The value of a constant of one element, else undefined. */
export function scalarValue(node: Node): number | undefined {
  return isConstant(node) && sizeOf(node.shape) === 1 ? Number(constantElements(node)[0]) : undefined;
}

/** Turns numbers among the operands into scalars of the type of the first node (float32 when there is none). */
export function toNodes(operands: readonly Operand[]): readonly Node[] {
  const node = operands.find((operand) => typeof operand !== 'number');
  return operands.map((operand) =>
    typeof operand === 'number' ? scalar(operand, node === undefined ? 'float32' : node.dtype) : operand,
  );
}
