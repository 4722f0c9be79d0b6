import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions } from './place.ts';
import {
  parseScaleShift,
  SCALE_SHIFT_OPTIONS,
  type ScaleShift,
  type ScaleShiftOptions,
  scaleShiftWeights,
} from './scale-shift.ts';

/** Normalization of each row by its own moments. */
export interface LayerNormalizationLayer extends Layer, ScaleShift {
  readonly kind: 'layerNormalization';
}

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta` with the moments of the last axis, in training and at
 * inference alike.
 *
 * Defaults as in Keras: epsilon 1e-3, with gamma and beta. Throws `LU_LAYER_OPTION` for numbers out of range.
 * Reference: Ba, Kiros and Hinton 2016.
 *
 * @example
 * layers.layerNormalization({ epsilon: 1e-6 })
 */
export function layerNormalization(options: ScaleShiftOptions = {}): LayerNormalizationLayer {
  const where = layerName('layerNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, SCALE_SHIFT_OPTIONS);
  return {
    kind: 'layerNormalization',
    ...parseScaleShift(where, options),
    ...placeOptions(where, options),
  };
}

defineLayer<LayerNormalizationLayer>({
  kind: 'layerNormalization',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  weights: (layer, input) => scaleShiftWeights(layer, input.at(-1) ?? 1),
  structure: ({ epsilon, center, scale }) => [epsilon, center, scale],
  forward: (layer, { input, weight }) => {
    const centred = subtract(input, mean(input, -1, { keepDims: true }));
    const variance = mean(square(centred), -1, { keepDims: true });
    const normal = divide(centred, sqrt(add(variance, layer.epsilon)));
    const scaled = layer.scale ? multiply(normal, weight('gamma')) : normal;
    return layer.center ? add(scaled, weight('beta')) : scaled;
  },
});
