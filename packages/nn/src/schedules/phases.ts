import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { halfWave } from './cosine.ts';

const CODE = 'LU_SCHEDULE_OPTION';

const share = { text: '(0, 1)', holds: (value: number): boolean => value > 0 && value < 1 } as const;

/** Options of `schedules.oneCycle`. */
export interface OneCycleOptions {
  readonly maxLearningRate: number;
  /** Updates of the whole cycle. */
  readonly steps: number;
  /** Share of the updates that rise, in (0, 1). Default 0.25. */
  readonly riseShare?: number;
  /** The first rate is the highest divided by this. Default 25. */
  readonly initialDivisor?: number;
  /** The last rate is the highest divided by this. Default 1e5. */
  readonly finalDivisor?: number;
  /** Momentum at both ends, in [0, 1); needs `lowMomentum`. Default: the momentum stays as it is. */
  readonly highMomentum?: number;
  /** Momentum at the highest rate, in [0, 1). */
  readonly lowMomentum?: number;
}

/** Data of `schedules.oneCycle`. */
export interface OneCycleSchedule extends OneCycleOptions {
  readonly kind: 'oneCycle';
  readonly riseShare: number;
  readonly initialDivisor: number;
  readonly finalDivisor: number;
}

/**
 * One cycle: up from `max / initialDivisor` to max, then down to `max / finalDivisor`, both along half a cosine wave.
 *
 * With `highMomentum` and `lowMomentum` (fastai: 0.95 and 0.85) the momentum of sgd, rmsprop or muon runs the other way.
 * After the cycle both stay at their last values.
 * Defaults: riseShare 0.25, initialDivisor 25, finalDivisor 1e5. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: Smith 2018, "A disciplined approach to neural network hyper-parameters"; the form of fastai.
 *
 * @example
 * rateAt(schedules.oneCycle({ maxLearningRate: 0.1, steps: 100 }), 25) // 0.1
 */
export function oneCycle(options: OneCycleOptions): OneCycleSchedule {
  const where = 'schedule oneCycle';
  const known = ['maxLearningRate', 'steps', 'riseShare', 'initialDivisor', 'finalDivisor'];
  refuseUnknown(CODE, where, options, [...known, 'highMomentum', 'lowMomentum']);
  const { highMomentum, lowMomentum } = options;
  if ((highMomentum === undefined) !== (lowMomentum === undefined)) {
    throw new LuthierError(CODE, `${where} has only one of highMomentum and lowMomentum`, {
      fix: 'Give both, or none.',
      where,
    });
  }
  const { maxLearningRate, steps, riseShare = 0.25, initialDivisor = 25, finalDivisor = 1e5 } = options;
  return {
    kind: 'oneCycle',
    maxLearningRate: requireNumber(CODE, where, 'maxLearningRate', maxLearningRate, ranges.notNegative),
    steps: requireNumber(CODE, where, 'steps', steps, ranges.count),
    riseShare: requireNumber(CODE, where, 'riseShare', riseShare, share),
    initialDivisor: requireNumber(CODE, where, 'initialDivisor', initialDivisor, ranges.positive),
    finalDivisor: requireNumber(CODE, where, 'finalDivisor', finalDivisor, ranges.positive),
    ...(highMomentum === undefined
      ? {}
      : {
          highMomentum: requireNumber(CODE, where, 'highMomentum', highMomentum, ranges.rate),
          lowMomentum: requireNumber(CODE, where, 'lowMomentum', lowMomentum, ranges.rate),
        }),
  };
}

/** How `schedules.warmupStableDecay` falls at the end. */
export type FinalDecay = 'linear' | 'cosine' | 'sqrt';

/** Options of `schedules.warmupStableDecay`. */
export interface WarmupStableDecayOptions {
  /** The rate between warm-up and decay. */
  readonly learningRate: number;
  /** Updates of the linear warm-up; may be 0. */
  readonly warmupSteps: number;
  /** Updates at the full rate; may be 0. */
  readonly stableSteps: number;
  /** Updates of the decay. */
  readonly decaySteps: number;
  /** Default 0. */
  readonly initialLearningRate?: number;
  /** Default 0. */
  readonly endLearningRate?: number;
  /** `linear`: `1 - p`; `cosine`: half a wave; `sqrt`: `1 - sqrt(p)`. Default `linear`. */
  readonly decay?: FinalDecay;
}

