import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { divide, maximum } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear-algebra.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape, transpose } from '../graph/ops/shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Sums of products of two tensors along an axis of each. */
export interface DotLayer extends Layer {
  readonly kind: 'dot';
  /** Of the first and the second input, counted with the batch axis. */
  readonly axes: readonly [number, number];
  readonly normalize: boolean;
}

/** Options of `layers.dot`. */
export interface DotOptions extends Omit<PlaceOptions, 'inputShape'> {
  /** The axes of equal extent to sum along, counted with the batch axis as 0; one number for both. */
  readonly axes: number | readonly [number, number];
  /** Scale both to length 1 along their axes first, which makes the result the cosine. Default false. */
  readonly normalize?: boolean;
}

/** Square of the smallest length that is divided by, 1e-12 as in Keras. */
const SMALLEST_SQUARE = 1e-24;

/**
 * Sums of products of two tensors along one axis of each: [2, 3] and [3, 4] with axes [2, 1] give [2, 4].
 *
 * The remaining axes of the first come before those of the second; two samples of one axis give [1].
 *
 * @example
 * call(layers.dot({ axes: 1, normalize: true }), left, right)
 */
export function dot(options: DotOptions): DotLayer {
  const where = layerName('dot', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['axes', 'normalize', 'name']);
  const { axes, normalize = false } = options;
  const pair = typeof axes === 'number' ? ([axes, axes] as const) : axes;
  if (
    !Array.isArray(pair) ||
    pair.length !== 2 ||
    pair.some((axis) => !Number.isInteger(axis) || axis === 0)
  ) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: axes is ${JSON.stringify(axes)}`, {
      fix: 'Give one axis of a sample, counted from 1, or one for each input.',
      where,
    });
  }
  return { kind: 'dot', axes: [pair[0]!, pair[1]!], normalize, ...placeOptions(where, options) };
}

/** Axes of samples, counted from 0. */
function sampleAxes({ axes }: DotLayer, shapes: readonly Shape[]): readonly [number, number] {
  const found = shapes.map((shape, i) => {
    const axis = axes[i as 0 | 1];
    return axis < 0 ? shape.length + axis : axis - 1;
  });
  shapes.forEach((shape, i) => {
    if (shape[found[i]!] !== undefined) return;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `has no axis ${axes[i as 0 | 1]} in samples of [${shape.join(', ')}]`,
      {
        fix: 'Give an axis of the samples, from 1.',
      },
    );
  });
  return [found[0]!, found[1]!];
}

function rest(shape: Shape, axis: number): Shape {
  return shape.filter((_, i) => i !== axis);
}

function outputShape(layer: DotLayer, _input: Shape, inputs: readonly Shape[]): Shape {
  const [a, b] = inputs as readonly [Shape, Shape];
  const [i, j] = sampleAxes(layer, inputs);
  if (a[i] !== b[j]) {
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `cannot sum along axes of extents ${a[i]} and ${b[j]} in [${a.join(', ')}] and [${b.join(', ')}]`,
      { fix: 'Give axes of equal extent.' },
    );
  }
  const shape = [...rest(a, i), ...rest(b, j)];
  return shape.length === 0 ? [1] : shape;
}

/** The axis moved to the end, all other axes of a sample as one: [batch, rest, extent]. */
function asRows(x: Node, axis: number): Node {
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis + 1);
  const moved = transpose(x, [...others, axis + 1]);
  const extent = x.shape[axis + 1]!;
  const size = x.shape.slice(1).reduce((product, one) => product * one, 1);
  return reshape(moved, [x.shape[0]!, size / extent, extent]);
}

function unit(x: Node): Node {
  return divide(x, sqrt(maximum(sum(square(x), -1, { keepDims: true }), SMALLEST_SQUARE)));
}

defineLayer<DotLayer>({
  kind: 'dot',
  arity: [2, 2],
  outputShape,
  structure: ({ axes, normalize }) => [axes, normalize],
  forward: (layer, { inputs }) => {
    const shapes = inputs.map(({ shape }) => shape.slice(1));
    const axes = sampleAxes(layer, shapes);
    const [a, b] = inputs.map((input, i) => asRows(input, axes[i as 0 | 1]));
    const scale = layer.normalize ? unit : (x: Node): Node => x;
    const product = matmul(scale(a!), scale(b!), { transposeB: true });
    return reshape(product, [inputs[0]!.shape[0]!, ...outputShape(layer, shapes[0]!, shapes)]);
  },
});
