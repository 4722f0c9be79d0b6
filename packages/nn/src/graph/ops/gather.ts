import { normalizeAxis } from '../axes.ts';
import { defineOp, INTEGER, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { DType, Node } from '../node.ts';
import { around, isSameShape, sizeOf } from '../tensor.ts';
import { cast } from './cast.ts';
import { equal } from './compare.ts';
import { reshape, transpose } from './shape.ts';
import { iota } from './sources.ts';

const POSITIONS: readonly DType[] = ['int32', 'int64'];

const createGather = defineOp({
  name: 'gather',
  infer: (inputs, attributes) => {
    const [x, indices] = inputs as [Node, Node];
    const axis = attributes.axis as number;
    requireTypes('gather', [indices], POSITIONS);
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    };
  },
  gradient: (node, dy) => {
    const [x, indices] = node.inputs as [Node, Node];
    const axis = node.attributes.axis as number;
    const rank = indices.shape.length;
    const all = dy.shape.map((_, i) => i);
    const own = all.slice(axis, axis + rank);
    const rows = transpose(dy, [...own, ...all.filter((i) => !own.includes(i))]);
    const added = scatterAdd(indices, rows, x.shape[axis]!);
    const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
    return [
      transpose(
        added,
        x.shape.map((_, i) => (i === axis ? 0 : rest.indexOf(i) + 1)),
      ),
    ];
  },
  onnx: ({ attributes }, context) =>
    void context.emit(
      'Gather',
      [context.input(0), context.input(1)],
      { axis: { int: attributes.axis as number } },
      [context.result()],
    ),
  reference: (node, [x, indices]) => {
    const { outer, length, inner } = around(x!.shape, node.attributes.axis as number);
    const data = new Float64Array(sizeOf(node.shape));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices!.data) {
        const from = (o * length + (index < 0 ? index + length : index)) * inner;
        data.set(x!.data.subarray(from, from + inner), at);
        at += inner;
      }
    }
    return { dtype: node.dtype, shape: node.shape, data };
  },
});

const createScatterAdd = defineOp({
  name: 'scatterAdd',
  infer: (inputs, { length }) => {
    const [indices, rows] = inputs as [Node, Node];
    requireTypes('scatterAdd', [indices], POSITIONS);
    requireTypes('scatterAdd', [rows], ['float32']);
    const rank = indices.shape.length;
    if (!isSameShape(rows.shape.slice(0, rank), indices.shape)) {
      throw shapeError('scatterAdd', 'there is not one row per index', inputs, 'Give one row per index.');
    }
    return { dtype: rows.dtype, shape: [length as number, ...rows.shape.slice(rank)] };
  },
  gradient: ({ inputs: [indices] }, dy) => [undefined, gather(dy, indices!, 0)],
  onnx: (node, context) => {
    const [indices] = node.inputs as [Node, Node];
    const zero = context.constant([0], [], 'float32');
    const extents = context.constant(node.shape, [node.shape.length], 'int64');
    const empty = context.emit('Expand', [zero, extents]);
    const wide = context.emit('Cast', [context.input(0)], { to: { int: 7 } });
    const column = context.constant([...indices.shape, 1], [indices.shape.length + 1], 'int64');
    const positions = context.emit('Reshape', [wide, column]);
    const attributes = { reduction: { string: 'add' } };
    context.emit('ScatterND', [empty, positions, context.input(1)], attributes, [context.result()]);
  },
  reference: (node, [indices, rows]) => {
    const data = new Float64Array(sizeOf(node.shape));
    const inner = sizeOf(node.shape.slice(1));
    for (const [row, index] of indices!.data.entries()) {
      const start = (index < 0 ? index + node.shape[0]! : index) * inner;
      for (let i = 0; i < inner; i++) data[start + i]! += rows!.data[row * inner + i]!;
    }
    return { dtype: node.dtype, shape: node.shape, data };
  },
});

/**
 * The slices of `x` along an axis (default 0) at positions given by int32 or int64 indices of any shape.
 *
 * Positions must lie within the axis; the runtime refuses others.
 *
 * @example
 * gather(images, batch); // uint8 [60000, 784] at int32 [32] -> uint8 [32, 784]
 */
export function gather(x: Node, indices: Node, axis = 0): Node {
  return createGather([x, indices], { axis: normalizeAxis('gather', x, axis) });
}

/** Zeros of `length` rows to which each row of `rows` is added at its index. */
export function scatterAdd(indices: Node, rows: Node, length: number): Node {
  return createScatterAdd([indices, rows], { length });
}

/** 1 at the position of the index along a new last axis, else 0; all 0 for an index outside 0 to depth - 1. */
export function oneHot(indices: Node, depth: number, dtype: DType = 'float32'): Node {
  requireTypes('oneHot', [indices], INTEGER);
  const positions = POSITIONS.includes(indices.dtype) ? indices : cast(indices, 'int32');
  return cast(equal(reshape(positions, [...indices.shape, 1]), iota(depth, positions.dtype)), dtype);
}
