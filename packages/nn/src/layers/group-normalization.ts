import { LuthierError } from '@luthier/core';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { axesLast, extentsAlong } from './axes-last.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions } from './place.ts';
import {
  parseScaleShift,
  SCALE_SHIFT_OPTIONS,
  type ScaleShift,
  type ScaleShiftOptions,
  scaleShiftWeights,
} from './scale-shift.ts';

/** Options of `layers.groupNormalization`. */
export interface GroupNormalizationOptions extends ScaleShiftOptions {
  /** The axis of the channels; 0 is the batch. Default -1. */
  readonly axis?: number;
  /** Number of groups of channels; -1: as many as channels. Default 32. */
  readonly groups?: number;
}

/** Normalization of groups of channels by their own moments. */
export interface GroupNormalizationLayer extends Layer, ScaleShift {
  readonly kind: 'groupNormalization';
  readonly groups: number;
}

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta` with moments over all positions and the channels of a group,
 * sample by sample, in training and at inference alike.
 *
 * Defaults as in Keras: 32 groups, epsilon 1e-3. The number of channels (of the last axis, unless `axis` says another) must be a multiple of the groups.
 * Throws `LU_LAYER_OPTION` for numbers out of range. Reference: Wu and He 2018.
 *
 * @example
 * layers.groupNormalization({ groups: 8 })
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): GroupNormalizationLayer {
  const where = layerName('groupNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['groups', ...SCALE_SHIFT_OPTIONS]);
  const groups = options.groups ?? 32;
  if (groups !== -1) requireNumber('LU_LAYER_OPTION', where, 'groups', groups, ranges.count);
  return {
    kind: 'groupNormalization',
    groups,
    ...parseScaleShift(where, options),
    ...placeOptions(where, options),
  };
}

defineLayer<GroupNormalizationLayer>({
  kind: 'groupNormalization',
  passesMask: true,
  outputShape: ({ groups, axes }, shape) => {
    const [channels] = extentsAlong(axes, shape) as readonly [number];
    if (groups !== -1 && channels % groups !== 0) {
      throw new LuthierError('LU_LAYER_SHAPE', `cannot split ${channels} channels into ${groups} groups`, {
        fix: `Choose a number of groups that divides ${channels}.`,
      });
    }
    return shape;
  },
  weights: scaleShiftWeights,
  structure: ({ groups, axes, epsilon, center, scale }) => [groups, [...axes], epsilon, center, scale],
  forward: (layer, { input: given, weight }) => {
    const { x: input, back } = axesLast(given, layer.axes);
    const channels = input.shape.at(-1)!;
    const groups = layer.groups === -1 ? channels : layer.groups;
    const positions = sizeOf(input.shape.slice(1, -1));
    const x = reshape(input, [input.shape[0]!, positions, groups, channels / groups]);
    const centred = subtract(x, mean(x, [1, 3], { keepDims: true }));
    const variance = mean(square(centred), [1, 3], { keepDims: true });
    const normal = reshape(divide(centred, sqrt(add(variance, layer.epsilon))), input.shape);
    const scaled = layer.scale ? multiply(normal, weight('gamma')) : normal;
    return back(layer.center ? add(scaled, weight('beta')) : scaled);
  },
});
