import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { greater, greaterEqual, where } from '../graph/ops/compare.ts';
import { exp, relu as rectify } from '../graph/ops/elementwise.ts';
import { transpose } from '../graph/ops/shape.ts';
import { softmax as softmaxOfRows } from '../graph/ops/softmax.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

const PLACE = ['inputShape', 'name'] as const;

/** Options of `layers.relu`. */
export interface ReluOptions extends PlaceOptions {
  /** Largest value of the output. Default: none. */
  readonly maxValue?: number;
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** Value from which on the output is the input. Default 0. */
  readonly threshold?: number;
}

/** A rectifier with its bounds and slope. */
export interface ReluLayer extends Layer {
  readonly kind: 'relu';
  readonly maxValue?: number;
  readonly negativeSlope: number;
  readonly threshold: number;
}

/**
 * `x` from `threshold` on, at most `maxValue`, else `negativeSlope * (x - threshold)`.
 *
 * Defaults as in Keras: slope and threshold 0, no largest value. Throws `LU_LAYER_OPTION` for a negative number.
 *
 * @example
 * layers.relu({ maxValue: 6 })
 */
export function relu(options: ReluOptions = {}): ReluLayer {
  const where = layerName('relu', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['maxValue', 'negativeSlope', 'threshold', ...PLACE]);
  const read = (option: string, value: number): number =>
    requireNumber('LU_LAYER_OPTION', where, option, value, ranges.notNegative);
  const { maxValue } = options;
  return {
    kind: 'relu',
    ...(maxValue === undefined ? {} : { maxValue: read('maxValue', maxValue) }),
    negativeSlope: read('negativeSlope', options.negativeSlope ?? 0),
    threshold: read('threshold', options.threshold ?? 0),
    ...placeOptions(where, options),
  };
}

/**
 * `x` where positive, else `negativeSlope * x`.
 *
 * Default slope 0.3, as of the layer in Keras; the activation named `leakyRelu` has 0.2. Throws `LU_LAYER_OPTION`.
 *
 * @example
 * layers.leakyRelu({ negativeSlope: 0.1 })
 */
export function leakyRelu(options: PlaceOptions & { readonly negativeSlope?: number } = {}): ReluLayer {
  const where = layerName('leakyRelu', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['negativeSlope', ...PLACE]);
  return relu({ ...options, negativeSlope: options.negativeSlope ?? 0.3 });
}

function rectified({ maxValue, negativeSlope, threshold }: ReluLayer, x: Node): Node {
  const above = maxValue === undefined ? x : minimum(x, maxValue);
  // The runtime's own operator where it will do.
  if (threshold === 0 && negativeSlope === 0) return rectify(above);
  return where(greaterEqual(x, threshold), above, multiply(subtract(x, threshold), negativeSlope));
}

defineLayer<ReluLayer>({
  kind: 'relu',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: ({ maxValue, negativeSlope, threshold }) => [maxValue ?? null, negativeSlope, threshold],
  forward: (layer, { input, watchUnits }) => {
    const output = rectified(layer, input);
    if (layer.negativeSlope === 0) watchUnits(output);
    return output;
  },
});

/** `x` where positive, else an exponential that ends at `-alpha`. */
export interface EluLayer extends Layer {
  readonly kind: 'elu';
  readonly alpha: number;
}

/**
 * `x` where positive, else `alpha * (e^x - 1)`. Default alpha 1, as in Keras. Throws `LU_LAYER_OPTION`.
 *
 * Reference: Clevert, Unterthiner and Hochreiter 2016.
 *
 * @example
 * layers.elu({ alpha: 0.5 })
 */
export function elu(options: PlaceOptions & { readonly alpha?: number } = {}): EluLayer {
  const where = layerName('elu', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['alpha', ...PLACE]);
  const alpha = requireNumber('LU_LAYER_OPTION', where, 'alpha', options.alpha ?? 1, ranges.notNegative);
  return { kind: 'elu', alpha, ...placeOptions(where, options) };
}

defineLayer<EluLayer>({
  kind: 'elu',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: ({ alpha }) => alpha,
  forward: ({ alpha }, { input }) =>
    // The exponent is cut at 0, so that nothing overflows.
    where(greater(input, 0), input, multiply(subtract(exp(minimum(input, 0)), 1), alpha)),
});

/** Shares that add up to 1 along an axis. */
export interface SoftmaxLayer extends Layer {
  readonly kind: 'softmax';
  readonly axis: number;
}

/**
 * `e^x / sum(e^x)` along an axis, counted from 1 (0 is the batch) or from the end. Default -1, as in Keras.
 *
 * Throws `LU_LAYER_OPTION` for an axis that is no whole number, or the batch.
 *
 * @example
 * layers.softmax({ axis: 1 }) // over the steps of a sequence
 */
export function softmax(options: PlaceOptions & { readonly axis?: number } = {}): SoftmaxLayer {
  const where = layerName('softmax', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['axis', ...PLACE]);
  const { axis = -1 } = options;
  if (!Number.isInteger(axis) || axis === 0) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: axis is ${axis}`, {
      fix: 'Give an axis of a sample, counted from 1 or back from -1.',
      where,
    });
  }
  return { kind: 'softmax', axis, ...placeOptions(where, options) };
}

function softmaxAlong(input: Node, axis: number): Node {
  const last = input.shape.length - 1;
  const at = axis < 0 ? last + 1 + axis : axis;
  if (at === last) return softmaxOfRows(input);
  const order = input.shape.map((_, i) => (i === at ? last : i === last ? at : i));
  return transpose(softmaxOfRows(transpose(input, order)), order);
}

defineLayer<SoftmaxLayer>({
  kind: 'softmax',
  passesMask: true,
  outputShape: ({ axis }, shape) => {
    if (axis <= shape.length && axis >= -shape.length) return shape;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `has axis ${axis}, which samples [${shape.join(', ')}] do not have`,
      {
        fix: `Choose an axis from 1 to ${shape.length}.`,
      },
    );
  },
  structure: ({ axis }) => axis,
  forward: ({ axis }, { input }) => softmaxAlong(input, axis),
});
