import type { Blocks } from './blocks.ts';
import type { Node } from './node.ts';
import { blockedConv2d } from './ops/blocked-conv.ts';
import { kernelToBlocks, roundUp, turnedToBlocks } from './ops/channel-blocks.ts';
import type { ConvAttributes, Four } from './ops/conv-visit.ts';
import { broadcastTo, reshape, transpose } from './ops/shape.ts';
import { concat, pad, slice } from './ops/slice.ts';
import { scalar } from './ops/sources.ts';
import { type Margins, type Pair, reach } from './ops/window.ts';

/** Filling up channels to whole blocks may cost as much again as the work itself. */
export const MOST_WASTE = 2;
/** The gradient of a kernel as a convolution needs so many places next to each other, to be worth its transposes. */
const LEAST_WIDTH = 12;

/** Whether so many channels and filters fill their blocks well enough. */
function fills(channels: number, filters: number, block: number): boolean {
  const inside = channels < block ? channels : roundUp(channels, block);
  return inside * roundUp(filters, block) <= MOST_WASTE * channels * filters;
}

/** Rows and columns of images in blocks. */
function cut(x: Node, top: number, left: number, height: number, width: number): Node {
  return slice(x, [top, left], [top + height, left + width], { axes: [2, 3] });
}

/** How a convolution has its kernel in blocks. */
export interface KernelLayout {
  readonly groups: number;
  /** As the images meet it. */
  ahead(kernel: Node): Node;
  /** As the gradient of the outputs meets it, to become that of the images. */
  back(kernel: Node): Node;
}

/** Filters that see all channels of their group, which fill whole blocks. */
function inGroups(groups: number, block: number): KernelLayout {
  return {
    groups,
    ahead: (kernel) => kernelToBlocks(kernel, block),
    back: (kernel) => turnedToBlocks(kernel, block, groups),
  };
}

/** A convolution of images in blocks. */
export function convAhead(
  x: Node,
  kernel: Node,
  conv: ConvAttributes,
  layout: KernelLayout,
  block: number,
): Node {
  const { strides, dilation, margins } = conv;
  const { groups } = layout;
  return blockedConv2d(x, layout.ahead(kernel), block, { strides, dilation, margins, groups });
}

/** The gradient of the images for stride 1: the outputs, with margins, under the turned kernel. */
function backOneByOne(
  dy: Node,
  kernel: Node,
  [height, width]: Pair,
  { size, dilation, margins }: ConvAttributes,
  { groups, back }: KernelLayout,
  block: number,
): Node {
  const [top, bottom, left, right] = margins;
  const [down, across] = [reach(size[0], dilation[0]) - 1, reach(size[1], dilation[1]) - 1];
  // Margins wider than the kernel leave outputs that saw no pixel.
  const around = [down - top, down - bottom, across - left, across - right].map((x) => Math.max(0, x));
  const result = blockedConv2d(dy, back(kernel), block, {
    strides: [1, 1],
    dilation,
    margins: around as unknown as Margins,
    groups,
  });
  return cut(result, Math.max(0, top - down), Math.max(0, left - across), height, width);
}

/**
 * The gradient of the images for larger strides: pixels that lie alike between two windows see the same weights of the
 * kernel, so those of each phase are one convolution; then they are put side by side.
 */
function backByPhases(
  dy: Node,
  kernel: Node,
  [height, width]: Pair,
  { size, strides, margins }: ConvAttributes,
  { groups, back }: KernelLayout,
  block: number,
): Node {
  const [batch, , rows, columns] = dy.shape as Four;
  const high = Math.ceil((height + margins[0] + margins[1]) / strides[0]);
  const wide = Math.ceil((width + margins[2] + margins[3]) / strides[1]);
  const depth = back(kernel).shape[0]!;
  const phase = (down: number, across: number): Node => {
    const taps = [(size[0] - down) / strides[0], (size[1] - across) / strides[1]].map(Math.ceil) as [
      number,
      number,
    ];
    if (taps.some((count) => count < 1)) return broadcastTo(scalar(0), [batch, depth, high, wide, block]);
    const weights = slice(kernel, [down, across], size, { steps: strides });
    return blockedConv2d(dy, back(weights), block, {
      strides: [1, 1],
      margins: [taps[0] - 1, high - rows, taps[1] - 1, wide - columns],
      groups,
    });
  };
  const lines = Array.from({ length: strides[0] }, (_, down) => {
    const cells = Array.from({ length: strides[1] }, (_, across) => phase(down, across));
    return reshape(concat(cells, 4), [batch, depth, high, 1, wide * strides[1] * block]);
  });
  const whole = reshape(concat(lines, 3), [batch, depth, high * strides[0], wide * strides[1], block]);
  return cut(whole, margins[0], margins[2], height, width);
}

