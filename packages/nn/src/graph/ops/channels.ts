import { defineOp, FLOAT, type RewriteContext, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node } from '../node.ts';
import { sizeOf, tabulate } from '../tensor.ts';
import { add, divide, multiply } from './arithmetic.ts';
import { negate } from './elementwise.ts';
import { sum } from './reduce.ts';
import { broadcastTo, reshape } from './shape.ts';
import { type Operand, scalar, scalarValue, toNodes } from './sources.ts';

function channelsOf(op: string, inputs: readonly Node[]): number {
  requireTypes(op, inputs, FLOAT);
  const channels = inputs[0]!.shape.at(-1);
  if (channels === undefined) {
    throw shapeError(op, 'a scalar has no channels', inputs, 'Give a value whose last axis are channels.');
  }
  return channels;
}

function leadingAxes(x: Node): readonly number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}

const createSum = defineOp({
  name: 'channelSum',
  infer: (inputs) => ({ dtype: 'float32', shape: [channelsOf('channelSum', inputs)] }),
  gradient: ({ inputs: [x] }, dy) => [broadcastTo(dy, x!.shape)],
  onnx: ({ inputs: [x] }, context) => {
    const axes = leadingAxes(x!);
    const list = context.constant(axes, [axes.length], 'int64');
    context.emit('ReduceSum', [context.input(0), list], { keepdims: { int: 0 } }, [context.result()]);
  },
  reference: (node, [x]) => {
    const data = new Float64Array(node.shape[0]!);
    for (const [i, value] of x!.data.entries()) data[i % data.length]! += value;
    return { dtype: 'float32', shape: node.shape, data };
  },
  simplify: ({ inputs: [x] }, context) => {
    if (x!.op === 'channelAffine' && context.uses(x!) > 0) {
      const [inner, scale, shift] = x!.inputs as [Node, Node, Node];
      const count = sizeOf(inner.shape) / inner.shape.at(-1)!;
      return add(multiply(channelSum(inner), scale), multiply(shift, count));
    }
    const parts = x!.op === 'add' && x!.inputs.every(({ shape }) => sizeOf(shape) === sizeOf(x!.shape));
    if (!parts || !x!.inputs.some(({ op }) => op === 'channelAffine')) return undefined;
    return add(channelSum(x!.inputs[0]!), channelSum(x!.inputs[1]!));
  },
});

const createDot = defineOp({
  name: 'channelDot',
  infer: (inputs) => ({ dtype: 'float32', shape: [channelsOf('channelDot', inputs)] }),
  gradient: ({ inputs: [a, b] }, dy) =>
    a === b
      ? [channelAffine(a!, multiply(dy, 2), 0), undefined]
      : [channelAffine(b!, dy, 0), channelAffine(a!, dy, 0)],
  onnx: ({ inputs: [x] }, context) => {
    const axes = leadingAxes(x!);
    const list = context.constant(axes, [axes.length], 'int64');
    const product = context.emit('Mul', [context.input(0), context.input(1)]);
    context.emit('ReduceSum', [product, list], { keepdims: { int: 0 } }, [context.result()]);
  },
  reference: (node, [a, b]) => {
    const data = new Float64Array(node.shape[0]!);
    for (const [i, value] of a!.data.entries()) data[i % data.length]! += value * b!.data[i]!;
    return { dtype: 'float32', shape: node.shape, data };
  },
});

function isOne(node: Node): boolean {
  return scalarValue(node) === 1;
}

function isZero(node: Node): boolean {
  return scalarValue(node) === 0;
}

/** A shift of a sum, moved into the affine map that is one of its terms. */
function shiftedTerm(sums: Node, shift: Node, context: RewriteContext): Node | undefined {
  if (sums.op !== 'add' || context.uses(sums) > 1) return undefined;
  const at = sums.inputs.findIndex((term) => term.op === 'channelAffine' && context.uses(term) <= 1);
  const other = sums.inputs[1 - at];
  if (at === -1 || other === undefined || sizeOf(other.shape) !== sizeOf(sums.shape)) return undefined;
  const [x, scale, before] = sums.inputs[at]!.inputs as [Node, Node, Node];
  return add(channelAffine(x, scale, add(before, shift)), other);
}

