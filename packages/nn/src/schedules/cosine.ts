import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';

const CODE = 'LU_SCHEDULE_OPTION';

const share = {
  text: '[0, 1]',
  holds: (value: number): boolean => value >= 0 && value <= 1,
} as const;

/** Options of `schedules.cosine`. */
export interface CosineOptions {
  /** The rate of the first update. */
  readonly initialLearningRate: number;
  /** Updates of the decay, after those of the warm-up. */
  readonly decaySteps: number;
  /** The last rate as a share of the highest, in [0, 1]. Default 0. */
  readonly alpha?: number;
  /** The rate that the warm-up reaches and the decay begins at. Default: no warm-up. */
  readonly warmupTarget?: number;
  /** Updates of the warm-up. Default 0. */
  readonly warmupSteps?: number;
}

/** Data of `schedules.cosine`. */
export interface CosineSchedule extends CosineOptions {
  readonly kind: 'cosine';
  readonly alpha: number;
}

/**
 * Cosine decay, after a linear warm-up from `initialLearningRate` to `warmupTarget` if asked for.
 *
 * `peak ((1 - alpha) 0.5 (1 + cos(pi p)) + alpha)`, `p = min(step / decaySteps, 1)` counted from the end of the warm-up;
 * peak is `warmupTarget`, or else `initialLearningRate`.
 * Defaults: alpha 0, warmupSteps 0. Throws `LU_SCHEDULE_OPTION` for bad numbers, and for half a warm-up.
 * Reference: Loshchilov and Hutter 2017, equation 5; Keras 3 `CosineDecay`.
 *
 * @example
 * rateAt(schedules.cosine({ initialLearningRate: 0.1, decaySteps: 100 }), 50) // 0.05
 */
export function cosine(options: CosineOptions): CosineSchedule {
  const where = 'schedule cosine';
  const known = ['initialLearningRate', 'decaySteps', 'alpha', 'warmupTarget', 'warmupSteps'];
  refuseUnknown(CODE, where, options, known);
  const { initialLearningRate: rate, decaySteps, alpha = 0, warmupTarget, warmupSteps } = options;
  if ((warmupTarget === undefined) !== (warmupSteps === undefined)) {
    throw new LuthierError(CODE, `${where} has only one of warmupTarget and warmupSteps`, {
      fix: 'Give both, or none.',
      where,
    });
  }
  return {
    kind: 'cosine',
    initialLearningRate: requireNumber(CODE, where, 'initialLearningRate', rate, ranges.notNegative),
    decaySteps: requireNumber(CODE, where, 'decaySteps', decaySteps, ranges.count),
    alpha: requireNumber(CODE, where, 'alpha', alpha, share),
    ...(warmupTarget === undefined
      ? {}
      : {
          warmupTarget: requireNumber(CODE, where, 'warmupTarget', warmupTarget, ranges.notNegative),
          warmupSteps: requireNumber(CODE, where, 'warmupSteps', warmupSteps, ranges.count),
        }),
  };
}

/** Options of `schedules.cosineRestarts`. */
export interface CosineRestartsOptions {
  /** The rate of the first update. */
  readonly initialLearningRate: number;
  /** Updates of the first cycle. */
  readonly firstDecaySteps: number;
  /** Each cycle is so many times as long as the one before, from 1. Default 2. */
  readonly tMul?: number;
  /** Each cycle begins at so many times the rate of the one before, above 0. Default 1. */
  readonly mMul?: number;
  /** The last rate of a cycle as a share of `initialLearningRate`, in [0, 1]. Default 0. */
  readonly alpha?: number;
}

/** Data of `schedules.cosineRestarts`. */
export interface CosineRestartsSchedule extends Required<CosineRestartsOptions> {
  readonly kind: 'cosineRestarts';
}

/**
 * Cosine decay that starts again, in cycles that grow (SGDR).
 *
 * In cycle i, which has `firstDecaySteps * tMul^i` updates: `initial ((1 - alpha) mMul^i 0.5 (1 + cos(pi p)) + alpha)`.
 * Cycles are counted, not found by a logarithm, which can be off by one at a restart.
 * Defaults: tMul 2, mMul 1, alpha 0. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: Loshchilov and Hutter 2017; Keras 3 `CosineDecayRestarts`.
 *
 * @example
 * rateAt(schedules.cosineRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 }), 30) // 0.1
 */
export function cosineRestarts(options: CosineRestartsOptions): CosineRestartsSchedule {
  const where = 'schedule cosineRestarts';
  refuseUnknown(CODE, where, options, ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha']);
  const fromOne = { text: '[1, Infinity)', holds: (value: number): boolean => value >= 1 };
  return {
    kind: 'cosineRestarts',
    initialLearningRate: requireNumber(
      CODE,
      where,
      'initialLearningRate',
      options.initialLearningRate,
      ranges.notNegative,
    ),
    firstDecaySteps: requireNumber(CODE, where, 'firstDecaySteps', options.firstDecaySteps, ranges.count),
    tMul: requireNumber(CODE, where, 'tMul', options.tMul ?? 2, fromOne),
    mMul: requireNumber(CODE, where, 'mMul', options.mMul ?? 1, ranges.positive),
    alpha: requireNumber(CODE, where, 'alpha', options.alpha ?? 0, share),
  };
}

/** The half wave from 1 at p = 0 to 0 at p = 1. */
export function halfWave(p: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * p));
}

/** The rules of these kinds. */
export const cosineRules = {
  cosine: (schedule: CosineSchedule, step: number): number => {
    const { initialLearningRate: first, decaySteps, alpha, warmupTarget = first, warmupSteps = 0 } = schedule;
    if (step < warmupSteps) return first + ((warmupTarget - first) * step) / warmupSteps;
    const p = Math.min((step - warmupSteps) / decaySteps, 1);
    return warmupTarget * ((1 - alpha) * halfWave(p) + alpha);
  },
  cosineRestarts: (schedule: CosineRestartsSchedule, step: number): number => {
    const { initialLearningRate: first, firstDecaySteps, tMul, mMul, alpha } = schedule;
    let cycle = tMul === 1 ? Math.floor(step / firstDecaySteps) : 0;
    let start = cycle * firstDecaySteps;
    let length = firstDecaySteps;
    while (step >= start + length) {
      start += length;
      length *= tMul;
      cycle += 1;
    }
    return first * ((1 - alpha) * mMul ** cycle * halfWave((step - start) / length) + alpha);
  },
} as const;
