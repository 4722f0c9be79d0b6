import { lower } from './lower.ts';
import type { Graph, Node } from './node.ts';
import {
  blockedConv2d,
  fromBlocks,
  kernelToBlocks,
  roundUp,
  toBlocks,
  turnedToBlocks,
} from './ops/blocked-conv.ts';
import { convAttributes } from './ops/conv.ts';
import type { ConvAttributes, Four } from './ops/conv-visit.ts';
import { reshape, transpose } from './ops/shape.ts';
import { pad, slice } from './ops/slice.ts';
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

/** `x` with rows and columns put before it, then cut or padded to an extent. */
function framed(x: Node, top: number, left: number, height: number, width: number): Node {
  const [, rows, columns] = x.shape as Four;
  const bottom = Math.max(0, height - top - rows);
  const right = Math.max(0, width - left - columns);
  return slice(pad(x, [0, top, left, 0], [0, bottom, right, 0]), [0, 0], [height, width], { axes: [1, 2] });
}

function forward(x: Node, kernel: Node, conv: ConvAttributes, block: number): Node | undefined {
  const [, , channels, filters] = kernel.shape as Four;
  if (conv.groups > 1 || !fills(channels, filters, block)) return undefined;
  const { strides, dilation, margins } = conv;
  const result = blockedConv2d(toBlocks(x, block), kernelToBlocks(kernel, block), block, {
    strides,
    dilation,
    margins,
  });
  return fromBlocks(result, filters);
}

/** The gradient of the images for stride 1: the outputs, with margins, under the turned kernel. */
function ofImages(node: Node, dy: Node, kernel: Node, conv: ConvAttributes, block: number): Node {
  const { size, dilation, margins } = conv;
  const [top, bottom, left, right] = margins;
  const [down, across] = [reach(size[0], dilation[0]) - 1, reach(size[1], dilation[1]) - 1];
  // Margins wider than the kernel leave outputs that saw no pixel.
  const around = [down - top, down - bottom, across - left, across - right].map((x) => Math.max(0, x));
  const result = blockedConv2d(toBlocks(dy, block), turnedToBlocks(kernel, block), block, {
    strides: [1, 1],
    dilation,
    margins: around as unknown as Margins,
  });
  const [, height, width, channels] = node.shape as Four;
  const [above, before] = [Math.max(0, top - down), Math.max(0, left - across)];
  return slice(fromBlocks(result, channels), [above, before], [above + height, before + width], {
    axes: [1, 2],
  });
}

/**
 * The gradient of the images for larger strides: pixels between two windows are more channels of coarser images, whose
 * convolution has stride 1.
 */
function ofStridedImages(node: Node, dy: Node, kernel: Node, conv: ConvAttributes, block: number): Node {
  const { size, strides, margins } = conv;
  const [batch, height, width, channels] = node.shape as Four;
  const [, rows, columns, filters] = dy.shape as Four;
  const taps = size.map((extent, axis) => Math.ceil(extent / strides[axis]!)) as [number, number];
  const phases = size.map((extent, axis) => Math.min(extent, strides[axis]!)) as [number, number];
  const whole = pad(
    kernel,
    [0, 0, 0, 0],
    [taps[0] * phases[0] - size[0], taps[1] * phases[1] - size[1], 0, 0],
  );
  const split = reshape(whole, [taps[0], phases[0], taps[1], phases[1], channels, filters]);
  const coarse = reshape(transpose(split, [0, 2, 1, 3, 4, 5]), [
    ...taps,
    phases[0] * phases[1] * channels,
    filters,
  ]);
  const high = Math.ceil((height + margins[0] + margins[1]) / strides[0]);
  const wide = Math.ceil((width + margins[2] + margins[3]) / strides[1]);
  const result = blockedConv2d(toBlocks(dy, block), turnedToBlocks(coarse, block), block, {
    strides: [1, 1],
    margins: [taps[0] - 1, high - rows, taps[1] - 1, wide - columns],
  });
  const cells = reshape(fromBlocks(result, coarse.shape[2]!), [batch, high, wide, ...phases, channels]);
  const nowhere = [0, 0, 0, 0, 0, 0];
  const filled = pad(cells, nowhere, [0, 0, 0, strides[0] - phases[0], strides[1] - phases[1], 0]);
  const fine = reshape(transpose(filled, [0, 1, 3, 2, 4, 5]), [
    batch,
    high * strides[0],
    wide * strides[1],
    channels,
  ]);
  return slice(fine, [margins[0], margins[2]], [margins[0] + height, margins[2] + width], { axes: [1, 2] });
}

