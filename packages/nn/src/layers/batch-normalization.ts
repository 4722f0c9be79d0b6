import type { Node, Shape } from '../graph/node.ts';
import { add, divide, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { channelAffine, channelCentred, channelDot, channelMean, channelSum } from '../graph/ops/channels.ts';
import { negate, sqrt, square } from '../graph/ops/elementwise.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { mean, sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { type Initializer, type InitializerName, parseInitializer } from '../initializers/initializer.ts';
import { axesLast, extentsAlong, keptShape } from './axes-last.ts';
import { defineLayer, type ForwardContext, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions } from './place.ts';
import {
  parseScaleShift,
  SCALE_SHIFT_OPTIONS,
  type ScaleShift,
  type ScaleShiftOptions,
  scaleShiftWeights,
} from './scale-shift.ts';
import { meetsTranspose, transposed } from './transposed.ts';

/** Options of `layers.batchNormalization`. */
export interface BatchNormalizationOptions extends ScaleShiftOptions {
  /** The axis of the channels; 0 is the batch. Default -1. */
  readonly axis?: number;
  /** Share of the moving moments that each step keeps. Default 0.99. */
  readonly momentum?: number;
  /** Default `zeros`. */
  readonly movingMeanInitializer?: InitializerName | Initializer;
  /** Default `ones`. */
  readonly movingVarianceInitializer?: InitializerName | Initializer;
}

/** Normalization by the moments of the batch. */
export interface BatchNormalizationLayer extends Layer, ScaleShift {
  readonly kind: 'batchNormalization';
  readonly momentum: number;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
}

const KNOWN = [
  'momentum',
  'movingMeanInitializer',
  'movingVarianceInitializer',
  ...SCALE_SHIFT_OPTIONS,
] as const;

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta` for each channel, those of the last axis unless `axis` says another.
 *
 * While training mean and variance (of the population) are those of the batch, and the moving ones become
 * `momentum * moving + (1 - momentum) * batch`; in evaluation, and when the layer is frozen by `trainable: false`, the
 * moving ones are used. They are weights that are not trainable: `movingMean`, `movingVariance`, kept in checkpoints.
 *
 * Defaults as in Keras: momentum 0.99, epsilon 1e-3. Throws `LU_LAYER_OPTION` for numbers out of range.
 * Reference: Ioffe and Szegedy 2015.
 *
 * @example
 * layers.batchNormalization({ momentum: 0.9 })
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalizationLayer {
  const where = layerName('batchNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  return {
    kind: 'batchNormalization',
    momentum: requireNumber('LU_LAYER_OPTION', where, 'momentum', options.momentum ?? 0.99, ranges.rate),
    movingMeanInitializer: parseInitializer(where, options.movingMeanInitializer ?? 'zeros'),
    movingVarianceInitializer: parseInitializer(where, options.movingVarianceInitializer ?? 'ones'),
    ...parseScaleShift(where, options),
    ...placeOptions(where, options),
  };
}

function weights(layer: BatchNormalizationLayer, input: Shape): readonly WeightSpec[] {
  const [channels] = extentsAlong(layer.axes, input) as readonly [number];
  const moving = (name: string, initializer: Initializer): WeightSpec => ({
    name,
    shape: [channels],
    initializer,
    fans: { fanIn: channels, fanOut: channels },
    isTrainable: false,
  });
  return [
    ...scaleShiftWeights(layer, input),
    moving('movingMean', layer.movingMeanInitializer),
    moving('movingVariance', layer.movingVarianceInitializer),
  ];
}

/** By the moving moments: one product and one sum a value. */
function normalizedByMoving(layer: BatchNormalizationLayer, { input, weight }: ForwardContext): Node {
  const gamma = layer.scale ? weight('gamma') : 1;
  const factor = divide(gamma, sqrt(add(weight('movingVariance'), layer.epsilon)));
  const centre = multiply(weight('movingMean'), factor);
  const shift = subtract(layer.center ? weight('beta') : 0, centre);
  return add(multiply(input, factor), shift);
}

/** Moments and affine maps by channel over a batch, in whichever layout is fast. */
interface ByChannel {
  readonly x: Node;
  /** Means over the batch: one number a channel. */
  average(value: Node): Node;
  /** The value less its means, and the means of its squares. */
  centred(value: Node, centre: Node): Node;
  meanSquare(value: Node): Node;
  affine(value: Node, scale: Node | number, shift: Node | number): Node;
  /** A value in the layout of `x` in the shape of the input. */
  restore(value: Node): Node;
}

/** Moments over the steps that count (Keras weights them by the mask). */
function byMaskedChannel(input: Node, mask: Node): ByChannel {
  const channels = input.shape.at(-1)!;
  const rows = sizeOf(input.shape) / channels;
  const counts = cast(mask, 'float32');
  const weights = reshape(divide(counts, maximum(sum(counts), 1)), [rows, 1]);
  const average = (value: Node): Node => channelSum(multiply(value, weights));
  return {
    x: reshape(input, [rows, channels]),
    average,
    centred: (value, centre) => channelAffine(value, 1, negate(centre)),
    meanSquare: (value) => average(square(value)),
    affine: channelAffine,
    restore: (value) => reshape(value, input.shape),
  };
}

/** Dense layers compute feature by feature while training: so does this after them, which saves two transposes. */
function byFeature(input: Node): ByChannel {
  const column = (value: Node): Node => reshape(value, [input.shape[1]!, 1]);
  return {
    x: transposed(input),
    average: (value) => mean(value, 1),
    centred: (value, centre) => subtract(value, column(centre)),
    meanSquare: (value) => mean(square(value), 1),
    affine: (value, scale, shift) => {
      const scaled = typeof scale === 'number' ? value : multiply(value, column(scale));
      return typeof shift === 'number' ? scaled : add(scaled, column(shift));
    },
    restore: swapAxes,
  };
}

function byChannel(input: Node, mask: Node | undefined): ByChannel {
  if (mask !== undefined) return byMaskedChannel(input, mask);
  if (input.shape.length === 2 && meetsTranspose(input)) return byFeature(input);
  const count = sizeOf(input.shape) / input.shape.at(-1)!;
  return {
    x: input,
    average: channelMean,
    centred: channelCentred,
    meanSquare: (value) => divide(channelDot(value, value), count),
    affine: channelAffine,
    restore: (value) => value,
  };
}

function normalizedByBatch(
  layer: BatchNormalizationLayer,
  { input, mask, weight, knob, moveWeight }: ForwardContext,
): Node {
  const { x, average, centred, meanSquare, affine, restore } = byChannel(input, mask);
  const centre = average(x);
  const distance = centred(x, centre);
  const variance = meanSquare(distance);
  const move = (name: string, value: Node): void => {
    const momentum = knob('momentum');
    moveWeight(name, add(multiply(weight(name), momentum), multiply(value, subtract(1, momentum))));
  };
  move('movingMean', centre);
  move('movingVariance', variance);
  const factor = divide(layer.scale ? weight('gamma') : 1, sqrt(add(variance, layer.epsilon)));
  return restore(affine(distance, factor, layer.center ? weight('beta') : 0));
}

defineLayer<BatchNormalizationLayer>({
  kind: 'batchNormalization',
  passesMask: true,
  outputShape: keptShape,
  weights,
  knobs: ({ momentum }) => ({ momentum }),
  structure: ({ axes, epsilon, center, scale, trainable }) => [
    [...axes],
    epsilon,
    center,
    scale,
    trainable !== false,
  ],
  forward: (layer, context) => {
    const { x, isMoved, back } = axesLast(context.input, layer.axes);
    const moved = { ...context, input: x, mask: isMoved ? undefined : context.mask };
    const usesBatch = context.isTraining && layer.trainable !== false;
    return back(usesBatch ? normalizedByBatch(layer, moved) : normalizedByMoving(layer, moved));
  },
});
