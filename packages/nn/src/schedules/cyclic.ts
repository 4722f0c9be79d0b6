import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { halfWave } from './cosine.ts';

const CODE = 'LU_SCHEDULE_OPTION';

/** Options of `schedules.triangular`. */
export interface TriangularOptions {
  /** The rate at the feet of the triangles. */
  readonly minLearningRate: number;
  /** The rate at the first peak. */
  readonly maxLearningRate: number;
  /** Updates from a foot to a peak: half a cycle. */
  readonly halfCycleSteps: number;
  /** Height of each triangle as a share of the one before, in (0, 1]. Default 1; 0.5 is "triangular2". */
  readonly heightFactor?: number;
  /** Height after each update as a share of that before it, in (0, 1]. Default 1; below it is "exp_range". */
  readonly stepFactor?: number;
}

/** Data of `schedules.triangular`. */
export interface TriangularSchedule extends Required<TriangularOptions> {
  readonly kind: 'triangular';
}

const SHARE = { text: '(0, 1]', holds: (value: number): boolean => value > 0 && value <= 1 } as const;

/**
 * Cyclical rates: up and down again along straight lines, for ever.
 *
 * `min + (max - min) max(0, 1 - x) heightFactor^c stepFactor^step`, `c = floor(step / (2 halfCycleSteps))`,
 * `x = abs(step / halfCycleSteps - 2 c - 1)`.
 * Defaults: heightFactor 1, stepFactor 1. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: Smith 2017, "Cyclical learning rates for training neural networks", section 3.2.
 *
 * @example
 * rateAt(schedules.triangular({ minLearningRate: 0, maxLearningRate: 0.1, halfCycleSteps: 10 }), 15) // 0.05
 */
export function triangular(options: TriangularOptions): TriangularSchedule {
  const where = 'schedule triangular';
  const known = ['minLearningRate', 'maxLearningRate', 'halfCycleSteps', 'heightFactor', 'stepFactor'];
  refuseUnknown(CODE, where, options, known);
  const { minLearningRate: min, maxLearningRate: max, halfCycleSteps, heightFactor, stepFactor } = options;
  const schedule = {
    kind: 'triangular',
    minLearningRate: requireNumber(CODE, where, 'minLearningRate', min, ranges.notNegative),
    maxLearningRate: requireNumber(CODE, where, 'maxLearningRate', max, ranges.notNegative),
    halfCycleSteps: requireNumber(CODE, where, 'halfCycleSteps', halfCycleSteps, ranges.count),
    heightFactor: requireNumber(CODE, where, 'heightFactor', heightFactor ?? 1, SHARE),
    stepFactor: requireNumber(CODE, where, 'stepFactor', stepFactor ?? 1, SHARE),
  } as const;
  if (min <= max) return schedule;
  throw new LuthierError(CODE, `${where}: minLearningRate ${min} is above maxLearningRate ${max}`, {
    fix: 'Swap them.',
    where,
  });
}

/** Options of `schedules.flatCosine`. */
export interface FlatCosineOptions {
  readonly learningRate: number;
  /** Updates in all. */
  readonly steps: number;
  /** Share of the updates at the full rate, in [0, 1). Default 0.75. */
  readonly flatShare?: number;
  /** The last rate is the first divided by this. Default 1e5. */
  readonly finalDivisor?: number;
}

/** Data of `schedules.flatCosine`. */
export interface FlatCosineSchedule extends Required<FlatCosineOptions> {
  readonly kind: 'flatCosine';
}

/**
 * One rate for most of the run, then half a cosine wave down to `learningRate / finalDivisor`, where it stays.
 *
 * Defaults: flatShare 0.75, finalDivisor 1e5. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: the form of fastai, `fit_flat_cos`.
 *
 * @example
 * rateAt(schedules.flatCosine({ learningRate: 0.1, steps: 100 }), 75) // 0.1
 */
export function flatCosine(options: FlatCosineOptions): FlatCosineSchedule {
  const where = 'schedule flatCosine';
  refuseUnknown(CODE, where, options, ['learningRate', 'steps', 'flatShare', 'finalDivisor']);
  const { learningRate, steps, flatShare = 0.75, finalDivisor = 1e5 } = options;
  return {
    kind: 'flatCosine',
    learningRate: requireNumber(CODE, where, 'learningRate', learningRate, ranges.notNegative),
    steps: requireNumber(CODE, where, 'steps', steps, ranges.count),
    flatShare: requireNumber(CODE, where, 'flatShare', flatShare, ranges.rate),
    finalDivisor: requireNumber(CODE, where, 'finalDivisor', finalDivisor, ranges.positive),
  };
}

/** The rules of these kinds. */
export const cyclicRules = {
  triangular: (schedule: TriangularSchedule, step: number): number => {
    const { minLearningRate: min, maxLearningRate: max, halfCycleSteps, heightFactor, stepFactor } = schedule;
    const cycle = Math.floor(step / (2 * halfCycleSteps));
    const height = 1 - Math.abs(step / halfCycleSteps - 2 * cycle - 1);
    return min + (max - min) * height * heightFactor ** cycle * stepFactor ** step;
  },
  flatCosine: (schedule: FlatCosineSchedule, step: number): number => {
    const { learningRate: rate, steps, flatShare, finalDivisor } = schedule;
    const flat = steps * flatShare;
    const end = rate / finalDivisor;
    return end + (rate - end) * halfWave(Math.min(Math.max(0, step - flat) / (steps - flat), 1));
  },
} as const;
