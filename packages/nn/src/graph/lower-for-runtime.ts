import { type Blocks, createBlocks } from './blocks.ts';
import { convInBlocks } from './conv-in-blocks.ts';
import { withInputs } from './define-op.ts';
import { type Before, lower, type Replace } from './lower.ts';
import type { Graph, Node } from './node.ts';
import { asAffine } from './ops/affine.ts';
import { multiply } from './ops/arithmetic.ts';
import { blockedAffine } from './ops/blocked-affine.ts';
import { inRows } from './ops/channels.ts';
import { asProduct } from './ops/conv.ts';
import { mean, sum } from './ops/reduce.ts';
import { broadcastTo, reshape } from './ops/shape.ts';
import { sumAsProduct } from './sum-as-product.ts';
import { isSameShape, sizeOf } from './tensor.ts';

/** Ops of one element at a time, which do not mind in which order the elements are. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'relu',
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'minimum',
  'negate',
  'square',
  'cast',
  'greater',
  'greaterEqual',
  'less',
  'lessEqual',
  'equal',
  'where',
]);

/** One number a channel for each of them, from one for all. */
function perChannel(value: Node, channels: number): Node {
  return broadcastTo(value, [channels]);
}

/** Sums of blocks [batch, blocks, height, width, block] by channel. */
function blockedSum(x: Node): Node {
  const [batch, blocks, height, width, block] = x.shape as readonly [number, number, number, number, number];
  const once = sum(reshape(x, [batch, blocks * height * width * block]), 0);
  return reshape(sum(reshape(once, [blocks, height * width, block]), 1), [blocks * block]);
}

/** An operand of a node of images, in blocks: images, or what repeats along their rows and columns or for all of them. */
function operandOf(input: Node, images: Node, blocks: Blocks): Node | undefined {
  if (sizeOf(input.shape) === 1) return reshape(input, []);
  if (isSameShape(input.shape, images.shape) && blocks.known(input) !== undefined) return blocks.known(input);
  const repeats = input.shape.every(
    (extent, axis) => extent === images.shape[axis] || (axis < 3 && extent === 1),
  );
  if (input.shape.length !== 4 || !repeats) return undefined;
  return input.dtype === 'float32' ? blocks.whole(input) : undefined;
}

/** A node of which one operand is known in blocks, so that the others are put into blocks, too. */
function elementwise(node: Node, before: Before, blocks: Blocks): Node | undefined {
  const channels = node.shape.at(-1) ?? 1;
  const isKnown = node.inputs.some((input) => blocks.known(input) && isSameShape(input.shape, node.shape));
  if (!isKnown || channels % blocks.block !== 0) return undefined;
  const operands = node.inputs.map((input) => operandOf(input, node, blocks));
  if (!isComplete(operands)) return undefined;
  // The same pixels can have been other rows and columns before they were reshaped.
  const known = node.inputs.flatMap((input) => blocks.known(input) ?? []);
  if (!known.every((source) => isSameShape(source.shape, known[0]!.shape))) return undefined;
  return blocks.result(fused(node, operands, before) ?? withInputs(node, operands), channels, node.shape);
}

function isComplete(operands: readonly (Node | undefined)[]): operands is readonly Node[] {
  return operands.every((operand) => operand !== undefined);
}

/** A sum or relu that the affine map before it does by the way, when nobody else needs what it gives. */
function fused(node: Node, operands: readonly Node[], before: Before): Node | undefined {
  const isFree = (i: number): boolean =>
    operands[i]!.op === 'blockedAffine' &&
    before.uses(i) === 1 &&
    operands[i]!.attributes.isRectified !== true;
  if (node.op === 'relu' && isFree(0)) {
    const [x, scale, shift, addend] = operands[0]!.inputs as [Node, Node, Node, Node | undefined];
    return blockedAffine(x, scale, shift, addend, true);
  }
  if (node.op !== 'add' || !isSameShape(operands[0]!.shape, operands[1]!.shape)) return undefined;
  const at = [0, 1].find((i) => isFree(i) && operands[i]!.inputs.length === 3);
  if (at === undefined) return undefined;
  const [x, scale, shift] = operands[at]!.inputs as [Node, Node, Node];
  return blockedAffine(x, scale, shift, operands[1 - at]!, false);
}

/** Sums and affine maps by channel of values in blocks. */
function byChannel(node: Node, blocks: Blocks): Node | undefined {
  const [x, second, third] = node.inputs as [Node, Node, Node];
  const source = blocks.known(x);
  if (source === undefined) return undefined;
  const channels = x.shape.at(-1)!;
  if (node.op === 'channelSum') return blockedSum(source);
  if (node.op === 'channelDot') {
    const other = blocks.known(second);
    return other === undefined ? undefined : blockedSum(multiply(source, other));
  }
  if (node.op === 'channelAffine') {
    const [scale, shift] = [perChannel(second, channels), perChannel(third, channels)];
    return blocks.result(blockedAffine(source, scale, shift, undefined, false), channels, node.shape);
  }
  return undefined;
}

/** Sums and means over the rows and columns of images. */
function overPixels(node: Node, blocks: Blocks): Node | undefined {
  const [x] = node.inputs as [Node];
  const source = x.shape.length === 4 ? blocks.known(x) : undefined;
  if (source === undefined || String(node.attributes.axes) !== '1,2') return undefined;
  const [batch, depth, height, width, block] = source.shape as readonly [
    number,
    number,
    number,
    number,
    number,
  ];
  const reduce = node.op === 'mean' ? mean : sum;
  return reshape(reduce(reshape(source, [batch, depth, height * width, block]), 2), node.shape);
}

function inBlocks(node: Node, before: Before, blocks: Blocks): Node | undefined {
  if (node.op === 'reshape') return blocks.reshaped(node.inputs[0]!, node.shape);
  if (node.op === 'mean' || node.op === 'sum') return overPixels(node, blocks);
  return (
    convInBlocks(node, blocks) ??
    byChannel(node, blocks) ??
    (ELEMENTWISE.has(node.op) ? elementwise(node, before, blocks) : undefined)
  );
}

/**
 * A graph in the form that the runtime computes fastest: convolutions in blocks of channels where it has such, and what
 * lies between them, too; as products of matrices else; sums and affine maps by channel in long rows; sums over rows as
 * products.
 *
 * `block` is the runtime's `channelBlock`. Differentiate and simplify first, and simplify again afterwards.
 */
export function lowerForRuntime(graph: Graph, block: number | undefined): Graph {
  const lowered = lower(graph, (): Replace => {
    const blocks = block === undefined ? undefined : createBlocks(block);
    return (node, before) =>
      (blocks === undefined ? undefined : inBlocks(node, before, blocks)) ??
      inRows(node) ??
      asProduct(node) ??
      asAffine(node, before);
  });
  // Afterwards, as those above make sums, too.
  return lower(lowered, () => sumAsProduct);
}
