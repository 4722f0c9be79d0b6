import { divide, maximum } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Each row scaled to length 1. */
export interface UnitNormalizationLayer extends Layer {
  readonly kind: 'unitNormalization';
}

/** Square of the smallest length that is divided by, 1e-12 as in Keras. */
const SMALLEST_SQUARE = 1e-24;

/**
 * `x / max(length, 1e-12)`, with the Euclidean length of the last axis; a row of zeros stays zero.
 *
 * @example
 * layers.unitNormalization()
 */
export function unitNormalization(options: PlaceOptions = {}): UnitNormalizationLayer {
  const where = layerName('unitNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['inputShape', 'name']);
  return { kind: 'unitNormalization', ...placeOptions(where, options) };
}

defineLayer<UnitNormalizationLayer>({
  kind: 'unitNormalization',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: () => null,
  forward: (_layer, { input }) => {
    const squares = sum(square(input), -1, { keepDims: true });
    return divide(input, sqrt(maximum(squares, SMALLEST_SQUARE)));
  },
});
