import { divide, maximum } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { axesLast, keptShape, parseAxes } from './axes-last.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Each row scaled to length 1. */
export interface UnitNormalizationLayer extends Layer {
  readonly kind: 'unitNormalization';
  readonly axes: readonly number[];
}

/** Square of the smallest length that is divided by, 1e-12 as in Keras. */
const SMALLEST_SQUARE = 1e-24;

/**
 * `x / max(length, 1e-12)`, with the Euclidean length of the last axis, or of all that `axis` names; a row of zeros stays zero.
 *
 * @example
 * layers.unitNormalization()
 */
export function unitNormalization(
  options: PlaceOptions & { readonly axis?: number | readonly number[] } = {},
): UnitNormalizationLayer {
  const where = layerName('unitNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['axis', 'inputShape', 'name']);
  return { kind: 'unitNormalization', axes: parseAxes(where, options.axis), ...placeOptions(where, options) };
}

defineLayer<UnitNormalizationLayer>({
  kind: 'unitNormalization',
  passesMask: true,
  outputShape: keptShape,
  structure: ({ axes }) => [...axes],
  forward: ({ axes }, { input }) => {
    const { x, back } = axesLast(input, axes);
    const squares = sum(square(x), -1, { keepDims: true });
    return back(divide(x, sqrt(maximum(squares, SMALLEST_SQUARE))));
  },
});
