import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { where as choose } from '../graph/ops/compare.ts';
import { sqrt } from '../graph/ops/elementwise.ts';
import { bernoulliNot } from '../graph/ops/random.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Dropout for networks of selu layers. */
export interface AlphaDropoutLayer extends Layer {
  readonly kind: 'alphaDropout';
  readonly rate: number;
}

/** The value that selu tends to for large negative numbers: -1.6732632423543772 * 1.0507009873554805. */
const SELU_LIMIT = -1.7580993408473766;

/**
 * Sets each value to the limit of selu, `p = -1.7580993`, with probability `rate` while training, then applies `a x + b`
 * with `a = 1 / sqrt((1 - rate)(1 + rate p^2))` and `b = -a rate p`, which keeps mean 0 and variance 1; the identity at
 * inference.
 *
 * The mask is a pure function of seed, layer and step; the rate is an input of the compiled graph. Throws
 * `LU_LAYER_OPTION` for a rate outside [0, 1). Reference: Klambauer, Unterthiner, Mayr and Hochreiter 2017.
 *
 * @example
 * layers.alphaDropout({ rate: 0.1 })
 */
export function alphaDropout(options: PlaceOptions & { readonly rate: number }): AlphaDropoutLayer {
  const where = layerName('alphaDropout', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['rate', 'inputShape', 'name']);
  const rate = requireNumber('LU_LAYER_OPTION', where, 'rate', options.rate, ranges.rate);
  return { kind: 'alphaDropout', rate, ...placeOptions(where, options) };
}

defineLayer<AlphaDropoutLayer>({
  kind: 'alphaDropout',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  knobs: ({ rate }) => ({ rate }),
  structure: () => null,
  forward: (_layer, { input, isTraining, knob, randomKey }) => {
    if (!isTraining) return input;
    const rate = knob('rate');
    const isKept = bernoulliNot(randomKey(), rate, input.shape);
    const spread = multiply(subtract(1, rate), add(1, multiply(rate, SELU_LIMIT ** 2)));
    const scale = divide(1, sqrt(spread));
    const shift = multiply(multiply(scale, rate), -SELU_LIMIT);
    return add(multiply(choose(isKept, input, SELU_LIMIT), scale), shift);
  },
});
