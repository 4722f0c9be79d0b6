import { defineOp, FLOAT, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { type Tensor, tabulate } from '../tensor.ts';
import { divide, maximum, subtract } from './arithmetic.ts';
import { equal, where } from './compare.ts';
import { constant } from './sources.ts';
import { type Pair, places, taps, untap, type Window, type WindowOptions, windowOf } from './window.ts';

function requireImages(op: string, inputs: readonly Node[], window: Window): Shape {
  const [x] = inputs as [Node];
  requireTypes(op, inputs, FLOAT);
  if (x.shape.length !== 4) {
    throw shapeError(
      op,
      'the operand is no batch of images',
      inputs,
      'Give [batch, height, width, channels].',
    );
  }
  const [rows, columns] = places(x.shape, window);
  if (rows < 1 || columns < 1) {
    const problem = `a window of ${window.size.join(' x ')} does not fit`;
    throw shapeError(op, problem, inputs, 'Make the window smaller, or pad the images.');
  }
  return [x.shape[0]!, rows, columns, x.shape[3]!];
}

function windowIn(node: Node): Window {
  return node.attributes as unknown as Window;
}

/** Calls `visit` with the position in `x` of every element of the window of an output element that lies inside. */
function visitWindow(
  x: Shape,
  output: Shape,
  at: number,
  window: Window,
  visit: (position: number) => void,
): void {
  const [, height, width, channels] = x as readonly [number, number, number, number];
  const [, rows, columns] = output as readonly [number, number, number];
  const channel = at % channels;
  const column = Math.floor(at / channels) % columns;
  const row = Math.floor(at / (channels * columns)) % rows;
  const image = Math.floor(at / (channels * columns * rows));
  for (let i = 0; i < window.size[0]; i++) {
    for (let j = 0; j < window.size[1]; j++) {
      const y = row * window.strides[0] + i * window.dilation[0] - window.margins[0];
      const z = column * window.strides[1] + j * window.dilation[1] - window.margins[2];
      if (y < 0 || y >= height || z < 0 || z >= width) continue;
      visit(((image * height + y) * width + z) * channels + channel);
    }
  }
}

const createMaxPool = defineOp({
  name: 'maxPool2d',
  infer: (inputs, attributes) => ({
    dtype: 'float32',
    shape: requireImages('maxPool2d', inputs, attributes as unknown as Window),
  }),
  gradient: (node, dy) => {
    const [x] = node.inputs as [Node];
    const window = windowIn(node);
    const values = taps(x, window, Number.NEGATIVE_INFINITY);
    // The first maximum of a window takes all that is left; later ones find nothing.
    let left = dy;
    const parts = values.map((value, i) => {
      if (i === values.length - 1 && window.margins.every((extent) => extent === 0)) return left;
      const part = where(equal(value, node), left, 0);
      left = subtract(left, part);
      return part;
    });
    return [untap(parts, window, x.shape)];
  },
  // The runtime's MaxPool overlooks NaN, which must be kept; its Max does not.
  onnx: (node, context) => {
    const { size, strides, dilation, margins } = windowIn(node);
    const list = (values: readonly number[]): string => context.constant(values, [values.length], 'int64');
    const [top, bottom, left, right] = margins;
    const padded = margins.some((extent) => extent > 0)
      ? context.emit('Pad', [
          context.input(0),
          list([0, top, left, 0, 0, bottom, right, 0]),
          context.constant([Number.NEGATIVE_INFINITY], [], 'float32'),
        ])
      : context.input(0);
    const [, rows, columns] = node.shape as readonly [number, number, number];
    const parts = Array.from({ length: size[0] * size[1] }, (_, i) => {
      const y = Math.floor(i / size[1]) * dilation[0];
      const z = (i % size[1]) * dilation[1];
      const ends = [y + (rows - 1) * strides[0] + 1, z + (columns - 1) * strides[1] + 1];
      return context.emit('Slice', [padded, list([y, z]), list(ends), list([1, 2]), list(strides)]);
    });
    context.emit('Max', parts, {}, [context.result()]);
  },
  reference: (node, [x]) =>
    tabulate('float32', node.shape, (at) => {
      let largest = Number.NEGATIVE_INFINITY;
      visitWindow(x!.shape, node.shape, at, windowIn(node), (position) => {
        largest = Math.max(largest, x!.data[position]!);
      });
      return largest;
    }),
  simplify: (node) =>
    taps(node.inputs[0]!, windowIn(node), Number.NEGATIVE_INFINITY).reduce((a, b) => maximum(a, b)),
});

/** How many elements of the window lie inside the image at each place: [1, rows, columns, 1]. */
function countsOf(x: Shape, output: Shape, window: Window): number[] {
  const image = [1, x[1]!, x[2]!, 1];
  const grid = [1, output[1]!, output[2]!, 1];
  return Array.from({ length: output[1]! * output[2]! }, (_, at) => {
    let count = 0;
    visitWindow(image, grid, at, window, () => {
      count += 1;
    });
    return count;
  });
}

function perPlace(x: Node, output: Shape, window: Window): Node {
  return constant(countsOf(x.shape, output, window), [1, output[1]!, output[2]!, 1]);
}

function averaged(x: Tensor, node: Node): Tensor {
  return tabulate('float32', node.shape, (at) => {
    let total = 0;
    let count = 0;
    visitWindow(x.shape, node.shape, at, windowIn(node), (position) => {
      total += x.data[position]!;
      count += 1;
    });
    return total / count;
  });
}

const createAveragePool = defineOp({
  name: 'averagePool2d',
  infer: (inputs, attributes) => ({
    dtype: 'float32',
    shape: requireImages('averagePool2d', inputs, attributes as unknown as Window),
  }),
  gradient: (node, dy) => {
    const [x] = node.inputs as [Node];
    const window = windowIn(node);
    const share = divide(dy, perPlace(x, node.shape, window));
    const parts = Array.from({ length: window.size[0] * window.size[1] }, () => share);
    return [untap(parts, window, x.shape)];
  },
  onnx: (node, context) => {
    const { size, strides, margins } = windowIn(node);
    const images = context.emit('Transpose', [context.input(0)], { perm: { ints: [0, 3, 1, 2] } });
    const [top, bottom, left, right] = margins;
    const attributes = {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      pads: { ints: [top, left, bottom, right] },
      count_include_pad: { int: 0 },
    };
    const pooled = context.emit('AveragePool', [images], attributes);
    context.emit('Transpose', [pooled], { perm: { ints: [0, 2, 3, 1] } }, [context.result()]);
  },
  reference: (node, [x]) => averaged(x!, node),
});

/**
 * The largest element of each window of images [batch, height, width, channels], NaN if there is one.
 *
 * Margins do not count. The first of equal maxima, row by row, takes the gradient. Throws LU_GRAPH_SHAPE where the window
 * does not fit.
 *
 * @example
 * maxPool2d(x, [2, 2], { strides: [2, 2] }); // [32, 28, 28, 8] -> [32, 14, 14, 8]
 */
export function maxPool2d(x: Node, size: Pair, options: WindowOptions): Node {
  return createMaxPool([x], { ...windowOf(size, options) });
}

/**
 * The mean of the elements of each window of images [batch, height, width, channels]; margins do not count.
 *
 * Throws LU_GRAPH_SHAPE where the window does not fit.
 *
 * @example
 * averagePool2d(x, [2, 2], { strides: [2, 2] }); // [32, 28, 28, 8] -> [32, 14, 14, 8]
 */
export function averagePool2d(x: Node, size: Pair, options: Omit<WindowOptions, 'dilation'>): Node {
  return createAveragePool([x], { ...windowOf(size, options) });
}
