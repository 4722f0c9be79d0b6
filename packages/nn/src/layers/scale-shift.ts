import type { Shape } from '../graph/node.ts';
import { sizeOf } from '../graph/tensor.ts';
import { extentsAlong, parseAxes } from './axes-last.ts';
import type { WeightSpec } from './layer.ts';
import { ranges, requireNumber } from './options.ts';
import type { WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of layers that normalize, then scale and shift. Default initializers: gamma `ones`, beta `zeros`. */
export interface ScaleShiftOptions extends WeightedOptions, WeightOptions<'gamma'>, WeightOptions<'beta'> {
  /** The axis of the channels, or axes that are normalized together; 0 is the batch. Default -1. */
  readonly axis?: number | readonly number[];
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Add a learned `beta`. Default true. */
  readonly center?: boolean;
  /** Multiply by a learned `gamma`. Default true. */
  readonly scale?: boolean;
}

/** The same, read and checked. */
export interface ScaleShift extends WeightFields<'gamma'>, WeightFields<'beta'> {
  readonly axes: readonly number[];
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** Names of the options, for refusing others. */
export const SCALE_SHIFT_OPTIONS: readonly string[] = [
  'axis',
  'epsilon',
  'center',
  'scale',
  ...weightOptionNames('beta'),
  ...weightOptionNames('gamma'),
  'inputShape',
  'trainable',
  'name',
];

/** Reads the options. */
export function parseScaleShift(where: string, options: ScaleShiftOptions): ScaleShift {
  return {
    axes: parseAxes(where, options.axis),
    epsilon: requireNumber('LU_LAYER_OPTION', where, 'epsilon', options.epsilon ?? 1e-3, ranges.positive),
    center: options.center ?? true,
    scale: options.scale ?? true,
    ...parseWeight(where, 'beta', options, 'zeros'),
    ...parseWeight(where, 'gamma', options, 'ones'),
  };
}

/** The weights `gamma` and `beta` of the axes of a sample, as far as they are wanted. */
export function scaleShiftWeights(layer: ScaleShift, sample: Shape): readonly WeightSpec[] {
  const shape = extentsAlong(layer.axes, sample);
  const size = sizeOf(shape);
  const fans = { fanIn: size, fanOut: size };
  return [
    ...(layer.scale ? [weightSpec('gamma', layer, 'gamma', shape, fans)] : []),
    ...(layer.center ? [weightSpec('beta', layer, 'beta', shape, fans)] : []),
  ];
}
