import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt } from '../graph/ops/elementwise.ts';
import { randomNormal } from '../graph/ops/random.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Normal noise added to each value. */
export interface GaussianNoiseLayer extends Layer {
  readonly kind: 'gaussianNoise';
  readonly stddev: number;
}

/** Normal noise that each value is multiplied with. */
export interface GaussianDropoutLayer extends Layer {
  readonly kind: 'gaussianDropout';
  readonly rate: number;
}

/**
 * `x + N(0, stddev)` while training; the identity at inference.
 *
 * The noise is a pure function of seed, layer and step. The deviation is an input of the compiled graph. Throws
 * `LU_LAYER_OPTION` unless it is finite and not negative.
 *
 * @example
 * layers.gaussianNoise({ stddev: 0.1 })
 */
export function gaussianNoise(options: PlaceOptions & { readonly stddev: number }): GaussianNoiseLayer {
  const where = layerName('gaussianNoise', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['stddev', 'inputShape', 'name']);
  const stddev = requireNumber('LU_LAYER_OPTION', where, 'stddev', options.stddev, ranges.notNegative);
  return { kind: 'gaussianNoise', stddev, ...placeOptions(where, options) };
}

/**
 * `x * N(1, sqrt(rate / (1 - rate)))` while training; the identity at inference.
 *
 * The noise is a pure function of seed, layer and step. The rate is an input of the compiled graph. Throws
 * `LU_LAYER_OPTION` for a rate outside [0, 1). Reference: Srivastava et al. 2014, section 10.
 *
 * @example
 * layers.gaussianDropout({ rate: 0.2 })
 */
export function gaussianDropout(options: PlaceOptions & { readonly rate: number }): GaussianDropoutLayer {
  const where = layerName('gaussianDropout', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['rate', 'inputShape', 'name']);
  const rate = requireNumber('LU_LAYER_OPTION', where, 'rate', options.rate, ranges.rate);
  return { kind: 'gaussianDropout', rate, ...placeOptions(where, options) };
}

defineLayer<GaussianNoiseLayer>({
  kind: 'gaussianNoise',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  knobs: ({ stddev }) => ({ stddev }),
  structure: () => null,
  forward: (_layer, { input, isTraining, knob, randomKey }) =>
    isTraining ? add(input, multiply(randomNormal(randomKey(), input.shape), knob('stddev'))) : input,
});

defineLayer<GaussianDropoutLayer>({
  kind: 'gaussianDropout',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  knobs: ({ rate }) => ({ rate }),
  structure: () => null,
  forward: (_layer, { input, isTraining, knob, randomKey }) => {
    if (!isTraining) return input;
    const rate = knob('rate');
    const stddev = sqrt(divide(rate, subtract(1, rate)));
    return multiply(input, add(multiply(randomNormal(randomKey(), input.shape), stddev), 1));
  },
});
