import { normalizeAxes, normalizeAxis } from '../axes.ts';
import { type CreateNode, defineOp, NUMERIC, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { DType, Node, Shape } from '../node.ts';
import { around, broadcastPositions, isSameShape, sizeOf, type Tensor, tabulate, wrap } from '../tensor.ts';
import { divide, multiply } from './arithmetic.ts';
import { cast, ONNX_TYPES } from './cast.ts';
import { equal } from './compare.ts';
import { broadcastTo, reshape } from './shape.ts';

export interface ReduceOptions {
  /** Keep reduced axes with extent 1; default false. */
  readonly keepDims?: boolean;
}

interface ReduceSpec {
  readonly name: string;
  readonly onnx: string;
  readonly types?: readonly DType[];
  readonly start: number;
  readonly isDefinedForNone: boolean;
  /** Whether the runtime's kernel overlooks NaN, which must be kept. */
  readonly skipsNaN?: boolean;
  step(total: number, x: number): number;
  finish?(total: number, count: number): number;
  /** The gradient, given that of the result and the result with reduced axes kept. */
  gradient(x: Node, y: Node, dy: Node): Node;
}

function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function defineReduce(spec: ReduceSpec): CreateNode {
  return defineOp({
    name: spec.name,
    infer: (inputs, attributes) => {
      requireTypes(spec.name, inputs, spec.types ?? NUMERIC);
      const { dtype, shape } = inputs[0]!;
      const axes = attributes.axes as readonly number[];
      if (!spec.isDefinedForNone && axes.some((axis) => shape[axis] === 0)) {
        throw shapeError(spec.name, 'there is nothing to reduce', inputs, 'Reduce an axis with elements.');
      }
      if (attributes.keepDims === true) return { dtype, shape: keptShape(shape, axes) };
      return { dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) };
    },
    gradient: (node, dy) => {
      const x = node.inputs[0]!;
      const kept = keptShape(x.shape, node.attributes.axes as readonly number[]);
      return [spec.gradient(x, reshape(node, kept), reshape(dy, kept))];
    },
    onnx: (node, context) => {
      const list = node.attributes.axes as readonly number[];
      const axes = context.constant(list, [list.length], 'int64');
      const attributes = { keepdims: { int: node.attributes.keepDims === true ? 1 : 0 } };
      if (spec.skipsNaN !== true || node.dtype !== 'float32') {
        context.emit(spec.onnx, [context.input(0), axes], attributes, [context.result()]);
        return;
      }
      const value = context.emit(spec.onnx, [context.input(0), axes], attributes);
      const hits = context.emit('Cast', [context.emit('IsNaN', [context.input(0)])], {
        to: { int: ONNX_TYPES.int32 },
      });
      const count = context.emit('ReduceMax', [hits, axes], attributes);
      const isBad = context.emit('Cast', [count], { to: { int: ONNX_TYPES.bool } });
      const nan = context.constant([Number.NaN], [], 'float32');
      context.emit('Where', [isBad, nan, value], {}, [context.result()]);
    },
    reference: (node, [x]) => {
      const kept = keptShape(x!.shape, node.attributes.axes as readonly number[]);
      const data = new Float64Array(sizeOf(kept)).fill(spec.start);
      const target = broadcastPositions(kept, x!.shape);
      for (let i = 0; i < x!.data.length; i++) data[target[i]!] = spec.step(data[target[i]!]!, x!.data[i]!);
      const count = sizeOf(x!.shape) / Math.max(1, data.length);
      return tabulate(node.dtype, node.shape, (i) =>
        wrap(node.dtype, spec.finish?.(data[i]!, count) ?? data[i]!),
      );
    },
    simplify: (node) => {
      const x = node.inputs[0]!;
      // Without elements to combine only the shape changes.
      return isSameShape(keptShape(x.shape, node.attributes.axes as readonly number[]), x.shape)
        ? reshape(x, node.shape)
        : undefined;
    },
  });
}

