import type { Node } from '../node.ts';
import { gather } from './gather.ts';
import { reshape, transpose } from './shape.ts';
import { pad, slice } from './slice.ts';
import { constant } from './sources.ts';

/** The least multiple of a block that holds so many channels. */
export function roundUp(channels: number, block: number): number {
  return Math.ceil(channels / block) * block;
}

function padded(x: Node, axis: number, extent: number): Node {
  const nowhere = x.shape.map(() => 0);
  return pad(x, nowhere, nowhere.with(axis, extent - x.shape[axis]!));
}

/** Images [batch, height, width, channels] as planes: [batch, channels, height, width]. */
export function toPlanes(x: Node): Node {
  return transpose(x, [0, 3, 1, 2]);
}

/**
 * Images [batch, height, width, channels] in blocks of channels: [batch, blocks, height, width, block], the last filled up
 * with zeros.
 */
export function toBlocks(x: Node, block: number): Node {
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const blocks = Math.ceil(channels / block);
  const pixels = reshape(padded(x, 3, blocks * block), [batch, height * width, blocks, block]);
  return reshape(transpose(pixels, [0, 2, 1, 3]), [batch, blocks, height, width, block]);
}

/** The first channels of blocks, as images: the inverse of `toBlocks`. */
export function fromBlocks(x: Node, channels: number): Node {
  const [batch, blocks, height, width, block] = x.shape as readonly [number, number, number, number, number];
  const pixels = transpose(reshape(x, [batch, blocks, height * width, block]), [0, 2, 1, 3]);
  const all = reshape(pixels, [batch, height, width, blocks * block]);
  return slice(all, [0], [channels], { axes: [3] });
}

/** A kernel with its rows and columns in reverse. */
export function reversed(kernel: Node): Node {
  const [height, width, ...rest] = kernel.shape as readonly [number, number, ...number[]];
  const count = height * width;
  if (count === 1) return kernel;
  const order = constant(
    Array.from({ length: count }, (_, i) => count - 1 - i),
    [count],
    'int32',
  );
  return reshape(gather(reshape(kernel, [count, ...rest]), order), kernel.shape);
}

/**
 * A kernel [height, width, channels, filters] in blocks of both: [filter blocks, channel blocks, height, width, block,
 * block]; of fewer channels than a block: [filter blocks, channels, height, width, block].
 */
export function kernelToBlocks(kernel: Node, block: number): Node {
  const [height, width, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const across = Math.ceil(filters / block);
  const wide = padded(kernel, 3, across * block);
  if (channels < block) {
    return transpose(reshape(wide, [height, width, channels, across, block]), [3, 2, 0, 1, 4]);
  }
  const deep = Math.ceil(channels / block);
  const full = reshape(padded(wide, 2, deep * block), [height, width, deep, block, across, block]);
  return transpose(full, [4, 2, 0, 1, 3, 5]);
}

/**
 * A kernel [height, width, channels, filters] turned by half, filters and channels of each group in each other's place, in
 * blocks: it takes the gradient of outputs to that of images.
 */
export function turnedToBlocks(kernel: Node, block: number, groups: number): Node {
  const [height, width, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const parts = reshape(reversed(kernel), [height, width, channels, groups, filters / groups]);
  const turned = transpose(parts, [0, 1, 4, 3, 2]);
  return kernelToBlocks(reshape(turned, [height, width, filters / groups, groups * channels]), block);
}

/**
 * The kernel [height, width, 1, channels] of a convolution of each channel by itself, in so many blocks: [blocks, 1,
 * height, width, 1, block].
 */
export function depthwiseToBlocks(kernel: Node, block: number, blocks: number): Node {
  const [height, width] = kernel.shape as readonly [number, number];
  const full = reshape(padded(kernel, 3, blocks * block), [height, width, blocks, block]);
  return reshape(transpose(full, [2, 0, 1, 3]), [blocks, 1, height, width, 1, block]);
}
