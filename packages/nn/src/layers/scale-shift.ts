import { type Constraint, type ConstraintName, parseConstraint } from '../constraints/constraint.ts';
import { type Initializer, type InitializerName, parseInitializer } from '../initializers/initializer.ts';
import { parseRegularizer, type Regularizer, type RegularizerName } from '../regularizers/regularizer.ts';
import type { WeightSpec } from './layer.ts';
import { ranges, requireNumber } from './options.ts';
import type { WeightedOptions } from './place.ts';

/** Options of layers that normalize, then scale and shift. */
export interface ScaleShiftOptions extends WeightedOptions {
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Add a learned `beta`. Default true. */
  readonly center?: boolean;
  /** Multiply by a learned `gamma`. Default true. */
  readonly scale?: boolean;
  /** Default `zeros`. */
  readonly betaInitializer?: InitializerName | Initializer;
  /** Default `ones`. */
  readonly gammaInitializer?: InitializerName | Initializer;
  readonly betaRegularizer?: RegularizerName | Regularizer;
  readonly gammaRegularizer?: RegularizerName | Regularizer;
  readonly betaConstraint?: ConstraintName | Constraint;
  readonly gammaConstraint?: ConstraintName | Constraint;
}

/** The same, read and checked. */
export interface ScaleShift {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly betaRegularizer?: Regularizer;
  readonly gammaRegularizer?: Regularizer;
  readonly betaConstraint?: Constraint;
  readonly gammaConstraint?: Constraint;
}

/** Names of the options, for refusing others. */
export const SCALE_SHIFT_OPTIONS = [
  'epsilon',
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'betaRegularizer',
  'gammaRegularizer',
  'betaConstraint',
  'gammaConstraint',
  'inputShape',
  'trainable',
  'name',
] as const;

/** Reads the options. */
export function parseScaleShift(where: string, options: ScaleShiftOptions): ScaleShift {
  const betaRegularizer = parseRegularizer(`${where}: beta`, options.betaRegularizer);
  const gammaRegularizer = parseRegularizer(`${where}: gamma`, options.gammaRegularizer);
  const betaConstraint = parseConstraint(`${where}: beta`, options.betaConstraint);
  const gammaConstraint = parseConstraint(`${where}: gamma`, options.gammaConstraint);
  return {
    epsilon: requireNumber('LU_LAYER_OPTION', where, 'epsilon', options.epsilon ?? 1e-3, ranges.positive),
    center: options.center ?? true,
    scale: options.scale ?? true,
    betaInitializer: parseInitializer(where, options.betaInitializer ?? 'zeros'),
    gammaInitializer: parseInitializer(where, options.gammaInitializer ?? 'ones'),
    ...(betaRegularizer === undefined ? {} : { betaRegularizer }),
    ...(gammaRegularizer === undefined ? {} : { gammaRegularizer }),
    ...(betaConstraint === undefined ? {} : { betaConstraint }),
    ...(gammaConstraint === undefined ? {} : { gammaConstraint }),
  };
}

/** The weights `gamma` and `beta` of so many channels, as far as they are wanted. */
export function scaleShiftWeights(layer: ScaleShift, channels: number): readonly WeightSpec[] {
  const base = { shape: [channels], fans: { fanIn: channels, fanOut: channels } };
  const gamma: WeightSpec = {
    ...base,
    name: 'gamma',
    initializer: layer.gammaInitializer,
    ...(layer.gammaRegularizer === undefined ? {} : { regularizer: layer.gammaRegularizer }),
    ...(layer.gammaConstraint === undefined ? {} : { constraint: layer.gammaConstraint }),
  };
  const beta: WeightSpec = {
    ...base,
    name: 'beta',
    initializer: layer.betaInitializer,
    ...(layer.betaRegularizer === undefined ? {} : { regularizer: layer.betaRegularizer }),
    ...(layer.betaConstraint === undefined ? {} : { constraint: layer.betaConstraint }),
  };
  return [...(layer.scale ? [gamma] : []), ...(layer.center ? [beta] : [])];
}
