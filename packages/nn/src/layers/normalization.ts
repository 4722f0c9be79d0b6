import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { constant } from '../graph/ops/sources.ts';
import { sizeOf } from '../graph/tensor.ts';
import { readTensor, type TensorLike } from '../training/tables.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Options of `layers.normalization`. */
export interface NormalizationOptions extends PlaceOptions {
  /** Axes that have moments of their own, counted with the batch axis as 0; null: one mean for all. Default -1. */
  readonly axis?: number | readonly number[] | null;
  /** Means, where they are known; else `adapt` measures them. */
  readonly mean?: number | readonly number[];
  readonly variance?: number | readonly number[];
  /** Turn normalized values back: `x * sqrt(variance) + mean`. Default false. */
  readonly invert?: boolean;
}

/** A normalization by fixed moments, measured on data before training. */
export interface NormalizationLayer extends Layer {
  readonly kind: 'normalization';
  readonly axes: readonly number[];
  readonly mean?: readonly number[];
  readonly variance?: readonly number[];
  readonly invert: boolean;
}

/** Smallest deviation that is divided by, as in Keras. */
const EPSILON = 1e-7;

function listOf(given: number | readonly number[]): readonly number[] {
  return typeof given === 'number' ? [given] : given;
}

/**
 * `(x - mean) / max(sqrt(variance), 1e-7)` with moments that `adapt` measured on the training data, or that are given.
 *
 * Throws `LU_LAYER_OPTION` for an unknown option, for one moment without the other, and for moments that are not finite
 * or negative variances; a model of a layer that was not adapted is refused with `LU_MODEL_SHAPE`.
 *
 * @example
 * const normal = adapt(layers.normalization(), train.x);
 * sequential([layers.input({ shape: [13] }), normal, layers.dense({ units: 1 })])
 */
export function normalization(options: NormalizationOptions = {}): NormalizationLayer {
  const where = layerName('normalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [
    'axis',
    'mean',
    'variance',
    'invert',
    'inputShape',
    'name',
  ]);
  const { axis = -1, mean, variance, invert = false } = options;
  const refuse = (message: string, fix: string): never => {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: ${message}`, { fix, where });
  };
  const axes = axis === null ? [] : listOf(axis);
  if (axes.some((one) => !Number.isInteger(one) || one === 0)) {
    refuse(
      `axis is ${JSON.stringify(axis)}`,
      'Give axes of a sample, counted from 1 or back from -1, or null.',
    );
  }
  if ((mean === undefined) !== (variance === undefined)) {
    refuse('mean and variance go together', 'Give both, or neither and use adapt.');
  }
  const moments = mean === undefined ? {} : { mean: listOf(mean), variance: listOf(variance!) };
  if ([...(moments.mean ?? []), ...(moments.variance ?? [])].some((value) => !Number.isFinite(value))) {
    refuse('a moment is not finite', 'Give finite numbers.');
  }
  if (moments.variance?.some((value) => value < 0) === true) {
    refuse('a variance is negative', 'Give variances from 0.');
  }
  return { kind: 'normalization', axes, invert, ...moments, ...placeOptions(where, options) };
}

/** Axes of a sample, counted from 0. */
function sampleAxes({ axes }: NormalizationLayer, rank: number): readonly number[] {
  return axes
    .map((axis) => (axis < 0 ? rank + axis : axis - 1))
    .map((axis) => {
      if (axis >= 0 && axis < rank) return axis;
      throw new LuthierError('LU_LAYER_SHAPE', `has no axis ${axes.join(', ')} in samples of ${rank} axes`, {
        fix: 'Give axes of a sample, counted from 1.',
      });
    })
    .sort((a, b) => a - b);
}

/** Extents of the moments for a sample: 1 along the axes that share them. */
function momentShape(layer: NormalizationLayer, sample: Shape): Shape {
  const axes = sampleAxes(layer, sample.length);
  return sample.map((extent, axis) => (axes.includes(axis) ? extent : 1));
}

/**
 * The layer with the moments of data: population mean and variance over all samples, and over the axes that share them.
 *
 * Measure on training data only: moments of validation data would leak into training. Throws `LU_DATA_*` for data that
 * are no tensor or hold NaN.
 *
 * @example
 * adapt(layers.normalization(), [[1, 10], [3, 30]]).mean // [2, 20]
 */
export function adapt(layer: NormalizationLayer, x: TensorLike): NormalizationLayer {
  const { data, shape } = readTensor('adapt', x);
  const sample = shape.length === 1 ? [1] : shape.slice(1);
  const extents = momentShape(layer, sample);
  const size = sizeOf(extents);
  const rowSize = sizeOf(sample);
  // Which moment each value of a sample belongs to.
  const owner = Int32Array.from({ length: rowSize }, (_, position) => {
    let rest = position;
    let index = 0;
    let stride = 1;
    for (let axis = sample.length - 1; axis >= 0; axis--) {
      const at = rest % sample[axis]!;
      rest = Math.floor(rest / sample[axis]!);
      if (extents[axis] !== 1) index += at * stride;
      stride *= extents[axis]!;
    }
    return index;
  });
  const means = new Float64Array(size);
  const squares = new Float64Array(size);
  const count = data.length / size;
  for (let i = 0; i < data.length; i++) means[owner[i % rowSize]!]! += Number(data[i]) / count;
  for (let i = 0; i < data.length; i++) {
    const at = owner[i % rowSize]!;
    squares[at]! += (Number(data[i]) - means[at]!) ** 2 / count;
  }
  return { ...layer, mean: [...means], variance: [...squares] };
}

/** One number a moment, in a shape that broadcasts to [batch, ...sample]. */
function momentNode(values: readonly number[], extents: Shape): Node {
  return constant([...values], values.length === 1 ? [] : [1, ...extents]);
}

defineLayer<NormalizationLayer>({
  kind: 'normalization',
  passesMask: true,
  outputShape: (layer, shape) => {
    const extents = momentShape(layer, shape);
    const wanted = sizeOf(extents);
    if (layer.mean === undefined || layer.variance === undefined) {
      throw new LuthierError('LU_LAYER_SHAPE', 'has no moments yet', {
        fix: 'Measure them first: adapt(layers.normalization(), train.x).',
      });
    }
    for (const { length } of [layer.mean, layer.variance]) {
      if (length === wanted || length === 1) continue;
      throw new LuthierError('LU_LAYER_SHAPE', `has ${length} moments for ${wanted}`, {
        fix: 'Adapt it to data of the same shape.',
      });
    }
    return shape;
  },
  structure: ({ axes, mean, variance, invert }) => [axes, mean ?? null, variance ?? null, invert],
  forward: (layer, { input }) => {
    const extents = momentShape(layer, input.shape.slice(1));
    const mean = momentNode(layer.mean!, extents);
    const deviation = momentNode(
      layer.variance!.map((variance) => Math.max(Math.sqrt(variance), EPSILON)),
      extents,
    );
    return layer.invert ? add(multiply(input, deviation), mean) : divide(subtract(input, mean), deviation);
  },
});
