import type { Blocks } from './blocks.ts';
import {
  convAhead,
  convBack,
  joinedInBlocks,
  type KernelLayout,
  MOST_WASTE,
} from './joined-conv-in-blocks.ts';
import type { Node } from './node.ts';
import { multiply } from './ops/arithmetic.ts';
import { blockedConv2d } from './ops/blocked-conv.ts';
import { depthwiseToBlocks, kernelToBlocks, reversed, roundUp } from './ops/channel-blocks.ts';
import type { ConvAttributes, Four } from './ops/conv-visit.ts';
import { sum } from './ops/reduce.ts';
import { reshape, transpose } from './ops/shape.ts';
import { pad, slice } from './ops/slice.ts';
import { constant } from './ops/sources.ts';
import { reach } from './ops/window.ts';

/** Groups joined to fill a block multiply with zeros; from so many on it is not worth it. */
const MOST_JOINED = 8;

/** 1 where row and column are the same group among those joined. */
function diagonal(joined: number): Node {
  const ones = Array.from({ length: joined * joined }, (_, i) => (i % (joined + 1) === 0 ? 1 : 0));
  return constant(ones, [joined, 1, 1, joined, 1]);
}

/** How many neighbouring groups together fill whole blocks: all of them where no smaller number does. */
function groupsToJoin(channels: number, filters: number, groups: number, block: number): number {
  for (let joined = 1; joined < groups; joined++) {
    const fits =
      groups % joined === 0 && (joined * channels) % block === 0 && (joined * filters) % block === 0;
    if (fits) return joined;
  }
  return groups;
}

/** Groups of several channels each: neighbours joined by zeros until they fill whole blocks. */
function joined(node: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const isGradient = node.op === 'convKernel2d';
  const [, , channels, all] = (isGradient ? node.shape : node.inputs[1]!.shape) as Four;
  const filters = all / conv.groups;
  const count = groupsToJoin(channels, filters, conv.groups, blocks.block);
  if (count > MOST_JOINED) return undefined;
  const groups = conv.groups / count;
  const whole = { ...conv, groups };
  const [height, width] = conv.size;
  const cells = [height, width, count, channels, groups, count, filters];
  if (isGradient) {
    const full = joinedInBlocks(node, node.inputs[1]!, whole, blocks);
    if (full === undefined) return undefined;
    return reshape(sum(multiply(reshape(full, cells), diagonal(count)), 2), node.shape);
  }
  const kernel = reshape(node.inputs[1]!, cells.with(2, 1));
  const wide = reshape(multiply(kernel, diagonal(count)), [height, width, count * channels, all]);
  return joinedInBlocks(node, wide, whole, blocks);
}

/** Each channel by itself. */
function byChannel(depth: number, block: number): KernelLayout {
  return {
    groups: depth * block,
    ahead: (kernel) => depthwiseToBlocks(kernel, block, depth),
    back: (kernel) => depthwiseToBlocks(reversed(kernel), block, depth),
  };
}

/** A kernel that gives each channel of a block `copies` times, or adds so many neighbours up. */
function copier(depth: number, block: number, copies: number, isSum: boolean): Node {
  const [channels, filters] = isSum ? [block * copies, block] : [block, block * copies];
  const isSame = (channel: number, filter: number): boolean =>
    isSum ? Math.floor(channel / copies) === filter : Math.floor(filter / copies) === channel;
  const ones = Array.from({ length: channels * depth * filters }, (_, i) =>
    isSame(Math.floor(i / (depth * filters)), i % filters) ? 1 : 0,
  );
  return kernelToBlocks(constant(ones, [1, 1, channels, depth * filters]), block);
}

/** Images in blocks whose channels stand `copies` times next to each other, or the sums of such neighbours. */
function copied(x: Node, copies: number, isSum: boolean): Node {
  if (copies === 1) return x;
  const block = x.shape[4]!;
  const depth = isSum ? x.shape[1]! / copies : x.shape[1]!;
  return blockedConv2d(x, copier(depth, block, copies, isSum), block, { strides: [1, 1], groups: depth });
}

/** Images in so many blocks, the last of them zeros. */
function filledUp(x: Node, depth: number): Node {
  return pad(x, [0, 0, 0, 0, 0], [0, depth - x.shape[1]!, 0, 0, 0]);
}

/**
 * The gradient of a kernel of single channels: every channel of every sample is a channel of one image, and the outputs are the
 * kernel that each meets, with strides and dilation in each other's place; then the batch is added up.
 */
function ofDepthwiseKernel(x: Node, dy: Node, { size, strides, dilation, margins }: ConvAttributes): Node {
  const [batch, depth, height, width, block] = x.shape as readonly [number, number, number, number, number];
  const [, , rows, columns] = dy.shape as Four;
  const [top, , left] = margins;
  const after = (axis: 0 | 1, extent: number, count: number, before: number): number =>
    reach(size[axis], dilation[axis]) - 1 + reach(count, strides[axis]) - before - extent;
  // Places of the last taps alone: what lies beyond, no tap saw.
  const [bottom, right] = [after(0, height, rows, top), after(1, width, columns, left)];
  const seen = slice(x, [0, 0], [height + Math.min(0, bottom), width + Math.min(0, right)], { axes: [2, 3] });
  const result = blockedConv2d(
    reshape(seen, [1, batch * depth, ...seen.shape.slice(2)]),
    reshape(dy, [batch * depth, 1, rows, columns, 1, block]),
    block,
    {
      strides: dilation,
      dilation: strides,
      margins: [top, Math.max(0, bottom), left, Math.max(0, right)],
      groups: batch * depth * block,
    },
  );
  const weights = reshape(sum(reshape(result, [batch, depth * size[0] * size[1] * block]), 0), [
    depth,
    ...size,
    block,
  ]);
  return reshape(transpose(weights, [1, 2, 0, 3]), [...size, 1, depth * block]);
}

/** Groups of single channels, each with one filter or more. */
function depthwise(node: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const { block } = blocks;
  const [x, second] = node.inputs as [Node, Node];
  const filters = (node.op === 'convKernel2d' ? node : second).shape[3]!;
  const copies = filters / conv.groups;
  const depth = (roundUp(conv.groups, block) / block) * copies;
  if (depth * block > MOST_WASTE * filters) return undefined;
  const layout = byChannel(depth, block);
  const outputs = (value: Node): Node => filledUp(blocks.whole(value), depth);
  if (node.op === 'conv2d') {
    const result = convAhead(copied(blocks.whole(x), copies, false), second, conv, layout, block);
    const used = slice(result, [0], [Math.ceil(filters / block)], { axes: [1] });
    return blocks.result(used, filters);
  }
  if (node.op === 'convKernel2d') {
    const kernel = ofDepthwiseKernel(copied(blocks.whole(x), copies, false), outputs(second), conv);
    return slice(kernel, [0], [filters], { axes: [3] });
  }
  const [, height, width, channels] = node.shape as Four;
  const images = convBack(outputs(x), second, [height, width], conv, layout, block);
  return images === undefined ? undefined : blocks.result(copied(images, copies, true), channels);
}

/** A convolution in groups, or a gradient of one, in blocks of channels; undefined where that does not suit it. */
export function groupedInBlocks(node: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const kernel = node.op === 'convKernel2d' ? node : node.inputs[1]!;
  return kernel.shape[2] === 1 ? depthwise(node, conv, blocks) : joined(node, conv, blocks);
}