/** Data of `schedules.warmupStableDecay`. */
export interface WarmupStableDecaySchedule extends Required<WarmupStableDecayOptions> {
  readonly kind: 'warmupStableDecay';
}

const FALLS: Readonly<Record<FinalDecay, (p: number) => number>> = {
  linear: (p) => 1 - p,
  cosine: halfWave,
  sqrt: (p) => 1 - Math.sqrt(p),
};

/**
 * Linear warm-up, a long stretch at one rate, and a decay; the length need not be known before the decay begins.
 *
 * In the decay `end + (rate - end) f(p)`, `p = min(steps into it / decaySteps, 1)`.
 * Defaults: initialLearningRate 0, endLearningRate 0, decay `linear`. Throws `LU_SCHEDULE_OPTION` for bad numbers.
 * Reference: Hu et al. 2024 (MiniCPM); Hägele et al. 2024, "Scaling laws beyond fixed training durations".
 *
 * @example
 * rateAt(schedules.warmupStableDecay({ learningRate: 0.1, warmupSteps: 10, stableSteps: 80, decaySteps: 10 }), 95) // 0.05
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): WarmupStableDecaySchedule {
  const where = 'schedule warmupStableDecay';
  const known = ['learningRate', 'warmupSteps', 'stableSteps', 'decaySteps'];
  refuseUnknown(CODE, where, options, [...known, 'initialLearningRate', 'endLearningRate', 'decay']);
  const rate = (name: 'learningRate' | 'initialLearningRate' | 'endLearningRate', given: unknown): number =>
    requireNumber(CODE, where, name, given, ranges.notNegative);
  const steps = (name: 'warmupSteps' | 'stableSteps'): number =>
    requireNumber(CODE, where, name, options[name], ranges.countFromZero);
  const { decay = 'linear' } = options;
  if (!Object.hasOwn(FALLS, decay)) {
    throw new LuthierError(CODE, `${where}: decay is '${String(decay)}'`, {
      fix: `Use one of ${Object.keys(FALLS).join(', ')}.`,
      where,
    });
  }
  return {
    kind: 'warmupStableDecay',
    learningRate: rate('learningRate', options.learningRate),
    warmupSteps: steps('warmupSteps'),
    stableSteps: steps('stableSteps'),
    decaySteps: requireNumber(CODE, where, 'decaySteps', options.decaySteps, ranges.count),
    initialLearningRate: rate('initialLearningRate', options.initialLearningRate ?? 0),
    endLearningRate: rate('endLearningRate', options.endLearningRate ?? 0),
    decay,
  };
}

/** From one value to a second at the end of the rise, and on to a third at the end, along half waves. */
function upAndDown(
  { steps, riseShare }: OneCycleSchedule,
  step: number,
  [first, middle, last]: readonly [number, number, number],
): number {
  const rise = steps * riseShare;
  const between = (from: number, to: number, p: number): number => to + (from - to) * halfWave(p);
  if (step < rise) return between(first, middle, step / rise);
  return between(middle, last, Math.min((step - rise) / (steps - rise), 1));
}

/** The momentum that one cycle gives to an update, counted from 0; undefined if it leaves the momentum alone. */
export function oneCycleMomentum(schedule: OneCycleSchedule, step: number): number | undefined {
  const { highMomentum: high, lowMomentum: low } = schedule;
  if (high === undefined || low === undefined) return undefined;
  return upAndDown(schedule, step, [high, low, high]);
}

/** The rules of these kinds. */
export const phaseRules = {
  oneCycle: (schedule: OneCycleSchedule, step: number): number => {
    const { maxLearningRate: max, initialDivisor, finalDivisor } = schedule;
    return upAndDown(schedule, step, [max / initialDivisor, max, max / finalDivisor]);
  },
  warmupStableDecay: (schedule: WarmupStableDecaySchedule, step: number): number => {
    const { learningRate: rate, warmupSteps, stableSteps, decaySteps } = schedule;
    const { initialLearningRate: first, endLearningRate: end, decay } = schedule;
    if (step < warmupSteps) return first + ((rate - first) * step) / warmupSteps;
    const p = Math.min(Math.max(0, step - warmupSteps - stableSteps) / decaySteps, 1);
    return end + (rate - end) * FALLS[decay](p);
  },
} as const;