const createAffine = defineOp({
  name: 'channelAffine',
  infer: (inputs) => {
    const channels = channelsOf('channelAffine', inputs);
    const fits = ({ shape }: Node): boolean =>
      shape.length === 0 || (shape.length === 1 && shape[0] === channels);
    if (!inputs.slice(1).every(fits)) {
      const problem = `scale and shift are not ${channels} numbers each`;
      throw shapeError('channelAffine', problem, inputs, 'Give one number a channel, or one for all.');
    }
    return { dtype: 'float32', shape: inputs[0]!.shape };
  },
  gradient: ({ inputs: [x, scale, shift] }, dy) => {
    const like = (part: Node, whole: Node): Node => (part.shape.length === 0 ? sum(whole) : whole);
    return [
      isOne(scale!) ? dy : channelAffine(dy, scale!, 0),
      like(scale!, channelDot(dy, x!)),
      like(shift!, channelSum(dy)),
    ];
  },
  onnx: ({ inputs: [, scale, shift] }, context) => {
    const only = isZero(shift!) ? [context.result()] : undefined;
    const scaled =
      isOne(scale!) && only === undefined
        ? context.input(0)
        : context.emit('Mul', [context.input(0), context.input(1)], {}, only);
    if (only === undefined) context.emit('Add', [scaled, context.input(2)], {}, [context.result()]);
  },
  reference: (node, [x, scale, shift]) => {
    const channels = node.shape.at(-1)!;
    const of = (values: Float64Array, i: number): number => values[values.length === 1 ? 0 : i % channels]!;
    return tabulate('float32', node.shape, (i) => x!.data[i]! * of(scale!.data, i) + of(shift!.data, i));
  },
  simplify: ({ inputs: [x, scale, shift] }, context) => {
    if (!isOne(scale!)) return undefined;
    return isZero(shift!) ? x : shiftedTerm(x!, shift!, context);
  },
});

const createCentred = defineOp({
  name: 'channelCentred',
  infer: (inputs) => {
    channelsOf('channelCentred', inputs);
    return { dtype: 'float32', shape: inputs[0]!.shape };
  },
  gradient: (_, dy) => [channelCentred(dy)],
  onnx: ({ inputs: [x] }, context) => {
    const axes = leadingAxes(x!);
    const list = context.constant(axes, [axes.length], 'int64');
    const centre = context.emit('ReduceMean', [context.input(0), list]);
    context.emit('Sub', [context.input(0), centre], {}, [context.result()]);
  },
  reference: (node, [x]) => {
    const channels = node.shape.at(-1)!;
    const means = new Float64Array(channels);
    for (const [i, value] of x!.data.entries()) means[i % channels]! += (value * channels) / x!.data.length;
    return tabulate('float32', node.shape, (i) => x!.data[i]! - means[i % channels]!);
  },
  simplify: ({ inputs: [x] }) => channelAffine(x!, 1, negate(channelMean(x!))),
});

/** The mean over all axes but the last: one number a channel. */
export function channelMean(x: Node): Node {
  return divide(channelSum(x), sizeOf(x.shape) / x.shape.at(-1)!);
}

/** `x` less its mean, channel by channel of the last axis. */
export function channelCentred(x: Node): Node {
  return createCentred([x]);
}

/** The sum over all axes but the last: one number a channel. */
export function channelSum(x: Node): Node {
  return createSum([x]);
}

/** The sum of products over all axes but the last: one number a channel. Both operands have the same shape. */
export function channelDot(a: Node, b: Node): Node {
  return createDot([a, b]);
}

/**
 * `x * scale + shift`, with scale and shift [channels] of the last axis, or one number for all.
 *
 * Other than products and sums that broadcast, it is computed in whichever layout the runtime is fast in.
 */
export function channelAffine(x: Node, scale: Operand, shift: Operand): Node {
  const [times, plus] = [scale, shift].map((operand) =>
    typeof operand === 'number' ? scalar(operand) : operand,
  );
  return createAffine(toNodes([x, times!, plus!]));
}

/** Channels side by side in one row, at most. */
const ROW_WIDTH = 512;

/** `x` [..., channels] as few long rows of several pixels: operands that repeat in short rows are slow. */
export function toRows(x: Node): Node {
  const channels = x.shape.at(-1)!;
  const pixels = sizeOf(x.shape) / channels;
  let count = Math.max(1, Math.min(pixels, Math.floor(ROW_WIDTH / channels)));
  while (pixels % count !== 0) count -= 1;
  return reshape(x, [pixels / count, count * channels]);
}

/** One number a channel, repeated for a row of such. */
export function alongRow(value: Node, rows: Node): Node {
  if (value.shape.length === 0) return value;
  const [channels] = value.shape as readonly [number];
  const width = rows.shape[1]!;
  const repeated = broadcastTo(reshape(value, [1, channels]), [width / channels, channels]);
  return reshape(repeated, [1, width]);
}

/** Sums of rows by column, added up to one number a channel. */
export function sumRows(rows: Node, channels: number): Node {
  return sum(reshape(sum(rows, 0), [-1, channels]), 0);
}

/** The ops of this file in long rows; undefined for other nodes. */
export function inRows(node: Node): Node | undefined {
  const [x, second, third] = node.inputs as [Node, Node, Node];
  if (node.op === 'channelSum') return sumRows(toRows(x), node.shape[0]!);
  if (node.op === 'channelDot') return sumRows(multiply(toRows(x), toRows(second)), node.shape[0]!);
  if (node.op !== 'channelAffine') return undefined;
  const rows = toRows(x);
  const scaled = isOne(second) ? rows : multiply(rows, alongRow(second, rows));
  return reshape(isZero(third) ? scaled : add(scaled, alongRow(third, rows)), node.shape);
}
