import type { Node } from '../graph/node.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { parsePair } from './pairs.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Each sample enlarged by repetition. */
export interface UpSamplingLayer extends Layer {
  readonly kind: 'upSampling1d' | 'upSampling2d';
  /** Repetitions along each axis but the channels. */
  readonly size: readonly number[];
}

const KNOWN = ['size', 'inputShape', 'name'] as const;

/**
 * Repeats each step of sequences [steps, channels] `size` times, default 2.
 *
 * Throws `LU_LAYER_OPTION` unless the size is a whole number from 1.
 *
 * @example
 * layers.upSampling1d({ size: 3 })
 */
export function upSampling1d(options: PlaceOptions & { readonly size?: number } = {}): UpSamplingLayer {
  const where = layerName('upSampling1d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const size = [requireNumber('LU_LAYER_OPTION', where, 'size', options.size ?? 2, ranges.count)];
  return { kind: 'upSampling1d', size, ...placeOptions(where, options) };
}

/**
 * Repeats rows and columns of images [height, width, channels]: the nearest pixel, without interpolation.
 *
 * `size`: one number or [rows, columns]; default 2. Throws `LU_LAYER_OPTION` unless they are whole numbers from 1.
 *
 * @example
 * layers.upSampling2d({ size: [2, 3] })
 */
export function upSampling2d(
  options: PlaceOptions & { readonly size?: number | readonly [number, number] } = {},
): UpSamplingLayer {
  const where = layerName('upSampling2d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const size = parsePair(where, 'size', options.size ?? 2);
  return { kind: 'upSampling2d', size, ...placeOptions(where, options) };
}

/** Every element along an axis `times` times in a row. */
function repeated(x: Node, axis: number, times: number): Node {
  const single = reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
  const copies = concat(new Array<Node>(times).fill(single), axis + 1);
  return reshape(copies, x.shape.with(axis, x.shape[axis]! * times));
}

function kindOf(kind: UpSamplingLayer['kind'], rank: number, axes: string): LayerKind<UpSamplingLayer> {
  return {
    kind,
    outputShape: ({ size }, shape) => {
      requireRank(shape, rank, axes);
      return shape.map((extent, axis) => extent * (size[axis] ?? 1));
    },
    structure: ({ size }) => [...size],
    // Columns first: each repetition then copies long runs.
    forward: ({ size }, { input }) =>
      size.reduceRight((x, times, axis) => repeated(x, axis + 1, times), input),
  };
}

defineLayer(kindOf('upSampling1d', 2, '[steps, channels]'));
defineLayer(kindOf('upSampling2d', 3, '[height, width, channels]'));
