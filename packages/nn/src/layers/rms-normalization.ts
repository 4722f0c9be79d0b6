import { add, divide, multiply } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { initializers } from '../initializers/initializer.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';

/** Normalization of each row by its root mean square. */
export interface RmsNormalizationLayer extends Layer {
  readonly kind: 'rmsNormalization';
  readonly epsilon: number;
}

/**
 * `scale * x / sqrt(mean(x^2) + epsilon)` over the last axis, with a learned `scale` that begins at 1.
 *
 * Default as in Keras: epsilon 1e-6. Throws `LU_LAYER_OPTION` unless it is positive.
 * Reference: Zhang and Sennrich 2019.
 *
 * @example
 * layers.rmsNormalization()
 */
export function rmsNormalization(
  options: WeightedOptions & { readonly epsilon?: number } = {},
): RmsNormalizationLayer {
  const where = layerName('rmsNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['epsilon', 'inputShape', 'trainable', 'name']);
  const epsilon = requireNumber(
    'LU_LAYER_OPTION',
    where,
    'epsilon',
    options.epsilon ?? 1e-6,
    ranges.positive,
  );
  return { kind: 'rmsNormalization', epsilon, ...placeOptions(where, options) };
}

defineLayer<RmsNormalizationLayer>({
  kind: 'rmsNormalization',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  weights: (_layer, input) => {
    const channels = input.at(-1) ?? 1;
    const fans = { fanIn: channels, fanOut: channels };
    return [{ name: 'scale', shape: [channels], initializer: initializers.ones(), fans }];
  },
  structure: ({ epsilon }) => epsilon,
  forward: ({ epsilon }, { input, weight }) => {
    const size = sqrt(add(mean(square(input), -1, { keepDims: true }), epsilon));
    return multiply(divide(input, size), weight('scale'));
  },
});
