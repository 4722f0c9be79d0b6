import { normalizeAxes, normalizeAxis } from '../axes.ts';
import { defineOp, requireSameType } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { around, isSameShape, sizeOf, stridedPositions, stridesOf, tabulate } from '../tensor.ts';
import { pick } from './pick.ts';
import { broadcastTo, reshape, transpose } from './shape.ts';
import { scalar } from './sources.ts';

const createConcat = defineOp({
  name: 'concat',
  infer: (inputs, attributes) => {
    const axis = attributes.axis as number;
    const first = inputs[0]!;
    requireSameType('concat', inputs);
    const fits = (x: Node): boolean =>
      x.shape.length === first.shape.length &&
      x.shape.every((extent, i) => i === axis || extent === first.shape[i]);
    if (!inputs.every(fits)) {
      throw shapeError(
        'concat',
        `shapes differ outside axis ${axis}`,
        inputs,
        'Make the other extents equal.',
      );
    }
    const total = inputs.reduce((length, x) => length + x.shape[axis]!, 0);
    return { dtype: first.dtype, shape: first.shape.map((extent, i) => (i === axis ? total : extent)) };
  },
  gradient: ({ inputs, attributes }, dy) => {
    const axis = attributes.axis as number;
    const sizes = inputs.map((x) => x.shape[axis]!);
    return sizes.length === 1 ? [dy] : split(dy, sizes, axis);
  },
  onnx: ({ inputs, attributes }, context) =>
    void context.emit(
      'Concat',
      inputs.map((_, i) => context.input(i)),
      { axis: { int: attributes.axis as number } },
      [context.result()],
    ),
  reference: (node, inputs) => {
    const axis = node.attributes.axis as number;
    const { outer, inner } = around(node.shape, axis);
    const data = new Float64Array(sizeOf(node.shape));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const x of inputs) {
        const run = x.shape[axis]! * inner;
        data.set(x.data.subarray(o * run, (o + 1) * run), at);
        at += run;
      }
    }
    return { dtype: node.dtype, shape: node.shape, data };
  },
  simplify: ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
});

const createSlice = defineOp({
  name: 'slice',
  infer: (inputs, attributes) => {
    const { dtype, shape } = inputs[0]!;
    const { starts, ends, steps } = attributes as unknown as Ranges;
    const bad = shape.findIndex((extent, axis) => {
      const [start, end, step] = [starts[axis]!, ends[axis]!, steps[axis]!];
      return (
        ![start, end, step].every(Number.isInteger) || start < 0 || end < start || end > extent || step < 1
      );
    });
    if (bad >= 0) {
      const problem = `${starts[bad]} to ${ends[bad]} by ${steps[bad]} is not within axis ${bad}`;
      throw shapeError('slice', problem, inputs, `Stay within 0 to ${shape[bad]}, with a positive step.`);
    }
    return { dtype, shape: shape.map((_, axis) => Math.ceil((ends[axis]! - starts[axis]!) / steps[axis]!)) };
  },
  gradient: ({ inputs: [x], attributes }, dy) => {
    const { starts, steps } = attributes as unknown as Ranges;
    const spread = steps.reduce((g, step, axis) => (step === 1 ? g : interleave(g, axis, step)), dy);
    const limits = spread.shape.map((extent, axis) => Math.min(extent, x!.shape[axis]! - starts[axis]!));
    const fitting = slice(spread, new Array<number>(limits.length).fill(0), limits);
    const after = x!.shape.map((extent, axis) => extent - starts[axis]! - limits[axis]!);
    return [pad(fitting, starts, after)];
  },
  onnx: ({ inputs: [x], attributes }, context) => {
    const ranges = attributes as unknown as Ranges;
    const axes = x!.shape.flatMap((extent, axis) =>
      ranges.starts[axis] === 0 && ranges.ends[axis] === extent && ranges.steps[axis] === 1 ? [] : [axis],
    );
    const list = (values: readonly number[]): string => context.constant(values, [values.length], 'int64');
    const of = (values: readonly number[]): string => list(axes.map((axis) => values[axis]!));
    const operands = [context.input(0), of(ranges.starts), of(ranges.ends), list(axes), of(ranges.steps)];
    context.emit('Slice', operands, {}, [context.result()]);
  },
  reference: (node, [x]) => {
    const { starts, steps } = node.attributes as unknown as Ranges;
    const strides = stridesOf(x!.shape);
    const start = starts.reduce((total, value, axis) => total + value * strides[axis]!, 0);
    const positions = stridedPositions(
      node.shape,
      strides.map((stride, axis) => stride * steps[axis]!),
      start,
    );
    return tabulate(node.dtype, node.shape, (i) => x!.data[positions[i]!]!);
  },
  simplify: ({ inputs: [x], shape }) => (isSameShape(x!.shape, shape) ? x : undefined),
});

