import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';

const CODE = 'LU_SCHEDULE_OPTION';

/** A schedule that begins at a rate and has a length. */
interface Decay {
  /** The rate of the first update. */
  readonly initialLearningRate: number;
  /** Updates. */
  readonly decaySteps: number;
}

/** Data of `schedules.exponential`. */
export interface ExponentialSchedule extends Decay {
  readonly kind: 'exponential';
  readonly decayRate: number;
  readonly staircase: boolean;
}

/** Data of `schedules.inverseTime`. */
export interface InverseTimeSchedule extends Decay {
  readonly kind: 'inverseTime';
  readonly decayRate: number;
  readonly staircase: boolean;
}

/** Data of `schedules.polynomial`. */
export interface PolynomialSchedule extends Decay {
  readonly kind: 'polynomial';
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;
}

/** Data of `schedules.piecewise`. */
export interface PiecewiseSchedule {
  readonly kind: 'piecewise';
  readonly boundaries: readonly number[];
  readonly values: readonly number[];
}

/** Options of schedules that decay at a rate. */
export interface RateDecayOptions extends Decay {
  /** Above 0. */
  readonly decayRate: number;
  /** Changes only every `decaySteps`. Default false. */
  readonly staircase?: boolean;
}

function readDecay(where: string, options: Decay): Decay {
  const { initialLearningRate: rate, decaySteps } = options;
  return {
    initialLearningRate: requireNumber(CODE, where, 'initialLearningRate', rate, ranges.notNegative),
    decaySteps: requireNumber(CODE, where, 'decaySteps', decaySteps, ranges.count),
  };
}

