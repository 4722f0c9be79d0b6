import type { DType, Shape } from './node.ts';

/** A value of the reference interpreter; float64 holds every element type exactly (int64 up to 2^53). */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Row-major strides of a shape. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Whether two shapes are the same. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The shape both broadcast to by the rules of numpy, or undefined when they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}

/** For every element of `to`, in row-major order, the flat position in `from`, which broadcasts to it. */
export function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const own = stridesOf(from);
  const offset = to.length - from.length;
  const strides = to.map((_, axis) => (axis < offset || from[axis - offset] === 1 ? 0 : own[axis - offset]!));
  return stridedPositions(to, strides, 0);
}

/** Flat positions `start + sum(index[axis] * strides[axis])` for every index of `shape` in row-major order. */
export function stridedPositions(shape: Shape, strides: readonly number[], start: number): Int32Array {
  const size = sizeOf(shape);
  const positions = new Int32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  let position = start;
  for (let i = 0; i < size; i++) {
    positions[i] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return positions;
}

const wraps: Readonly<Record<DType, (value: number) => number>> = {
  float32: (value) => value,
  int32: (value) => value | 0,
  int64: Math.trunc,
  uint8: (value) => value & 255,
  uint32: (value) => value >>> 0,
  bool: (value) => (value === 0 ? 0 : 1),
};

/** Brings a result into the range of its type: integers wrap around, floats keep float64 precision. */
export function wrap(dtype: DType, value: number): number {
  return wraps[dtype](value);
}

/** A tensor filled by a function of the flat position. */
export function tabulate(dtype: DType, shape: Shape, element: (position: number) => number): Tensor {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = element(i);
  return { dtype, shape, data };
}

/** Splits a shape at an axis into the extents before, of and after it. */
export function around(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}