/** The gradient of images of `extents` from that of the outputs, both in blocks; undefined for strides with dilation. */
export function convBack(
  dy: Node,
  kernel: Node,
  extents: Pair,
  conv: ConvAttributes,
  layout: KernelLayout,
  block: number,
): Node | undefined {
  if (conv.strides.every((stride) => stride === 1)) {
    return backOneByOne(dy, kernel, extents, conv, layout, block);
  }
  if (conv.dilation.some((rate) => rate > 1)) return undefined;
  return backByPhases(dy, kernel, extents, conv, layout, block);
}

/**
 * The gradient of the kernel as convolutions: the batch are their channels, the outputs their kernel, and the channels of a
 * block lie in the rows of the images, so that a dilated kernel meets one of them at each place.
 */
function ofKernel(x: Node, dy: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const { block } = blocks;
  const { size, strides, dilation, margins, groups } = conv;
  const [batch, height, width] = x.shape as Four;
  const [, rows, columns, filters] = dy.shape as Four;
  const channels = x.shape[3]! / groups;
  const samples = roundUp(batch, block);
  const isWide = size[1] * channels >= LEAST_WIDTH && samples <= MOST_WASTE * batch;
  if (dilation.some((rate) => rate > 1) || !isWide) return undefined;
  const pixels = channels < block ? reshape(x, [batch, 1, height, width, channels]) : blocks.whole(x);
  const [, depth, , , inner] = pixels.shape as readonly [number, number, number, number, number];
  const outputs = blocks.whole(dy);
  const across = outputs.shape[1]!;
  const wide = size[1] - 1 + reach(columns, strides[1]);
  const top = margins[0];
  // Rows beyond the edge cost nothing as margins; columns must be there, or each place is computed by itself.
  const bottom = size[0] - 1 + reach(rows, strides[0]) - top - height;
  const right = Math.max(0, wide - margins[2] - width);
  const framed = pad(pixels, [0, 0, 0, margins[2], 0], [samples - batch, 0, 0, right, 0]);
  const lines = cut(framed, 0, 0, Math.min(height, height + bottom), wide);
  const stacks = samples / block;
  const high = lines.shape[2]!;
  // In two steps, each of which the runtime does fast: whole lines first, then the batch behind them.
  const byDepth = reshape(transpose(lines, [1, 0, 2, 3, 4]), [depth * stacks, block, high * wide * inner]);
  const behind = reshape(transpose(byDepth, [0, 2, 1]), [
    groups,
    depth / groups,
    stacks,
    high * wide * inner * block,
  ]);
  const full = pad(outputs, [0, 0, 0, 0, 0], [samples - batch, 0, 0, 0, 0]);
  const filtersOf = reshape(full, [stacks, block, across, rows * columns, block]);
  const result = blockedConv2d(
    reshape(transpose(behind, [1, 0, 2, 3]), [depth / groups, groups * stacks, high, wide * inner, block]),
    reshape(transpose(filtersOf, [2, 0, 3, 1, 4]), [across, stacks, rows, columns, block, block]),
    block,
    {
      strides: [1, 1],
      dilation: [strides[0], strides[1] * inner],
      margins: [top, Math.max(0, bottom), 0, 0],
      groups,
    },
  );
  const cells = reshape(result, [depth / groups, across, ...size, inner, block]);
  const weights = reshape(transpose(cells, [2, 3, 0, 4, 1, 5]), [
    ...size,
    (depth / groups) * inner,
    across * block,
  ]);
  return slice(weights, [0, 0], [channels, filters], { axes: [2, 3] });
}

/**
 * A convolution or a gradient of one, in groups that fill whole blocks if there are several, in blocks of channels; undefined
 * where that does not suit it. `kernel` are the weights that it has, of a gradient of weights the outputs.
 */
export function joinedInBlocks(
  node: Node,
  kernel: Node,
  conv: ConvAttributes,
  blocks: Blocks,
): Node | undefined {
  const { block } = blocks;
  const { groups } = conv;
  const [x] = node.inputs as [Node];
  const isFull = (channels: number, filters: number): boolean =>
    groups > 1 || fills(channels, filters, block);
  const layout = inGroups(groups, block);
  if (node.op === 'convKernel2d') {
    return isFull(x.shape[3]!, kernel.shape[3]!) ? ofKernel(x, kernel, conv, blocks) : undefined;
  }
  const [, , channels, filters] = kernel.shape as Four;
  if (node.op === 'conv2d') {
    if (!isFull(channels, filters)) return undefined;
    return blocks.result(convAhead(blocks.read(x), kernel, conv, layout, block), filters);
  }
  if (!isFull(filters, channels)) return undefined;
  const [, height, width, all] = node.shape as Four;
  const images = convBack(blocks.read(x), kernel, [height, width], conv, layout, block);
  return images === undefined ? undefined : blocks.result(images, all);
}
