import { defineOp, FLOAT, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import { productConv, productKernel, productKernels } from './conv-products.ts';
import { type ConvAttributes, type Four, visitProducts } from './conv-visit.ts';
import { reshape } from './shape.ts';
import { type Pair, places, reach, type WindowOptions, windowOf } from './window.ts';

/** Options of `conv2d`. */
export interface ConvOptions extends WindowOptions {
  /** Channels are split into so many groups, each with its own filters. Default 1. */
  readonly groups?: number;
  /**
   * Where the runtime has no fast convolution, compute as a product of matrices with the windows written out as rows,
   * which shares them with the gradient of the kernel and trains faster; its Conv else. Default false.
   */
  readonly asProduct?: boolean;
}

interface ForwardAttributes extends ConvAttributes {
  readonly asProduct: boolean;
}

interface TransposeAttributes extends ConvAttributes {
  /** Height and width of the images. */
  readonly image: Pair;
}

/** The options of a convolution that its node, and those of its gradients, carry. */
export function convAttributes(node: Node): ConvAttributes {
  return node.attributes as unknown as ConvAttributes;
}

function kernelGradient(x: Node, dy: Node, conv: ConvAttributes): Node {
  const { size, strides, dilation, margins, groups } = conv;
  return createConvKernel([x, dy], { size, strides, dilation, margins, groups });
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
    const [, height, width] = x.shape as Four;
    const { asProduct: _, ...conv } = node.attributes as unknown as ForwardAttributes;
    return [
      createConvTranspose([dy, kernel], { ...conv, image: [height, width] }),
      kernelGradient(x, dy, conv),
    ];
  },
  onnx: (node, context) => {
    const { size, strides, dilation, margins, groups } = convAttributes(node);
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
    visitProducts(x!.shape, kernel!.shape, node.shape, convAttributes(node), (pixel, weight, output) => {
      data[output]! += x!.data[pixel]! * kernel!.data[weight]!;
    });
    return { dtype: 'float32', shape: node.shape, data };
  },
});

/** The adjoint of `conv2d` with respect to the images: every output adds its share to the pixels that it saw. */
const createConvTranspose = defineOp({
  name: 'convTranspose2d',
  infer: (inputs, attributes) => {
    requireTypes('convTranspose2d', inputs, FLOAT);
    const [dy, kernel] = inputs as [Node, Node];
    const { image, groups, ...window } = attributes as unknown as TransposeAttributes;
    const [, , channels, filters] = kernel.shape as Four;
    const images = [dy.shape[0]!, ...image, channels * groups];
    const [rows, cols] = places(images, window);
    if (dy.shape[1] !== rows || dy.shape[2] !== cols || dy.shape[3] !== filters) {
      const problem = `images of ${image.join(' x ')} would give [${rows}, ${cols}, ${filters}]`;
      throw shapeError('convTranspose2d', problem, inputs, 'Give outputs of a convolution of such images.');
    }
    return { dtype: 'float32', shape: images };
  },
  gradient: (node, dx) => {
    const [dy, kernel] = node.inputs as [Node, Node];
    const { image: _, ...conv } = node.attributes as unknown as TransposeAttributes;
    return [createConv([dx, kernel], { ...conv, asProduct: false }), kernelGradient(dx, dy, conv)];
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
    visitProducts(node.shape, kernel!.shape, dy!.shape, convAttributes(node), (pixel, weight, output) => {
      data[pixel]! += dy!.data[output]! * kernel!.data[weight]!;
    });
    return { dtype: 'float32', shape: node.shape, data };
  },
});

/** The adjoint of `conv2d` with respect to the kernel: every weight adds up the products that it was in. */
const createConvKernel = defineOp({
  name: 'convKernel2d',
  infer: ([x, dy], attributes) => {
    const { size, groups } = attributes as unknown as ConvAttributes;
    return { dtype: 'float32', shape: [...size, x!.shape[3]! / groups, dy!.shape[3]!] };
  },
  gradient: (node, dk) => {
    const [x, dy] = node.inputs as [Node, Node];
    const [, height, width] = x.shape as Four;
    return [
      createConvTranspose([dy, dk], { ...node.attributes, image: [height, width] }),
      createConv([x, dk], { ...node.attributes, asProduct: false }),
    ];
  },
  // A convolution with the batch as channels, the outputs as kernel, and strides and dilation in each other's place.
  onnx: (node, context) => {
    const { size, strides, dilation, margins, groups } = convAttributes(node);
    const [batch, height, width, channels] = node.inputs[0]!.shape as Four;
    const [, rows, cols] = node.inputs[1]!.shape as Four;
    const [top, bottom, left, right] = margins;
    const list = (values: readonly number[]): string => context.constant(values, [values.length], 'int64');
    const view = (name: string, shape: readonly number[]): string =>
      context.emit('Reshape', [name, list(shape)]);
    const perm = (order: readonly number[]) => ({ perm: { ints: order } });
    const cells = view(context.input(0), [batch, height, width, groups, channels / groups]);
    const images = view(context.emit('Transpose', [cells], perm([4, 3, 0, 1, 2])), [
      channels / groups,
      groups * batch,
      height,
      width,
    ]);
    const filters = context.emit('Transpose', [context.input(1)], perm([3, 0, 1, 2]));
    const result = context.emit('Conv', [images, filters], {
      kernel_shape: { ints: [rows, cols] },
      strides: { ints: dilation },
      dilations: { ints: strides },
      pads: { ints: [top, left, bottom, right] },
      group: { int: groups },
    });
    const kernel = context.emit('Slice', [result, list([0, 0]), list(size), list([2, 3])]);
    context.emit('Transpose', [kernel], { perm: { ints: [2, 3, 0, 1] } }, [context.result()]);
  },
  reference: (node, [x, dy]) => {
    const data = new Float64Array(sizeOf(node.shape));
    visitProducts(x!.shape, node.shape, dy!.shape, convAttributes(node), (pixel, weight, output) => {
      data[weight]! += x!.data[pixel]! * dy!.data[output]!;
    });
    return { dtype: 'float32', shape: node.shape, data };
  },
});

/** A convolution that wants it, or a gradient of a kernel, as a product of matrices; undefined for other nodes. */
export function asProduct(node: Node): Node | undefined {
  const [x, second] = node.inputs as [Node, Node];
  if (node.op === 'convKernel2d') {
    const conv = convAttributes(node);
    return conv.groups > 1 ? productKernels(x, second, conv) : productKernel(x, second, conv);
  }
  const { asProduct: isWanted, groups } = node.attributes as unknown as ForwardAttributes;
  if (node.op !== 'conv2d' || !isWanted || groups > 1) return undefined;
  return reshape(productConv(x, second, convAttributes(node)), node.shape);
}

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

/**
 * The adjoint of `conv2d`: the images [batch, ...image, channels] whose convolution with the kernel has the gradient
 * `outputs` [batch, rows, columns, filters]. The kernel is that of the convolution: [height, width, channels, filters].
 *
 * Throws LU_GRAPH_SHAPE unless a convolution of such images gives outputs of that shape.
 *
 * @example
 * convTranspose2d(y, kernel, [4, 4], { strides: [2, 2] }); // [32, 2, 2, 8] with [2, 2, 3, 8] -> [32, 4, 4, 3]
 */
export function convTranspose2d(
  outputs: Node,
  kernel: Node,
  image: Pair,
  options: Omit<ConvOptions, 'asProduct'>,
): Node {
  const { groups = 1, ...window } = options;
  const [height, width] = kernel.shape as Four;
  return createConvTranspose([outputs, kernel], { ...windowOf([height, width], window), groups, image });
}
