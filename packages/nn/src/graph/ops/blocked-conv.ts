import { defineOp } from '../define-op.ts';
import type { Node, Shape } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import { gather } from './gather.ts';
import { reshape, transpose } from './shape.ts';
import { pad, slice } from './slice.ts';
import { constant } from './sources.ts';
import { type Pair, places, type Window, type WindowOptions, windowOf } from './window.ts';

interface BlockedAttributes extends Window {
  /** Channels in a block. */
  readonly block: number;
  /** Whether what is below 0 becomes 0. */
  readonly isRectified: boolean;
}

function attributesOf(node: Node): BlockedAttributes {
  return node.attributes as unknown as BlockedAttributes;
}

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
function reversed(kernel: Node): Node {
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
 * A kernel [height, width, channels, filters] turned by half, filters and channels in each other's place, in blocks: it
 * takes the gradient of outputs to that of images.
 */
export function turnedToBlocks(kernel: Node, block: number): Node {
  const [height, width, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const across = Math.ceil(channels / block);
  const wide = padded(reversed(kernel), 2, across * block);
  if (filters < block) {
    return transpose(reshape(wide, [height, width, across, block, filters]), [2, 4, 0, 1, 3]);
  }
  const deep = Math.ceil(filters / block);
  const full = reshape(padded(wide, 3, deep * block), [height, width, across, block, deep, block]);
  return transpose(full, [2, 4, 0, 1, 5, 3]);
}

const createBlockedConv = defineOp({
  name: 'blockedConv2d',
  infer: ([x, kernel], attributes) => {
    const window = attributes as unknown as BlockedAttributes;
    const [batch, , height, width] = x!.shape as readonly [number, number, number, number];
    const [rows, cols] = places([batch, height, width, 1], window);
    return { dtype: 'float32', shape: [batch, kernel!.shape[0]!, rows, cols, window.block] };
  },
  // The convolution that the runtime itself puts into graphs of constant weights: its kernels read channels in blocks.
  onnx: (node, context) => {
    const [x, kernel] = node.inputs as [Node, Node];
    const { size, strides, dilation, margins, block, isRectified } = attributesOf(node);
    const [top, bottom, left, right] = margins;
    const view = (name: string, shape: Shape, outputs?: readonly string[]): string =>
      context.emit('Reshape', [name, context.constant(shape, [shape.length], 'int64')], {}, outputs);
    const channels = x.shape[1]! * (x.shape[4] ?? 1);
    const filters = kernel.shape[0]! * block;
    const images = view(context.input(0), [-1, channels, x.shape[2]!, x.shape[3]!]);
    const result = context.emit(
      'com.microsoft.nchwc.Conv',
      [
        images,
        view(context.input(1), [filters, channels, ...size]),
        ...(node.inputs.length > 2 ? [context.input(2)] : []),
      ],
      {
        kernel_shape: { ints: size },
        strides: { ints: strides },
        dilations: { ints: dilation },
        pads: { ints: [top, left, bottom, right] },
        activation: isRectified ? { string: 'Relu' } : undefined,
      },
    );
    view(result, [-1, ...node.shape.slice(1)], [context.result()]);
  },
  reference: (node, [x, kernel, bias]) => {
    const { size, strides, dilation, margins, block, isRectified } = attributesOf(node);
    const [, images, height, width, own = 1] = x!.shape as readonly [number, number, number, number, number?];
    const [, across, rows, cols] = node.shape as readonly [number, number, number, number, number];
    const data = new Float64Array(sizeOf(node.shape));
    const channels = images * own;
    for (let at = 0; at < data.length; at++) {
      const f = at % block;
      const column = Math.floor(at / block) % cols;
      const row = Math.floor(at / (block * cols)) % rows;
      const filterBlock = Math.floor(at / (block * cols * rows)) % across;
      const image = Math.floor(at / (block * cols * rows * across));
      data[at] = bias?.data[filterBlock * block + f] ?? 0;
      for (let c = 0; c < channels; c++) {
        const [outer, inner] = [Math.floor(c / own), c % own];
        for (let tap = 0; tap < size[0] * size[1]; tap++) {
          const y = row * strides[0] + Math.floor(tap / size[1]) * dilation[0] - margins[0];
          const z = column * strides[1] + (tap % size[1]) * dilation[1] - margins[2];
          if (y < 0 || y >= height || z < 0 || z >= width) continue;
          const pixel = (((image * images + outer) * height + y) * width + z) * own + inner;
          const weight =
            (((filterBlock * images + outer) * size[0] * size[1] + tap) * own + inner) * block + f;
          data[at]! += x!.data[pixel]! * kernel!.data[weight]!;
        }
      }
      if (isRectified) data[at] = Math.max(0, data[at]!);
    }
    return { dtype: 'float32', shape: node.shape, data };
  },
});

/**
 * `conv2d` of operands in blocks of channels, as `toBlocks` and `kernelToBlocks` make them; the result is in blocks, too.
 *
 * Only runtimes with a channel block run it, for blocks of that size. Without gradient: it is what `lowerConvolutions`
 * puts into a graph that is finished.
 */
export function blockedConv2d(x: Node, kernel: Node, block: number, options: WindowOptions): Node {
  const size = kernel.shape.slice(2, 4) as unknown as Pair;
  return createBlockedConv([x, kernel], { ...windowOf(size, options), block, isRectified: false });
}

/** A blocked convolution with a bias [channels] added, and what is below 0 made 0 when `isRectified`. */
export function withEpilogue(conv: Node, bias: Node, isRectified: boolean): Node {
  return createBlockedConv([...conv.inputs.slice(0, 2), bias], { ...conv.attributes, isRectified });
}
