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
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Add a learned `beta`. Default true. */
  readonly center?: boolean;
  /** Multiply by a learned `gamma`. Default true. */
  readonly scale?: boolean;
}

/** The same, read and checked. */
export interface ScaleShift extends WeightFields<'gamma'>, WeightFields<'beta'> {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** Names of the options, for refusing others. */
export const SCALE_SHIFT_OPTIONS: readonly string[] = [
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
    epsilon: requireNumber('LU_LAYER_OPTION', where, 'epsilon', options.epsilon ?? 1e-3, ranges.positive),
    center: options.center ?? true,
    scale: options.scale ?? true,
    ...parseWeight(where, 'beta', options, 'zeros'),
    ...parseWeight(where, 'gamma', options, 'ones'),
  };
}

/** The weights `gamma` and `beta` of so many channels, as far as they are wanted. */
export function scaleShiftWeights(layer: ScaleShift, channels: number): readonly WeightSpec[] {
  const fans = { fanIn: channels, fanOut: channels };
  return [
    ...(layer.scale ? [weightSpec('gamma', layer, 'gamma', [channels], fans)] : []),
    ...(layer.center ? [weightSpec('beta', layer, 'beta', [channels], fans)] : []),
  ];
}