function readRateDecay(where: string, options: RateDecayOptions): Required<RateDecayOptions> {
  refuseUnknown(CODE, where, options, ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase']);
  return {
    ...readDecay(where, options),
    decayRate: requireNumber(CODE, where, 'decayRate', options.decayRate, ranges.positive),
    staircase: options.staircase ?? false,
  };
}

function progress(step: number, schedule: Decay & { readonly staircase: boolean }): number {
  const p = step / schedule.decaySteps;
  return schedule.staircase ? Math.floor(p) : p;
}

/**
 * Exponential decay: `initialLearningRate * decayRate^p`, `p = step / decaySteps`; p is floored with `staircase`.
 *
 * Default: staircase false. Throws `LU_SCHEDULE_OPTION` for bad numbers. Reference: Keras 3 `ExponentialDecay`.
 *
 * @example
 * rateAt(schedules.exponential({ initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.96 }), 100) // 0.096
 */
export function exponential(options: RateDecayOptions): ExponentialSchedule {
  return { kind: 'exponential', ...readRateDecay('schedule exponential', options) };
}

/**
 * Step decay: multiplies the rate by `decayRate` every `decaySteps`, `initialLearningRate * decayRate^floor(p)`.
 *
 * Defaults: decayRate 0.5. Throws `LU_SCHEDULE_OPTION` for bad numbers. It is `exponential` with `staircase`.
 *
 * @example
 * rateAt(schedules.stepDecay({ initialLearningRate: 0.1, decaySteps: 100 }), 250) // 0.025
 */
export function stepDecay(options: Decay & { readonly decayRate?: number }): ExponentialSchedule {
  const where = 'schedule stepDecay';
  refuseUnknown(CODE, where, options, ['initialLearningRate', 'decaySteps', 'decayRate']);
  const full = { ...options, decayRate: options.decayRate ?? 0.5, staircase: true };
  return { kind: 'exponential', ...readRateDecay(where, full) };
}

/**
 * Inverse time decay: `initialLearningRate / (1 + decayRate * p)`, `p = step / decaySteps`, floored with `staircase`.
 *
 * Default: staircase false. Throws `LU_SCHEDULE_OPTION` for bad numbers. Reference: Keras 3 `InverseTimeDecay`.
 *
 * @example
 * rateAt(schedules.inverseTime({ initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.5 }), 50) // 0.08
 */
export function inverseTime(options: RateDecayOptions): InverseTimeSchedule {
  return { kind: 'inverseTime', ...readRateDecay('schedule inverseTime', options) };
}

/** Options of `schedules.polynomial`. */
export interface PolynomialOptions extends Decay {
  /** Default 1e-4. */
  readonly endLearningRate?: number;
  /** Above 0. Default 1, a straight line. */
  readonly power?: number;
  /** Goes on with multiples of `decaySteps`, each time from a smaller rate. Default false. */
  readonly cycle?: boolean;
}

/**
 * Polynomial decay: `(initial - end)(1 - min(p, 1))^power + end`, `p = step / decaySteps`; with `cycle` decaySteps is
 * multiplied by `ceil(step / decaySteps)`.
 *
 * Defaults: endLearningRate 1e-4, power 1, cycle false. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: Keras 3 `PolynomialDecay`.
 *
 * @example
 * rateAt(schedules.polynomial({ initialLearningRate: 0.1, decaySteps: 100 }), 50) // 0.05005
 */
export function polynomial(options: PolynomialOptions): PolynomialSchedule {
  const where = 'schedule polynomial';
  const known = ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle'];
  refuseUnknown(CODE, where, options, known);
  const end = options.endLearningRate ?? 1e-4;
  return {
    kind: 'polynomial',
    ...readDecay(where, options),
    endLearningRate: requireNumber(CODE, where, 'endLearningRate', end, ranges.notNegative),
    power: requireNumber(CODE, where, 'power', options.power ?? 1, ranges.positive),
    cycle: options.cycle ?? false,
  };
}

/**
 * Constant pieces: `values[i]` while `step <= boundaries[i]`, then the last value; a boundary belongs to the earlier one.
 *
 * `boundaries` rise; `values` has one number more. Throws `LU_SCHEDULE_OPTION` otherwise.
 * Reference: Keras 3 `PiecewiseConstantDecay`.
 *
 * @example
 * rateAt(schedules.piecewise({ boundaries: [100], values: [0.1, 0.01] }), 101) // 0.01
 */
export function piecewise(options: Omit<PiecewiseSchedule, 'kind'>): PiecewiseSchedule {
  const where = 'schedule piecewise';
  refuseUnknown(CODE, where, options, ['boundaries', 'values']);
  const { boundaries, values } = options;
  const refuse = (what: string, fix: string): never => {
    throw new LuthierError(CODE, `${where}: ${what}`, { fix, where });
  };
  if (!Array.isArray(boundaries) || !Array.isArray(values) || values.length !== boundaries.length + 1) {
    refuse(
      'values does not hold one number more than boundaries',
      'Give a value for each piece: before the first boundary, between two, after the last.',
    );
  }
  boundaries.forEach((boundary, i) => {
    requireNumber(CODE, where, `boundaries[${i}]`, boundary, ranges.countFromZero);
    if (i > 0 && boundary <= boundaries[i - 1]!) {
      refuse(`boundaries[${i}] is ${boundary}, not above ${boundaries[i - 1]}`, 'Give rising boundaries.');
    }
  });
  values.forEach((value, i) => {
    requireNumber(CODE, where, `values[${i}]`, value, ranges.notNegative);
  });
  return { kind: 'piecewise', boundaries: [...boundaries], values: [...values] };
}

/** The rules of these kinds. */
export const decayRules = {
  exponential: (schedule: ExponentialSchedule, step: number): number =>
    schedule.initialLearningRate * schedule.decayRate ** progress(step, schedule),
  inverseTime: (schedule: InverseTimeSchedule, step: number): number =>
    schedule.initialLearningRate / (1 + schedule.decayRate * progress(step, schedule)),
  polynomial: (schedule: PolynomialSchedule, step: number): number => {
    const { initialLearningRate: first, endLearningRate: end, decaySteps, power, cycle } = schedule;
    const length = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
    return (first - end) * (1 - Math.min(step / length, 1)) ** power + end;
  },
  piecewise: ({ boundaries, values }: PiecewiseSchedule, step: number): number => {
    const piece = boundaries.findIndex((boundary) => step <= boundary);
    return piece < 0 ? values.at(-1)! : values[piece]!;
  },
} as const;
