import type { Blocks } from './blocks.ts';
import type { Node } from './node.ts';
import { blockedConv2d, kernelToBlocks, roundUp, turnedToBlocks } from './ops/blocked-conv.ts';
import { convAttributes } from './ops/conv.ts';
import type { ConvAttributes, Four } from './ops/conv-visit.ts';
import { broadcastTo, reshape, transpose } from './ops/shape.ts';
import { concat, pad, slice } from './ops/slice.ts';
import { scalar } from './ops/sources.ts';
import { type Margins, reach } from './ops/window.ts';

/** Filling up channels to whole blocks may cost as much again as the work itself. */
const MOST_WASTE = 2;
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

function forward(x: Node, kernel: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const { block } = blocks;
  const [, , channels, filters] = kernel.shape as Four;
  if (conv.groups > 1 || !fills(channels, filters, block)) return undefined;
  const { strides, dilation, margins } = conv;
  const result = blockedConv2d(blocks.read(x), kernelToBlocks(kernel, block), block, {
    strides,
    dilation,
    margins,
  });
  return blocks.result(result, filters);
}

/** The gradient of the images for stride 1: the outputs, with margins, under the turned kernel. */
function ofImages(node: Node, dy: Node, kernel: Node, conv: ConvAttributes, blocks: Blocks): Node {
  const { block } = blocks;
  const { size, dilation, margins } = conv;
  const [top, bottom, left, right] = margins;
  const [down, across] = [reach(size[0], dilation[0]) - 1, reach(size[1], dilation[1]) - 1];
  // Margins wider than the kernel leave outputs that saw no pixel.
  const around = [down - top, down - bottom, across - left, across - right].map((x) => Math.max(0, x));
  const result = blockedConv2d(blocks.read(dy), turnedToBlocks(kernel, block), block, {
    strides: [1, 1],
    dilation,
    margins: around as unknown as Margins,
  });
  const [, height, width, channels] = node.shape as Four;
  const [above, before] = [Math.max(0, top - down), Math.max(0, left - across)];
  return blocks.result(cut(result, above, before, height, width), channels);
}

/**
 * The gradient of the images for larger strides: pixels that lie alike between two windows see the same weights of the
 * kernel, so those of each phase are one convolution; then they are put side by side.
 */
function ofStridedImages(node: Node, dy: Node, kernel: Node, conv: ConvAttributes, blocks: Blocks): Node {
  const { block } = blocks;
  const { size, strides, margins } = conv;
  const [batch, height, width, channels] = node.shape as Four;
  const [, rows, columns] = dy.shape as Four;
  const high = Math.ceil((height + margins[0] + margins[1]) / strides[0]);
  const wide = Math.ceil((width + margins[2] + margins[3]) / strides[1]);
  const depth = Math.ceil(channels / block);
  const outputs = blocks.read(dy);
  const phase = (down: number, across: number): Node => {
    const taps = [(size[0] - down) / strides[0], (size[1] - across) / strides[1]].map(Math.ceil) as [
      number,
      number,
    ];
    if (taps.some((count) => count < 1)) return broadcastTo(scalar(0), [batch, depth, high, wide, block]);
    const weights = slice(kernel, [down, across], size, { steps: strides });
    return blockedConv2d(outputs, turnedToBlocks(weights, block), block, {
      strides: [1, 1],
      margins: [taps[0] - 1, high - rows, taps[1] - 1, wide - columns],
    });
  };
  const lines = Array.from({ length: strides[0] }, (_, down) => {
    const cells = Array.from({ length: strides[1] }, (_, across) => phase(down, across));
    return reshape(concat(cells, 4), [batch, depth, high, 1, wide * strides[1] * block]);
  });
  const whole = reshape(concat(lines, 3), [batch, depth, high * strides[0], wide * strides[1], block]);
  return blocks.result(cut(whole, margins[0], margins[2], height, width), channels);
}

function images(node: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const [dy, kernel] = node.inputs as [Node, Node];
  const [, , channels, filters] = kernel.shape as Four;
  const { block } = blocks;
  if (conv.groups > 1) return undefined;
  if (conv.strides.every((stride) => stride === 1)) {
    return fills(filters, channels, block) ? ofImages(node, dy, kernel, conv, blocks) : undefined;
  }
  if (conv.dilation.some((rate) => rate > 1) || !fills(filters, channels, block)) return undefined;
  return ofStridedImages(node, dy, kernel, conv, blocks);
}

/**
 * The gradient of the kernel as convolutions: the batch are their channels, the outputs their kernel, and the channels of a
 * block lie in the rows of the images, so that a dilated kernel meets one of them at each place.
 */
function ofKernel(node: Node, conv: ConvAttributes, blocks: Blocks): Node | undefined {
  const { block } = blocks;
  const [x, dy] = node.inputs as [Node, Node];
  const { size, strides, dilation, margins } = conv;
  const [batch, height, width, channels] = x.shape as Four;
  const [, rows, columns, filters] = dy.shape as Four;
  const samples = roundUp(batch, block);
  const isWide = size[1] * channels >= LEAST_WIDTH && samples <= MOST_WASTE * batch;
  if (dilation.some((rate) => rate > 1) || !isWide || !fills(channels, filters, block)) return undefined;
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
  const groups = samples / block;
  // In two steps, each of which the runtime does fast: whole lines first, then the batch behind them.
  const byDepth = reshape(transpose(lines, [1, 0, 2, 3, 4]), [
    depth * groups,
    block,
    lines.shape[2]! * wide * inner,
  ]);
  const full = pad(outputs, [0, 0, 0, 0, 0], [samples - batch, 0, 0, 0, 0]);
  const filtersOf = reshape(full, [groups, block, across, rows * columns, block]);
  const result = blockedConv2d(
    reshape(transpose(byDepth, [0, 2, 1]), [depth, groups, lines.shape[2]!, wide * inner, block]),
    reshape(transpose(filtersOf, [2, 0, 3, 1, 4]), [across, groups, rows, columns, block, block]),
    block,
    {
      strides: [1, 1],
      dilation: [strides[0], strides[1] * inner],
      margins: [top, Math.max(0, bottom), 0, 0],
    },
  );
  const weights = transpose(reshape(result, [depth, across, ...size, inner, block]), [2, 3, 0, 4, 1, 5]);
  const all = reshape(weights, [...size, depth * inner, across * block]);
  return slice(all, [0, 0], [channels, filters], { axes: [2, 3] });
}

/** A convolution or a gradient of one in blocks of channels; undefined where that does not suit it. */
export function convInBlocks(node: Node, blocks: Blocks): Node | undefined {
  const [x, kernel] = node.inputs as [Node, Node];
  if (node.op === 'conv2d') return forward(x, kernel, convAttributes(node), blocks);
  if (node.op === 'convTranspose2d') return images(node, convAttributes(node), blocks);
  return node.op === 'convKernel2d' ? ofKernel(node, convAttributes(node), blocks) : undefined;
}
