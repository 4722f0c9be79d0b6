import { add, divide, multiply } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { initializers } from '../initializers/initializer.ts';
import { axesLast, extentsAlong, keptShape, parseAxes } from './axes-last.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';

/** Normalization of each row by its root mean square. */
export interface RmsNormalizationLayer extends Layer {
  readonly kind: 'rmsNormalization';
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/**
 * `scale * x / sqrt(mean(x^2) + epsilon)` over the last axis, or all that `axis` names, with a learned `scale` that begins at 1.
 *
 * Default as in Keras: epsilon 1e-6. Throws `LU_LAYER_OPTION` unless it is positive.
 * Reference: Zhang and Sennrich 2019.
 *
 * @example
 * layers.rmsNormalization()
 */
export function rmsNormalization(
  options: WeightedOptions & {
    readonly axis?: number | readonly number[];
    readonly epsilon?: number;
  } = {},
): RmsNormalizationLayer {
  const where = layerName('rmsNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['axis', 'epsilon', 'inputShape', 'trainable', 'name']);
  const epsilon = requireNumber(
    'LU_LAYER_OPTION',
    where,
    'epsilon',
    options.epsilon ?? 1e-6,
    ranges.positive,
  );
  return {
    kind: 'rmsNormalization',
    axes: parseAxes(where, options.axis),
    epsilon,
    ...placeOptions(where, options),
  };
}

defineLayer<RmsNormalizationLayer>({
  kind: 'rmsNormalization',
  passesMask: true,
  outputShape: keptShape,
  weights: ({ axes }, input) => {
    const shape = extentsAlong(axes, input);
    const size = sizeOf(shape);
    const fans = { fanIn: size, fanOut: size };
    return [{ name: 'scale', shape, initializer: initializers.ones(), fans }];
  },
  structure: ({ axes, epsilon }) => [[...axes], epsilon],
  forward: ({ axes, epsilon }, { input, weight }) => {
    const { x, back } = axesLast(input, axes);
    const size = sqrt(add(mean(square(x), -1, { keepDims: true }), epsilon));
    const scale = reshape(weight('scale'), [x.shape.at(-1)!]);
    return back(multiply(divide(x, size), scale));
  },
});
