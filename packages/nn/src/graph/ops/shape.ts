import { defineOp } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { sumTo } from '../sum-to.ts';
import {
  broadcastPositions,
  broadcastShapes,
  isSameShape,
  sizeOf,
  stridedPositions,
  stridesOf,
  tabulate,
} from '../tensor.ts';

const createReshape = defineOp({
  name: 'reshape',
  infer: ([x], attributes) => {
    const shape = attributes.shape as Shape;
    if (
      sizeOf(shape) !== sizeOf(x!.shape) ||
      shape.some((extent) => !Number.isInteger(extent) || extent < 0)
    ) {
      const problem = `cannot become [${shape.join(', ')}]`;
      throw shapeError('reshape', problem, [x!], 'Keep the number of elements; leave at most one extent -1.');
    }
    return { dtype: x!.dtype, shape };
  },
  gradient: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  onnx: ({ shape }, context) => {
    // The first extent other than 1 is left open, so that graphs whose batch axis is declared dynamic take any batch.
    const isOpen = shape.length > 0 && sizeOf(shape) > 0;
    const open = Math.max(
      0,
      shape.findIndex((extent) => extent !== 1),
    );
    const target = context.constant(isOpen ? shape.with(open, -1) : shape, [shape.length], 'int64');
    context.emit('Reshape', [context.input(0), target], { allowzero: { int: 1 } }, [context.result()]);
  },
  reference: (node, [x]) => ({ dtype: node.dtype, shape: node.shape, data: x!.data }),
  simplify: ({ inputs: [x], shape }) => {
    if (isSameShape(x!.shape, shape)) return x;
    if (x!.op === 'reshape') return reshape(x!.inputs[0]!, shape);
    const isRepeated = x!.op === 'broadcastTo' && sizeOf(x!.inputs[0]!.shape) === 1;
    return isRepeated ? broadcastTo(reshape(x!.inputs[0]!, []), shape) : undefined;
  },
});

const createTranspose = defineOp({
  name: 'transpose',
  infer: (inputs, attributes) => {
    const { dtype, shape } = inputs[0]!;
    const permutation = attributes.permutation as readonly number[];
    if ([...permutation].sort((a, b) => a - b).join() !== shape.map((_, axis) => axis).join()) {
      const problem = `[${permutation.join(', ')}] is no order of the axes`;
      throw shapeError('transpose', problem, inputs, 'Name every axis exactly once.');
    }
    return { dtype, shape: permutation.map((axis) => shape[axis]!) };
  },
  gradient: ({ attributes }, dy) => [transpose(dy, inverse(attributes.permutation as readonly number[]))],
  onnx: ({ attributes }, context) =>
    void context.emit(
      'Transpose',
      [context.input(0)],
      { perm: { ints: attributes.permutation as readonly number[] } },
      [context.result()],
    ),
  reference: (node, [x]) => {
    const strides = stridesOf(x!.shape);
    const permutation = node.attributes.permutation as readonly number[];
    const positions = stridedPositions(
      node.shape,
      permutation.map((axis) => strides[axis]!),
      0,
    );
    return tabulate(node.dtype, node.shape, (i) => x!.data[positions[i]!]!);
  },
  simplify: ({ inputs: [x], attributes, shape }) => {
    const permutation = attributes.permutation as readonly number[];
    const moved = permutation.filter((axis) => x!.shape[axis] !== 1);
    if (permutation.every((axis, i) => axis === i)) return x;
    if (x!.op === 'transpose') {
      const first = x!.attributes.permutation as readonly number[];
      return transpose(
        x!.inputs[0]!,
        permutation.map((axis) => first[axis]!),
      );
    }
    // Axes of extent 1 may move without moving an element.
    return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis) ? reshape(x!, shape) : undefined;
  },
});

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  for (const [to, from] of permutation.entries()) result[from] = to;
  return result;
}

const createBroadcastTo = defineOp({
  name: 'broadcastTo',
  infer: ([x], attributes) => {
    const shape = attributes.shape as Shape;
    const common = broadcastShapes(x!.shape, shape);
    if (common === undefined || !isSameShape(common, shape)) {
      const problem = `does not broadcast to [${shape.join(', ')}]`;
      throw shapeError('broadcastTo', problem, [x!], 'Only axes of extent 1 can be repeated.');
    }
    return { dtype: x!.dtype, shape };
  },
  gradient: ({ inputs: [x] }, dy) => [sumTo(dy, x!.shape)],
  onnx: ({ shape }, context) => {
    const target = context.constant(shape, [shape.length], 'int64');
    context.emit('Expand', [context.input(0), target], {}, [context.result()]);
  },
  reference: (node, [x]) => {
    const positions = broadcastPositions(x!.shape, node.shape);
    return tabulate(node.dtype, node.shape, (i) => x!.data[positions[i]!]!);
  },
  simplify: ({ inputs: [x], shape }) => {
    if (isSameShape(x!.shape, shape)) return x;
    return x!.op === 'broadcastTo' ? broadcastTo(x!.inputs[0]!, shape) : undefined;
  },
});

const createStopGradient = defineOp({
  name: 'stopGradient',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  gradient: () => [undefined],
  onnx: (_, context) => void context.emit('Identity', [context.input(0)], {}, [context.result()]),
  reference: (_, [x]) => x!,
  simplify: ({ inputs: [x] }) => x,
});

const createZeroRows = defineOp({
  name: 'zeroRows',
  infer: ([x], { shape }) => ({ dtype: 'float32', shape: [x!.shape[0]!, ...(shape as Shape)] }),
  gradient: () => [undefined],
  onnx: ({ attributes }, context) => {
    const rest = attributes.shape as Shape;
    const rows = context.emit('Shape', [context.input(0)], { start: { int: 0 }, end: { int: 1 } });
    const extents = context.emit('Concat', [rows, context.constant(rest, [rest.length], 'int64')], {
      axis: { int: 0 },
    });
    context.emit('ConstantOfShape', [extents], {}, [context.result()]);
  },
  reference: (node) => tabulate('float32', node.shape, () => 0),
});

/** Zeros of a shape for every row of `x`, however many there are in a file that takes batches of any size. */
export function zeroRows(x: Node, shape: Shape): Node {
  return createZeroRows([x], { shape });
}

/** The same elements in another shape; one extent may be -1 and is inferred. */
export function reshape(x: Node, shape: Shape): Node {
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const inferred = sizeOf(x.shape) / known;
  const isUnique = shape.filter((extent) => extent === -1).length === 1;
  const target = isUnique ? shape.map((extent) => (extent === -1 ? inferred : extent)) : shape;
  return isSameShape(x.shape, target) ? x : createReshape([x], { shape: target });
}

/** Axis i of the result is axis `permutation[i]` of `x`; default: reversed order. */
export function transpose(x: Node, permutation?: readonly number[]): Node {
  const axes = permutation ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return createTranspose([x], { permutation: axes });
}

/** `x` repeated along axes of extent 1, by the rules of numpy. */
export function broadcastTo(x: Node, shape: Shape): Node {
  return isSameShape(x.shape, shape) ? x : createBroadcastTo([x], { shape });
}

/** `x`, as a constant for the gradient. `simplify` removes it, so differentiate first. */
export function stopGradient(x: Node): Node {
  return createStopGradient([x]);
}
