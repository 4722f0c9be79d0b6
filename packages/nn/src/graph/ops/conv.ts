import { defineOp, FLOAT, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node } from '../node.ts';
import { sizeOf, tabulate } from '../tensor.ts';
import { gather } from './gather.ts';
import { matmul } from './linear-algebra.ts';
import { reshape, transpose } from './shape.ts';
import { concat, slice } from './slice.ts';
import { constant } from './sources.ts';
import { places, reach, spread, taps, type Window, type WindowOptions, windowOf } from './window.ts';

type Four = readonly [number, number, number, number];

/** Options of `conv2d`. */
export interface ConvOptions extends WindowOptions {
  /** Channels are split into so many groups, each with its own filters. Default 1. */
  readonly groups?: number;
  /**
   * Compute as a product of matrices with the windows written out as rows, which shares them with the gradient of the
   * kernel and trains faster; the runtime's own Conv else. Default false.
   */
  readonly asProduct?: boolean;
}

interface ConvAttributes extends Window {
  readonly groups: number;
  readonly asProduct: boolean;
}

function attributesOf(node: Node): ConvAttributes {
  return node.attributes as unknown as ConvAttributes;
}

/** The windows as a matrix of one row per place, [places, size * channels]; of a single channel, transposed. */
function columns(x: Node, window: Window): { readonly matrix: Node; readonly isTransposed: boolean } {
  const parts = taps(x, window, 0);
  const rows = sizeOf(parts[0]!.shape.slice(0, 3));
  const channels = x.shape[3]!;
  if (parts.length === 1) return { matrix: reshape(parts[0]!, [rows, channels]), isTransposed: false };
  if (channels === 1) {
    // Rows of single elements would be copied one by one.
    const lines = parts.map((part) => reshape(part, [1, rows]));
    return { matrix: concat(lines, 0), isTransposed: true };
  }
  return { matrix: reshape(concat(parts, 3), [rows, parts.length * channels]), isTransposed: false };
}

/** The kernel turned by 180 degrees, its channels and filters exchanged. */
function turned(kernel: Node): Node {
  const [height, width] = kernel.shape as Four;
  const backwards = (length: number): Node =>
    constant(
      Array.from({ length }, (_, i) => length - 1 - i),
      [length],
      'int32',
    );
  const flipped = gather(gather(kernel, backwards(height), 0), backwards(width), 1);
  return transpose(flipped, [0, 1, 3, 2]);
}

/** The gradient of the images: a convolution of the outputs, spread by the strides, with the turned kernel. */
function imageGradient(x: Node, kernel: Node, dy: Node, window: Window): Node {
  const { strides, dilation, margins } = window;
  const wide = spread(dy, strides);
  const before = (axis: 0 | 1): number => reach(kernel.shape[axis]!, dilation[axis]) - 1 - margins[2 * axis]!;
  const after = (axis: 0 | 1): number => x.shape[1 + axis]! - wide.shape[1 + axis]! + margins[2 * axis]!;
  const [top, bottom, left, right] = [before(0), after(0), before(1), after(1)];
  // Where margins are wider than the kernel, outputs that saw no image are cut off.
  const cut = (extent: number): number => Math.max(0, -extent);
  const seen = slice(
    wide,
    [cut(top), cut(left)],
    [wide.shape[1]! - cut(bottom), wide.shape[2]! - cut(right)],
    { axes: [1, 2] },
  );
  const around = (extent: number): number => Math.max(0, extent);
  return conv2d(seen, turned(kernel), {
    strides: [1, 1],
    dilation,
    margins: [around(top), around(bottom), around(left), around(right)],
    asProduct: true,
  });
}

function kernelGradient(x: Node, kernel: Node, dy: Node, window: Window): Node {
  const rows = reshape(dy, [sizeOf(dy.shape.slice(0, 3)), dy.shape[3]!]);
  const { matrix, isTransposed } = columns(x, window);
  return reshape(matmul(matrix, rows, { transposeA: !isTransposed }), kernel.shape);
}

/** The part of a node that belongs to a group, along its last axis. */
function groupOf(x: Node, group: number, groups: number): Node {
  const extent = x.shape.at(-1)! / groups;
  return slice(x, [group * extent], [(group + 1) * extent], { axes: [x.shape.length - 1] });
}

