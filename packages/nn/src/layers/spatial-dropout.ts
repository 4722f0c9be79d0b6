import { multiply } from '../graph/ops/arithmetic.ts';
import { dropoutMask } from '../graph/ops/random.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Dropout of whole channels. */
export interface SpatialDropoutLayer extends Layer {
  readonly kind: 'spatialDropout1d' | 'spatialDropout2d' | 'spatialDropout3d';
  readonly rate: number;
}

function create(
  kind: SpatialDropoutLayer['kind'],
  options: number | (PlaceOptions & { readonly rate: number }),
): SpatialDropoutLayer {
  const given = typeof options === 'number' ? { rate: options } : options;
  const where = layerName(kind, given);
  refuseUnknown('LU_LAYER_OPTION', where, given, ['rate', 'inputShape', 'name']);
  const rate = requireNumber('LU_LAYER_OPTION', where, 'rate', given.rate, ranges.rate);
  return { kind, rate, ...placeOptions(where, given) };
}

/**
 * Drops whole channels of sequences [steps, channels] while training, as `dropout` does single values.
 *
 * Throws `LU_LAYER_OPTION` for a rate outside [0, 1). Reference: Tompson, Goroshin, Jain, LeCun and Bregler 2015.
 *
 * @example
 * layers.spatialDropout1d(0.2)
 */
export function spatialDropout1d(
  options: number | (PlaceOptions & { readonly rate: number }),
): SpatialDropoutLayer {
  return create('spatialDropout1d', options);
}

/**
 * Drops whole channels of images [height, width, channels] while training, as `dropout` does single values.
 *
 * Throws `LU_LAYER_OPTION` for a rate outside [0, 1). Reference: Tompson, Goroshin, Jain, LeCun and Bregler 2015.
 *
 * @example
 * layers.spatialDropout2d(0.2)
 */
export function spatialDropout2d(
  options: number | (PlaceOptions & { readonly rate: number }),
): SpatialDropoutLayer {
  return create('spatialDropout2d', options);
}

/**
 * Drops whole channels of volumes [depth, height, width, channels] while training, as `dropout` does single values.
 *
 * Throws `LU_LAYER_OPTION` for a rate outside [0, 1). Reference: Tompson, Goroshin, Jain, LeCun and Bregler 2015.
 *
 * @example
 * layers.spatialDropout3d(0.2)
 */
export function spatialDropout3d(
  options: number | (PlaceOptions & { readonly rate: number }),
): SpatialDropoutLayer {
  return create('spatialDropout3d', options);
}

function kindOf(
  kind: SpatialDropoutLayer['kind'],
  rank: number,
  axes: string,
): LayerKind<SpatialDropoutLayer> {
  return {
    kind,
    passesMask: true,
    outputShape: (_layer, shape) => {
      requireRank(shape, rank, axes);
      return shape;
    },
    knobs: ({ rate }) => ({ rate }),
    structure: () => null,
    forward: (_layer, { input, isTraining, knob, randomKey }) => {
      if (!isTraining) return input;
      const last = input.shape.length - 1;
      const shape = input.shape.map((extent, axis) => (axis === 0 || axis === last ? extent : 1));
      return multiply(input, dropoutMask(randomKey(), knob('rate'), shape));
    },
  };
}

defineLayer(kindOf('spatialDropout1d', 2, '[steps, channels]'));
defineLayer(kindOf('spatialDropout2d', 3, '[height, width, channels]'));
defineLayer(kindOf('spatialDropout3d', 4, '[depth, height, width, channels]'));
