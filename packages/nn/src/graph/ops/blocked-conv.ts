import { defineOp } from '../define-op.ts';
import type { Node, Shape } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import { type Pair, places, type Window, type WindowOptions, windowOf } from './window.ts';

interface BlockedAttributes extends Window {
  /** Channels in a block. */
  readonly block: number;
  /** Channels and filters are in so many groups. */
  readonly groups: number;
  /** Whether what is below 0 becomes 0. */
  readonly isRectified: boolean;
}

/** Channels that each filter sees. */
function channelsOf(kernel: Node): number {
  return kernel.shape[1]! * (kernel.shape.length === 6 ? kernel.shape[4]! : 1);
}

function attributesOf(node: Node): BlockedAttributes {
  return node.attributes as unknown as BlockedAttributes;
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
    const { size, strides, dilation, margins, block, groups, isRectified } = attributesOf(node);
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
        view(context.input(1), [filters, channelsOf(kernel), ...size]),
        ...(node.inputs.length > 2 ? [context.input(2)] : []),
      ],
      {
        kernel_shape: { ints: size },
        strides: { ints: strides },
        dilations: { ints: dilation },
        pads: { ints: [top, left, bottom, right] },
        group: groups === 1 ? undefined : { int: groups },
        activation: isRectified ? { string: 'Relu' } : undefined,
      },
    );
    view(result, [-1, ...node.shape.slice(1)], [context.result()]);
  },
  reference: (node, [x, kernel, bias]) => {
    const { size, strides, dilation, margins, block, groups, isRectified } = attributesOf(node);
    const [, images, height, width, own = 1] = x!.shape as readonly [number, number, number, number, number?];
    const [, across, rows, cols] = node.shape as readonly [number, number, number, number, number];
    const data = new Float64Array(sizeOf(node.shape));
    const seen = channelsOf(node.inputs[1]!);
    const inside = seen / kernel!.shape[1]!;
    for (let at = 0; at < data.length; at++) {
      const f = at % block;
      const column = Math.floor(at / block) % cols;
      const row = Math.floor(at / (block * cols)) % rows;
      const filterBlock = Math.floor(at / (block * cols * rows)) % across;
      const image = Math.floor(at / (block * cols * rows * across));
      const filter = filterBlock * block + f;
      const first = Math.floor((filter * groups) / (across * block)) * seen;
      data[at] = bias?.data[filter] ?? 0;
      for (let c = 0; c < seen; c++) {
        const [outer, inner] = [Math.floor((first + c) / own), (first + c) % own];
        const [deep, within] = [Math.floor(c / inside), c % inside];
        for (let tap = 0; tap < size[0] * size[1]; tap++) {
          const y = row * strides[0] + Math.floor(tap / size[1]) * dilation[0] - margins[0];
          const z = column * strides[1] + (tap % size[1]) * dilation[1] - margins[2];
          if (y < 0 || y >= height || z < 0 || z >= width) continue;
          const pixel = (((image * images + outer) * height + y) * width + z) * own + inner;
          const place = (filterBlock * (seen / inside) + deep) * size[0] * size[1] + tap;
          data[at]! += x!.data[pixel]! * kernel!.data[(place * inside + within) * block + f]!;
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
 * puts into a graph that is finished. In `groups` (default 1) every filter sees those channels only that its kernel has; of
 * several groups each must fill whole blocks, or be a single channel.
 */
export function blockedConv2d(
  x: Node,
  kernel: Node,
  block: number,
  { groups = 1, ...options }: WindowOptions & { readonly groups?: number },
): Node {
  const size = kernel.shape.slice(2, 4) as unknown as Pair;
  return createBlockedConv([x, kernel], { ...windowOf(size, options), block, groups, isRectified: false });
}

/** A blocked convolution with a bias [channels] added, and what is below 0 made 0 when `isRectified`. */
export function withEpilogue(conv: Node, bias: Node, isRectified: boolean): Node {
  return createBlockedConv([...conv.inputs.slice(0, 2), bias], { ...conv.attributes, isRectified });
}