const createConv = defineOp({
  name: 'conv2d',
  infer: (inputs, attributes) => {
    requireTypes('conv2d', inputs, FLOAT);
    const [x, kernel] = inputs as [Node, Node];
    const conv = attributes as unknown as ConvAttributes;
    if (x.shape.length !== 4 || kernel.shape.length !== 4) {
      const fix =
        'Give images [batch, height, width, channels] and a kernel [height, width, channels, filters].';
      throw shapeError('conv2d', 'both operands need four axes', inputs, fix);
    }
    const [, , channels, filters] = kernel.shape as Four;
    if (channels * conv.groups !== x.shape[3] || filters % conv.groups !== 0) {
      const problem = `the kernel does not fit ${x.shape[3]} channels in ${conv.groups} groups`;
      throw shapeError('conv2d', problem, inputs, 'Give the kernel channels / groups as third extent.');
    }
    const [rows, cols] = places(x.shape, conv);
    if (rows < 1 || cols < 1) {
      const problem = `a kernel of ${conv.size.join(' x ')} does not fit`;
      throw shapeError('conv2d', problem, inputs, 'Make the kernel smaller, or pad the images.');
    }
    return { dtype: 'float32', shape: [x.shape[0]!, rows, cols, filters] };
  },
  gradient: (node, dy) => {
    const [x, kernel] = node.inputs as [Node, Node];
    const conv = attributesOf(node);
    const { groups } = conv;
    if (groups === 1) return [imageGradient(x, kernel, dy, conv), kernelGradient(x, kernel, dy, conv)];
    const each = Array.from({ length: groups }, (_, group) => ({
      // Groups split the channels of the images but the filters of the kernel.
      x: groupOf(x, group, groups),
      kernel: groupOf(kernel, group, groups),
      dy: groupOf(dy, group, groups),
    }));
    return [
      concat(each.map((part) => imageGradient(part.x, part.kernel, part.dy, conv))),
      concat(each.map((part) => kernelGradient(part.x, part.kernel, part.dy, conv))),
    ];
  },
  onnx: (node, context) => {
    const { size, strides, dilation, margins, groups } = attributesOf(node);
    const [top, bottom, left, right] = margins;
    const images = context.emit('Transpose', [context.input(0)], { perm: { ints: [0, 3, 1, 2] } });
    const filters = context.emit('Transpose', [context.input(1)], { perm: { ints: [3, 2, 0, 1] } });
    const result = context.emit('Conv', [images, filters], {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      dilations: { ints: dilation },
      pads: { ints: [top, left, bottom, right] },
      group: { int: groups },
    });
    context.emit('Transpose', [result], { perm: { ints: [0, 2, 3, 1] } }, [context.result()]);
  },
  reference: (node, [x, kernel]) => {
    const { strides, dilation, margins, groups } = attributesOf(node);
    const [, height, width, all] = x!.shape as Four;
    const [tall, wide, channels, filters] = kernel!.shape as Four;
    const [, rows, cols] = node.shape as Four;
    return tabulate('float32', node.shape, (at) => {
      const filter = at % filters;
      const column = Math.floor(at / filters) % cols;
      const row = Math.floor(at / (filters * cols)) % rows;
      const image = Math.floor(at / (filters * cols * rows));
      const first = Math.floor((filter * groups) / filters) * channels;
      let total = 0;
      for (let i = 0; i < tall; i++) {
        for (let j = 0; j < wide; j++) {
          const y = row * strides[0] + i * dilation[0] - margins[0];
          const z = column * strides[1] + j * dilation[1] - margins[2];
          if (y < 0 || y >= height || z < 0 || z >= width) continue;
          for (let c = 0; c < channels; c++) {
            const pixel = x!.data[((image * height + y) * width + z) * all + first + c]!;
            total += pixel * kernel!.data[((i * wide + j) * channels + c) * filters + filter]!;
          }
        }
      }
      return total;
    });
  },
  simplify: (node) => {
    const [x, kernel] = node.inputs as [Node, Node];
    const conv = attributesOf(node);
    if (!conv.asProduct || conv.groups > 1) return undefined;
    const { matrix, isTransposed } = columns(x, conv);
    const weights = reshape(kernel, [sizeOf(kernel.shape.slice(0, 3)), kernel.shape[3]!]);
    return reshape(matmul(matrix, weights, { transposeA: isTransposed }), node.shape);
  },
});

/**
 * Correlation of images [batch, height, width, channels] with a kernel [height, width, channels / groups, filters].
 *
 * `y[b, i, j, f] = sum over (k, l, c) of x[b, i * s + k * d - top, j * s + l * d - left, c] * kernel[k, l, c, f]`, with 0
 * outside the images. Throws LU_GRAPH_SHAPE where kernel and images do not fit.
 *
 * @example
 * conv2d(x, kernel, { strides: [1, 1] }); // [32, 28, 28, 1] with [3, 3, 1, 16] -> [32, 26, 26, 16]
 */
export function conv2d(x: Node, kernel: Node, options: ConvOptions): Node {
  const { groups = 1, asProduct = false, ...window } = options;
  const [height, width] = kernel.shape as Four;
  return createConv([x, kernel], { ...windowOf([height, width], window), groups, asProduct });
}
