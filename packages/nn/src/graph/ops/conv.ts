import { defineOp, FLOAT, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import { matmul, swapAxes } from './linear-algebra.ts';
import { reshape, transpose } from './shape.ts';
import { concat, slice } from './slice.ts';
import { type Pair, places, reach, taps, type Window, type WindowOptions, windowOf } from './window.ts';

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

interface TransposeAttributes extends ConvAttributes {
  /** Height and width of the images. */
  readonly image: Pair;
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

/** The gradient of the kernel, of one group. */
function productGradient(x: Node, kernel: Node, dy: Node, window: Window): Node {
  const rows = reshape(dy, [sizeOf(dy.shape.slice(0, 3)), dy.shape[3]!]);
  const { matrix, isTransposed } = columns(x, window);
  if (isTransposed) return reshape(matmul(matrix, rows), kernel.shape);
  const [count, filters] = rows.shape as Pair;
  // Transposed by itself, behind an extent of 1 that keeps the runtime from fusing it: products with a long transposed
  // left operand are slow.
  const columnwise = transpose(reshape(rows, [1, count, filters]), [0, 2, 1]);
  const product = matmul(reshape(columnwise, [filters, count]), matrix);
  return reshape(swapAxes(product), kernel.shape);
}

/** The part of a node that belongs to a group, along its last axis. */
function groupOf(x: Node, group: number, groups: number): Node {
  const extent = x.shape.at(-1)! / groups;
  return slice(x, [group * extent], [(group + 1) * extent], { axes: [x.shape.length - 1] });
}

/** The gradient of the kernel; groups split the channels of the images but the filters of the kernel. */
function kernelGradient(x: Node, kernel: Node, dy: Node, conv: ConvAttributes): Node {
  const { groups } = conv;
  if (groups === 1) return productGradient(x, kernel, dy, conv);
  const parts = Array.from({ length: groups }, (_, group) => {
    const [images, filters, outputs] = [x, kernel, dy].map((node) => groupOf(node, group, groups));
    return productGradient(images!, filters!, outputs!, conv);
  });
  return concat(parts);
}

/**
 * Visits each product of a convolution: positions of the pixel, of the weight and of the output. `images` and `outputs`
 * are the shapes on both sides.
 */
function visitProducts(
  images: Shape,
  kernel: Shape,
  outputs: Shape,
  conv: ConvAttributes,
  visit: (pixel: number, weight: number, output: number) => void,
): void {
  const { strides, dilation, margins, groups } = conv;
  const [, height, width, all] = images as Four;
  const [tall, wide, channels, filters] = kernel as Four;
  const [batch, rows, cols] = outputs as Four;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < cols; column++) {
        for (let tap = 0; tap < tall * wide; tap++) {
          const y = row * strides[0] + Math.floor(tap / wide) * dilation[0] - margins[0];
          const z = column * strides[1] + (tap % wide) * dilation[1] - margins[2];
          if (y < 0 || y >= height || z < 0 || z >= width) continue;
          for (let filter = 0; filter < filters; filter++) {
            const first = Math.floor((filter * groups) / filters) * channels;
            const output = ((image * rows + row) * cols + column) * filters + filter;
            for (let c = 0; c < channels; c++) {
              const pixel = ((image * height + y) * width + z) * all + first + c;
              visit(pixel, (tap * channels + c) * filters + filter, output);
            }
          }
        }
      }
    }
  }
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
    const [, height, width] = x.shape as Four;
    return [
      createConvTranspose([dy, kernel], { ...node.attributes, image: [height, width] }),
      kernelGradient(x, kernel, dy, conv),
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
    const data = new Float64Array(sizeOf(node.shape));
    visitProducts(x!.shape, kernel!.shape, node.shape, attributesOf(node), (pixel, weight, output) => {
      data[output]! += x!.data[pixel]! * kernel!.data[weight]!;
    });
    return { dtype: 'float32', shape: node.shape, data };
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

/** The adjoint of `conv2d` with respect to the images: every output adds its share to the pixels that it saw. */
const createConvTranspose = defineOp({
  name: 'convTranspose2d',
  infer: ([dy, kernel], attributes) => {
    const { image, groups } = attributes as unknown as TransposeAttributes;
    return { dtype: 'float32', shape: [dy!.shape[0]!, ...image, kernel!.shape[2]! * groups] };
  },
  gradient: (node, dx) => {
    const [dy, kernel] = node.inputs as [Node, Node];
    const { image: _, ...conv } = node.attributes as unknown as TransposeAttributes;
    return [createConv([dx, kernel], { ...conv }), kernelGradient(dx, kernel, dy, conv)];
  },
  onnx: (node, context) => {
    const { size, strides, dilation, margins, groups, image } =
      node.attributes as unknown as TransposeAttributes;
    const [top, bottom, left, right] = margins;
    const [, rows, cols] = node.inputs[0]!.shape as Four;
    // Pixels beyond the last window, which no output saw.
    const rest = (axis: 0 | 1, windows: number, around: number): number =>
      image[axis] + around - (windows - 1) * strides[axis] - reach(size[axis], dilation[axis]);
    const outputs = context.emit('Transpose', [context.input(0)], { perm: { ints: [0, 3, 1, 2] } });
    const filters = context.emit('Transpose', [context.input(1)], { perm: { ints: [3, 2, 0, 1] } });
    const result = context.emit('ConvTranspose', [outputs, filters], {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      dilations: { ints: dilation },
      pads: { ints: [top, left, bottom, right] },
      output_padding: { ints: [rest(0, rows, top + bottom), rest(1, cols, left + right)] },
      group: { int: groups },
    });
    context.emit('Transpose', [result], { perm: { ints: [0, 2, 3, 1] } }, [context.result()]);
  },
  reference: (node, [dy, kernel]) => {
    const data = new Float64Array(sizeOf(node.shape));
    visitProducts(node.shape, kernel!.shape, dy!.shape, attributesOf(node), (pixel, weight, output) => {
      data[pixel]! += dy!.data[output]! * kernel!.data[weight]!;
    });
    return { dtype: 'float32', shape: node.shape, data };
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