/** Ties share the gradient equally. */
function extremeGradient(x: Node, y: Node, dy: Node): Node {
  const hits = cast(equal(x, y), 'float32');
  const axes = x.shape.flatMap((extent, axis) => (y.shape[axis] === extent ? [] : [axis]));
  return multiply(hits, divide(dy, sum(hits, axes, { keepDims: true })));
}

const createSum = defineReduce({
  name: 'sum',
  onnx: 'ReduceSum',
  types: ['float32', 'int32', 'int64'],
  start: 0,
  isDefinedForNone: true,
  step: (total, x) => total + x,
  gradient: (x, _, dy) => broadcastTo(dy, x.shape),
});

const createMean = defineReduce({
  name: 'mean',
  onnx: 'ReduceMean',
  types: ['float32'],
  start: 0,
  isDefinedForNone: false,
  step: (total, x) => total + x,
  finish: (total, count) => total / count,
  gradient: (x, y, dy) => broadcastTo(multiply(dy, sizeOf(y.shape) / sizeOf(x.shape)), x.shape),
});

const createMax = defineReduce({
  name: 'max',
  onnx: 'ReduceMax',
  types: ['float32', 'int32', 'int64', 'uint8'],
  start: -Infinity,
  isDefinedForNone: false,
  skipsNaN: true,
  step: Math.max,
  gradient: extremeGradient,
});

const createMin = defineReduce({
  name: 'min',
  onnx: 'ReduceMin',
  types: ['float32', 'int32', 'int64', 'uint8'],
  start: Infinity,
  isDefinedForNone: false,
  skipsNaN: true,
  step: Math.min,
  gradient: extremeGradient,
});

function firstLargest(x: Tensor, axis: number, target: Shape): Tensor {
  const { length, inner } = around(x.shape, axis);
  return tabulate('int64', target, (i) => {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    let best = 0;
    for (let j = 1; j < length; j++) {
      if (x.data[start + j * inner]! > x.data[start + best * inner]!) best = j;
    }
    return best;
  });
}

const createArgmax = defineOp({
  name: 'argmax',
  infer: (inputs, { axis }) => {
    requireTypes('argmax', inputs, ['float32', 'int32', 'uint8']);
    if (inputs[0]!.shape[axis as number] === 0) {
      throw shapeError('argmax', 'there is nothing to choose from', inputs, 'Choose an axis with elements.');
    }
    return { dtype: 'int64', shape: inputs[0]!.shape.filter((_, i) => i !== axis) };
  },
  onnx: ({ attributes }, context) =>
    void context.emit(
      'ArgMax',
      [context.input(0)],
      { axis: { int: attributes.axis as number }, keepdims: { int: 0 } },
      [context.result()],
    ),
  reference: (node, [x]) => firstLargest(x!, node.attributes.axis as number, node.shape),
});

type Axes = number | readonly number[];

function reduce(
  create: CreateNode,
  op: string,
  x: Node,
  axes: Axes | undefined,
  options: ReduceOptions,
): Node {
  return create([x], { axes: normalizeAxes(op, x, axes), keepDims: options.keepDims ?? false });
}

/** The sum over axes (default: all). */
export function sum(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  return reduce(createSum, 'sum', x, axes, options);
}

/** The arithmetic mean over axes (default: all). */
export function mean(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  return reduce(createMean, 'mean', x, axes, options);
}

/** The largest element over axes (default: all), NaN if there is one; tied elements share the gradient equally. */
export function max(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  return reduce(createMax, 'max', x, axes, options);
}

/** The smallest element over axes (default: all), NaN if there is one; tied elements share the gradient equally. */
export function min(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  return reduce(createMin, 'min', x, axes, options);
}

/**
 * The position (int64) of the first largest element along an axis (default: the last); the axis is dropped. Where
 * there are NaN, the position is whatever the runtime finds.
 */
export function argmax(x: Node, axis = -1): Node {
  return createArgmax([x], { axis: normalizeAxis('argmax', x, axis) });
}