function images(node: Node, conv: ConvAttributes, block: number): Node | undefined {
  const [dy, kernel] = node.inputs as [Node, Node];
  const [, , channels, filters] = kernel.shape as Four;
  if (conv.groups > 1) return undefined;
  if (conv.strides.every((stride) => stride === 1)) {
    return fills(filters, channels, block) ? ofImages(node, dy, kernel, conv, block) : undefined;
  }
  const phases = conv.size.map((extent, axis) => Math.min(extent, conv.strides[axis]!)) as [number, number];
  if (conv.dilation.some((rate) => rate > 1) || !fills(filters, phases[0] * phases[1] * channels, block)) {
    return undefined;
  }
  return ofStridedImages(node, dy, kernel, conv, block);
}

/**
 * The gradient of the kernel as one convolution: the batch are its channels, the outputs its kernel, and channels lie in
 * the rows of the images, so that a dilated kernel meets one of them at each place.
 */
function ofKernel(node: Node, conv: ConvAttributes, block: number): Node | undefined {
  const [x, dy] = node.inputs as [Node, Node];
  const { size, strides, dilation, margins } = conv;
  const [batch, height, , channels] = x.shape as Four;
  const [, rows, columns, filters] = dy.shape as Four;
  const samples = roundUp(batch, block);
  const isWide = size[1] * channels >= LEAST_WIDTH && samples <= MOST_WASTE * batch;
  if (dilation.some((rate) => rate > 1) || !isWide || !fills(block, filters, block)) return undefined;
  const high = size[0] - 1 + reach(rows, strides[0]);
  const wide = size[1] - 1 + reach(columns, strides[1]);
  const top = margins[0];
  const bottom = high - top - height;
  // Rows beyond the edge cost nothing as margins; columns must be there, or each place is computed by itself.
  const lines = framed(x, 0, margins[2], Math.min(height, high - top), wide);
  const groups = samples / block;
  const fill = [samples - batch, 0, 0, 0];
  const nowhere = [0, 0, 0, 0];
  const pixels = reshape(pad(lines, nowhere, fill), [groups, block, lines.shape[1]! * wide * channels]);
  const across = Math.ceil(filters / block);
  const outputs = reshape(pad(dy, nowhere, fill.with(3, across * block - filters)), [
    groups,
    block,
    rows * columns,
    across,
    block,
  ]);
  const result = blockedConv2d(
    reshape(transpose(pixels, [0, 2, 1]), [1, groups, lines.shape[1]!, wide * channels, block]),
    reshape(transpose(outputs, [3, 0, 2, 1, 4]), [across, groups, rows, columns, block, block]),
    block,
    {
      strides: [1, 1],
      dilation: [strides[0], strides[1] * channels],
      margins: [top, Math.max(0, bottom), 0, 0],
    },
  );
  const weights = transpose(reshape(result, [across, size[0] * size[1] * channels, block]), [1, 0, 2]);
  const all = reshape(weights, [size[0] * size[1] * channels, across * block]);
  return reshape(slice(all, [0], [filters], { axes: [1] }), node.shape);
}

/**
 * Convolutions and their gradients as convolutions in blocks of channels, for a runtime that has them.
 *
 * Those that it does not suit stay: groups, few channels, small batches. Differentiate first.
 */
export function lowerConvolutions(graph: Graph, block: number): Graph {
  return lower(graph, (node) => {
    if (node.op === 'conv2d') return forward(node.inputs[0]!, node.inputs[1]!, convAttributes(node), block);
    if (node.op === 'convTranspose2d') return images(node, convAttributes(node), block);
    if (node.op === 'convKernel2d') return ofKernel(node, convAttributes(node), block);
    return undefined;
  });
}
