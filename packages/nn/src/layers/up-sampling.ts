import type { Node } from '../graph/node.ts';
import { matmul } from '../graph/ops/linear-algebra.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { constant } from '../graph/ops/sources.ts';
import type { Pair } from '../graph/ops/window.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from './options.ts';
import { parsePair } from './pairs.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Each sample enlarged by repetition. */
export interface UpSamplingLayer extends Layer {
  readonly kind: 'upSampling1d' | 'upSampling2d';
  /** Repetitions along each axis but the channels. */
  readonly size: readonly number[];
  readonly interpolation: Interpolation;
}

const INTERPOLATIONS = { nearest: 'nearest', bilinear: 'bilinear' } as const;
/** How values between pixels come about. */
type Interpolation = keyof typeof INTERPOLATIONS;

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
  return { kind: 'upSampling1d', size, interpolation: 'nearest', ...placeOptions(where, options) };
}

/** Options of `layers.upSampling2d`. */
export interface UpSampling2dOptions extends PlaceOptions {
  /** One number or [rows, columns]. Default 2. */
  readonly size?: number | readonly [number, number];
  /** Default `nearest`: repetition. */
  readonly interpolation?: Interpolation;
}

/**
 * Enlarges images [height, width, channels]: by the nearest pixel, which repeats rows and columns, or `bilinear`, between
 * the centres of pixels and with the outermost ones beyond them.
 *
 * Throws `LU_LAYER_OPTION` unless sizes are whole numbers from 1, and for an unknown interpolation.
 *
 * @example
 * layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })
 */
export function upSampling2d(options: UpSampling2dOptions = {}): UpSamplingLayer {
  const where = layerName('upSampling2d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['interpolation', ...KNOWN]);
  const name = options.interpolation ?? 'nearest';
  return {
    kind: 'upSampling2d',
    size: parsePair(where, 'size', options.size ?? 2),
    interpolation: requireName('LU_LAYER_OPTION', where, 'interpolation', name, INTERPOLATIONS),
    ...placeOptions(where, options),
  };
}

/** The weights [extent * times, extent] of the pixels in an axis made `times` as long. */
function weightsAlong(extent: number, times: number): Node {
  const weights = new Float64Array(extent * times * extent);
  for (let i = 0; i < extent * times; i++) {
    const at = Math.min(Math.max((i + 0.5) / times - 0.5, 0), extent - 1);
    const before = Math.min(Math.floor(at), extent - 1);
    weights[i * extent + before]! += before + 1 - at;
    if (before + 1 < extent) weights[i * extent + before + 1]! += at - before;
  }
  return constant([...weights], [extent * times, extent]);
}

function interpolated(x: Node, [down, across]: Pair): Node {
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const rows = matmul(weightsAlong(height, down), reshape(x, [batch, height, width * channels]));
  const columns = reshape(rows, [batch * height * down, width, channels]);
  const both = matmul(weightsAlong(width, across), columns);
  return reshape(both, [batch, height * down, width * across, channels]);
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
    structure: ({ size, interpolation }) => [...size, interpolation],
    // Columns first: each repetition then copies long runs.
    forward: ({ size, interpolation }, { input }) =>
      interpolation === 'bilinear'
        ? interpolated(input, size as Pair)
        : size.reduceRight((x, times, axis) => repeated(x, axis + 1, times), input),
  };
}

defineLayer(kindOf('upSampling1d', 2, '[steps, channels]'));
defineLayer(kindOf('upSampling2d', 3, '[height, width, channels]'));
