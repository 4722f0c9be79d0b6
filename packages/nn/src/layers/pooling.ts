import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { relu } from '../graph/ops/elementwise.ts';
import { averagePool2d, maxPool2d } from '../graph/ops/pool.ts';
import { reshape } from '../graph/ops/shape.ts';
import type { Margins, Pair } from '../graph/ops/window.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from './options.ts';
import { edgeFor, PADDINGS, type Padding } from './padding.ts';
import { type PairOption, parsePair } from './pairs.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Options of `layers.maxPooling1d` and `layers.averagePooling1d`. */
export interface Pooling1dOptions extends PlaceOptions {
  /** Steps a window. Default 2. */
  readonly poolSize?: number;
  /** Steps between windows. Default: the size. */
  readonly strides?: number;
  /** Default `valid`. */
  readonly padding?: Padding;
}

/** Options of `layers.maxPooling2d` and `layers.averagePooling2d`. */
export interface Pooling2dOptions extends PlaceOptions {
  /** Rows and columns a window. Default 2. */
  readonly poolSize?: PairOption;
  /** Rows and columns between windows. Default: the size. */
  readonly strides?: PairOption;
  /** Default `valid`. */
  readonly padding?: Padding;
}

type PoolingKind = 'maxPooling1d' | 'maxPooling2d' | 'averagePooling1d' | 'averagePooling2d';

/** One number for each window. Windows of sequences are windows of images of a single column. */
export interface PoolingLayer extends Layer {
  readonly kind: PoolingKind;
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

const KNOWN = ['poolSize', 'strides', 'padding', 'inputShape', 'name'] as const;

function readPadding(where: string, padding: Padding | undefined): Padding {
  return requireName('LU_LAYER_OPTION', where, 'padding', padding ?? 'valid', PADDINGS);
}

function create1d(kind: PoolingKind, options: Pooling1dOptions): PoolingLayer {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const size = requireNumber('LU_LAYER_OPTION', where, 'poolSize', options.poolSize ?? 2, ranges.count);
  const stride = requireNumber('LU_LAYER_OPTION', where, 'strides', options.strides ?? size, ranges.count);
  return {
    kind,
    poolSize: [size, 1],
    strides: [stride, 1],
    padding: readPadding(where, options.padding),
    ...placeOptions(where, options),
  };
}

function create2d(kind: PoolingKind, options: Pooling2dOptions): PoolingLayer {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const poolSize = parsePair(where, 'poolSize', options.poolSize ?? 2);
  return {
    kind,
    poolSize,
    strides: parsePair(where, 'strides', options.strides ?? poolSize),
    padding: readPadding(where, options.padding),
    ...placeOptions(where, options),
  };
}

/**
 * The largest value of each window along sequences [steps, channels], channel by channel.
 *
 * Defaults as in Keras: size 2, strides as the size, padding `valid`. The first of equal maxima takes the gradient.
 * Throws `LU_LAYER_OPTION` for an unknown option or a number out of range.
 *
 * @example
 * layers.maxPooling1d({ poolSize: 2 })
 */
export function maxPooling1d(options: Pooling1dOptions = {}): PoolingLayer {
  return create1d('maxPooling1d', options);
}

/**
 * The largest value of each window of images [height, width, channels], channel by channel.
 *
 * Defaults as in Keras: size 2, strides as the size, padding `valid`. The first of equal maxima takes the gradient.
 * Throws `LU_LAYER_OPTION` for an unknown option or a number out of range.
 *
 * @example
 * layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })
 */
export function maxPooling2d(options: Pooling2dOptions = {}): PoolingLayer {
  return create2d('maxPooling2d', options);
}

/**
 * The mean of each window along sequences [steps, channels], channel by channel; padding does not count.
 *
 * Defaults as in Keras: size 2, strides as the size, padding `valid`. Throws `LU_LAYER_OPTION` for an unknown option or
 * a number out of range.
 *
 * @example
 * layers.averagePooling1d({ poolSize: 4 })
 */
export function averagePooling1d(options: Pooling1dOptions = {}): PoolingLayer {
  return create1d('averagePooling1d', options);
}

/**
 * The mean of each window of images [height, width, channels], channel by channel; padding does not count.
 *
 * Defaults as in Keras: size 2, strides as the size, padding `valid`. Throws `LU_LAYER_OPTION` for an unknown option or
 * a number out of range.
 *
 * @example
 * layers.averagePooling2d({ poolSize: 2 })
 */
export function averagePooling2d(options: Pooling2dOptions = {}): PoolingLayer {
  return create2d('averagePooling2d', options);
}

/** A sample as an image. */
function imageOf(shape: Shape): Shape {
  return shape.length === 2 ? [shape[0]!, 1, shape[1]!] : shape;
}

function marginsOf(layer: PoolingLayer, image: Shape): Margins {
  const edge = (axis: 0 | 1): readonly [number, number] =>
    edgeFor(layer.padding, image[axis]!, layer.poolSize[axis], layer.strides[axis]);
  return [...edge(0), ...edge(1)];
}

function outputShape(layer: PoolingLayer, shape: Shape, rank: number, axes: string): Shape {
  requireRank(shape, rank, axes);
  const image = imageOf(shape);
  const margins = marginsOf(layer, image);
  const extents = ([0, 1] as const).map((axis) => {
    const extent = image[axis]! + margins[2 * axis]! + margins[2 * axis + 1]!;
    return Math.floor((extent - layer.poolSize[axis]) / layer.strides[axis]) + 1;
  });
  if (extents.some((extent) => extent < 1)) {
    const size = rank === 2 ? layer.poolSize[0] : layer.poolSize.join(' x ');
    throw new LuthierError('LU_LAYER_SHAPE', `has windows of ${size}, which do not fit`, {
      fix: "Make poolSize smaller, or set padding to 'same'.",
    });
  }
  return rank === 2 ? [extents[0]!, shape[1]!] : [...extents, shape[2]!];
}

function kindOf(
  kind: PoolingKind,
  rank: number,
  axes: string,
  pool: typeof maxPool2d | typeof averagePool2d,
): LayerKind<PoolingLayer> {
  return {
    kind,
    outputShape: (layer, shape) => outputShape(layer, shape, rank, axes),
    structure: ({ poolSize, strides, padding }) => [[...poolSize], [...strides], padding],
    forward: (layer, { input }) => {
      const sample = input.shape.slice(1);
      const image = imageOf(sample);
      const options = { strides: layer.strides, margins: marginsOf(layer, image) };
      const pooled = (x: Node): Node => {
        const result = pool(reshape(x, [x.shape[0]!, ...image]), layer.poolSize, options);
        return reshape(result, [x.shape[0]!, ...outputShape(layer, sample, rank, axes)]);
      };
      // The largest of rectified values is the largest value rectified: cheaper, with the same gradient.
      return pool === maxPool2d && input.op === 'relu' ? relu(pooled(input.inputs[0]!)) : pooled(input);
    },
  };
}

defineLayer(kindOf('maxPooling1d', 2, '[steps, channels]', maxPool2d));
defineLayer(kindOf('maxPooling2d', 3, '[height, width, channels]', maxPool2d));
defineLayer(kindOf('averagePooling1d', 2, '[steps, channels]', averagePool2d));
defineLayer(kindOf('averagePooling2d', 3, '[height, width, channels]', averagePool2d));