interface Ranges {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** Puts `step - 1` zeros after every element along an axis. */
function interleave(x: Node, axis: number, step: number): Node {
  const single = reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
  const nowhere = single.shape.map(() => 0);
  const wide = pad(single, nowhere, nowhere.with(axis + 1, step - 1));
  return reshape(wide, x.shape.with(axis, x.shape[axis]! * step));
}

const createPad = defineOp({
  name: 'pad',
  infer: (inputs, attributes) => {
    const { dtype, shape } = inputs[0]!;
    const { before, after } = attributes as unknown as { before: Shape; after: Shape };
    const isWhole = (extent: number): boolean => Number.isInteger(extent) && extent >= 0;
    if (
      before.length !== shape.length ||
      after.length !== shape.length ||
      ![...before, ...after].every(isWhole)
    ) {
      const problem = `[${before.join(', ')}] before and [${after.join(', ')}] after do not pad every axis`;
      throw shapeError('pad', problem, inputs, 'Give one whole, non-negative extent per axis.');
    }
    return { dtype, shape: shape.map((extent, axis) => before[axis]! + extent + after[axis]!) };
  },
  gradient: ({ inputs: [x], attributes }, dy) => {
    const before = attributes.before as Shape;
    return [
      slice(
        dy,
        before,
        before.map((start, axis) => start + x!.shape[axis]!),
      ),
    ];
  },
  onnx: ({ inputs: [x], attributes }, context) => {
    const { before, after, value } = attributes as unknown as { before: Shape; after: Shape; value: number };
    const pads = context.constant([...before, ...after], [2 * before.length], 'int64');
    const fill = context.constant([value], [], x!.dtype);
    context.emit('Pad', [context.input(0), pads, fill], {}, [context.result()]);
  },
  reference: (node, [x]) => {
    const data = new Float64Array(sizeOf(node.shape)).fill(node.attributes.value as number);
    const strides = stridesOf(node.shape);
    const before = node.attributes.before as Shape;
    const start = before.reduce((total, extent, axis) => total + extent * strides[axis]!, 0);
    const positions = stridedPositions(x!.shape, strides, start);
    for (const [from, to] of positions.entries()) data[to] = x!.data[from]!;
    return { dtype: node.dtype, shape: node.shape, data };
  },
  simplify: ({ inputs: [x], shape }) => (isSameShape(x!.shape, shape) ? x : undefined),
});

const createFlip = defineOp({
  name: 'flip',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  gradient: ({ attributes }, dy) => [flip(dy, attributes.axis as number)],
  onnx: ({ attributes }, context) => {
    const of = (value: number): string => context.constant([value], [1], 'int64');
    const start = of(-1);
    // The end lies before the first element.
    const operands = [context.input(0), start, of(-(2 ** 31)), of(attributes.axis as number), start];
    context.emit('Slice', operands, {}, [context.result()]);
  },
  reference: (node, [x]) => {
    const { length, inner } = around(node.shape, node.attributes.axis as number);
    return tabulate(node.dtype, node.shape, (i) => {
      const row = Math.floor(i / inner);
      const position = row % length;
      return x!.data[i + (length - 1 - 2 * position) * inner]!;
    });
  },
  simplify: ({ inputs: [x], attributes, shape }) => {
    const axis = attributes.axis as number;
    if (shape[axis]! <= 1) return x;
    if (x!.op === 'flip' && x!.attributes.axis === axis) return x!.inputs[0];
    if (x!.op !== 'transpose') return undefined;
    // Beside other flips of the same axis it may vanish.
    const permutation = x!.attributes.permutation as readonly number[];
    return transpose(flip(x!.inputs[0]!, permutation[axis]!), permutation);
  },
});

/** `x` with the elements along an axis in reverse order. */
export function flip(x: Node, axis: number): Node {
  return createFlip([x], { axis: normalizeAxis('flip', x, axis) });
}

const createSplit = defineOp({
  name: 'split',
  infer: (inputs, attributes) => {
    const { sizes, axis } = attributes as unknown as Parts;
    const x = inputs[0]!;
    const isWhole = sizes.every((size) => Number.isInteger(size) && size >= 0);
    if (!isWhole || sizes.reduce((total, size) => total + size, 0) !== x.shape[axis]) {
      const problem = `[${sizes.join(', ')}] are no parts of axis ${axis}`;
      throw shapeError('split', problem, inputs, `Give whole extents that add up to ${x.shape[axis]}.`);
    }
    return { dtype: x.dtype, shape: x.shape.with(axis, sizes[0]!) };
  },
  results: ({ inputs: [x], attributes }) => {
    const { sizes, axis } = attributes as unknown as Parts;
    return sizes.map((size) => ({ dtype: x!.dtype, shape: x!.shape.with(axis, size) }));
  },
  resultsGradient: ({ inputs: [x], attributes }, dys) => {
    const { sizes, axis } = attributes as unknown as Parts;
    const parts = sizes.map((size, i) => dys[i] ?? broadcastTo(scalar(0), x!.shape.with(axis, size)));
    return [concat(parts, axis)];
  },
  onnx: ({ attributes }, context) => {
    const { sizes, axis } = attributes as unknown as Parts;
    const operands = [context.input(0), context.constant(sizes, [sizes.length], 'int64')];
    context.emit(
      'Split',
      operands,
      { axis: { int: axis } },
      sizes.map((_, i) => context.result(i)),
    );
  },
  reference: (node, [x]) => {
    const { sizes, axis } = node.attributes as unknown as Parts;
    const { length, inner } = around(x!.shape, axis);
    let start = 0;
    return sizes.map((size) => {
      const from = start;
      start += size;
      const run = size * inner;
      return tabulate(node.dtype, x!.shape.with(axis, size), (i) => {
        const row = run === 0 ? 0 : Math.floor(i / run);
        return x!.data[(row * length + from) * inner + (i - row * run)]!;
      });
    });
  },
});

interface Parts {
  readonly sizes: readonly number[];
  readonly axis: number;
}

/**
 * `x` cut along an axis (default: the last) into parts of the given extents.
 *
 * @example
 * const [left, right] = split(x, [3, 5]); // [2, 8] -> [2, 3] and [2, 5]
 */
export function split(x: Node, sizes: readonly number[], axis = -1): readonly Node[] {
  const node = createSplit([x], { sizes, axis: normalizeAxis('split', x, axis) });
  return sizes.map((_, i) => pick(node, i));
}

/** Operands joined along an axis (default: the last). */
export function concat(parts: readonly Node[], axis = -1): Node {
  if (parts.length === 0)
    throw shapeError('concat', 'there is nothing to join', [], 'Give one operand at least.');
  return createConcat(parts, { axis: normalizeAxis('concat', parts[0]!, axis) });
}

export interface SliceOptions {
  /** The axes that `starts` and `ends` speak of; default: the first ones in order. */
  readonly axes?: readonly number[];
  /** Distance between elements taken, at least 1; default 1. */
  readonly steps?: readonly number[];
}

/**
 * The elements from `starts` (included) to `ends` (excluded); negative positions count from the end.
 *
 * @example
 * slice(x, [0, 1], [2, -1]); // rows 0 and 1 without the first and the last column
 */
export function slice(x: Node, starts: Shape, ends: Shape, options: SliceOptions = {}): Node {
  const axes = options.axes ?? starts.map((_, axis) => axis);
  normalizeAxes('slice', x, axes);
  const ranges = { starts: x.shape.map(() => 0), ends: [...x.shape], steps: x.shape.map(() => 1) };
  for (const [i, named] of axes.entries()) {
    const axis = normalizeAxis('slice', x, named);
    const extent = x.shape[axis]!;
    ranges.starts[axis] = starts[i]! < 0 ? starts[i]! + extent : starts[i]!;
    ranges.ends[axis] = ends[i]! < 0 ? ends[i]! + extent : ends[i]!;
    ranges.steps[axis] = options.steps?.[i] ?? 1;
  }
  return createSlice([x], ranges);
}

/** `x` with extents of a value (default 0) put before and after it along every axis. */
export function pad(x: Node, before: Shape, after: Shape, value = 0): Node {
  return createPad([x], { before, after, value });
}
