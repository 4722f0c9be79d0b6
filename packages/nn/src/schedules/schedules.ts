import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';
import {
  type CosineRestartsSchedule,
  type CosineSchedule,
  cosine,
  cosineRestarts,
  cosineRules,
} from './cosine.ts';
import {
  cyclicRules,
  type FlatCosineSchedule,
  flatCosine,
  type TriangularSchedule,
  triangular,
} from './cyclic.ts';
import {
  decayRules,
  type ExponentialSchedule,
  exponential,
  type InverseTimeSchedule,
  inverseTime,
  type PiecewiseSchedule,
  type PolynomialSchedule,
  piecewise,
  polynomial,
  stepDecay,
} from './decay.ts';
import {
  type OneCycleSchedule,
  oneCycle,
  oneCycleMomentum,
  phaseRules,
  type WarmupStableDecaySchedule,
  warmupStableDecay,
} from './phases.ts';

/** Options of `schedules.warmup`. */
export interface WarmupOptions {
  /** Updates of the warm-up. */
  readonly steps: number;
  /** What comes after it: a schedule, which begins then, or a rate. */
  readonly schedule: number | Schedule;
  /** The rate of the first update. Default 0. */
  readonly initialLearningRate?: number;
}

/** Data of `schedules.warmup`. */
export interface WarmupSchedule extends Required<WarmupOptions> {
  readonly kind: 'warmup';
}

/** A learning-rate schedule: plain data, read by `rateAt`. */
export type Schedule =
  | CosineRestartsSchedule
  | CosineSchedule
  | ExponentialSchedule
  | FlatCosineSchedule
  | InverseTimeSchedule
  | OneCycleSchedule
  | PiecewiseSchedule
  | PolynomialSchedule
  | TriangularSchedule
  | WarmupSchedule
  | WarmupStableDecaySchedule;

type Rules = {
  readonly [Kind in Schedule['kind']]: (
    schedule: Extract<Schedule, { readonly kind: Kind }>,
    step: number,
  ) => number;
};

function afterWarmup({ schedule }: WarmupSchedule, step: number): number {
  return typeof schedule === 'number' ? schedule : rateAt(schedule, step);
}

const rules: Rules = {
  ...decayRules,
  ...cosineRules,
  ...cyclicRules,
  ...phaseRules,
  warmup: (schedule, step) => {
    const { steps, initialLearningRate: first } = schedule;
    if (step >= steps) return afterWarmup(schedule, step - steps);
    return first + ((afterWarmup(schedule, 0) - first) * step) / steps;
  },
};

/**
 * The learning rate of an update, counted from 0.
 *
 * @example
 * rateAt(schedules.cosine({ initialLearningRate: 0.1, decaySteps: 100 }), 25) // 0.0853...
 */
export function rateAt(schedule: Schedule, step: number): number {
  // The kind chooses the rule, which the types of a table cannot say.
  return (rules[schedule.kind] as (schedule: Schedule, step: number) => number)(schedule, step);
}

/** The momentum that a schedule gives to an update, counted from 0; undefined for schedules of the rate alone. */
export function momentumAt(schedule: Schedule, step: number): number | undefined {
  if (schedule.kind === 'oneCycle') return oneCycleMomentum(schedule, step);
  if (schedule.kind !== 'warmup' || typeof schedule.schedule === 'number') return undefined;
  return momentumAt(schedule.schedule, Math.max(0, step - schedule.steps));
}

/**
 * A linear warm-up in front of any schedule, or of a constant rate.
 *
 * `initial + (next - initial) step / steps`, next the first rate of `schedule`; then `schedule`, from its own step 0 on.
 * Default: initialLearningRate 0. Throws `LU_SCHEDULE_OPTION` for bad numbers. Reference: Goyal et al. 2017.
 *
 * @example
 * rateAt(schedules.warmup({ steps: 10, schedule: 0.1 }), 5) // 0.05
 */
function warmup(options: WarmupOptions): WarmupSchedule {
  const where = 'schedule warmup';
  const code = 'LU_SCHEDULE_OPTION';
  refuseUnknown(code, where, options, ['steps', 'schedule', 'initialLearningRate']);
  const { steps, schedule, initialLearningRate: first = 0 } = options;
  return {
    kind: 'warmup',
    steps: requireNumber(code, where, 'steps', steps, ranges.count),
    schedule:
      typeof schedule === 'object' && schedule !== null
        ? parseSchedule(schedule)
        : requireNumber(code, where, 'schedule', schedule, ranges.notNegative),
    initialLearningRate: requireNumber(code, where, 'initialLearningRate', first, ranges.notNegative),
  };
}

/**
 * Learning-rate schedules as plain data; each is evaluated for every update, with any optimizer.
 *
 * @example
 * optimizers.adam({ learningRate: schedules.warmup({ steps: 100, schedule: schedules.cosine({ initialLearningRate: 1e-3, decaySteps: 2000 }) }) })
 */
export const schedules: {
  readonly cosine: typeof cosine;
  readonly cosineRestarts: typeof cosineRestarts;
  readonly exponential: typeof exponential;
  readonly flatCosine: typeof flatCosine;
  readonly inverseTime: typeof inverseTime;
  readonly oneCycle: typeof oneCycle;
  readonly piecewise: typeof piecewise;
  readonly polynomial: typeof polynomial;
  readonly stepDecay: typeof stepDecay;
  readonly triangular: typeof triangular;
  readonly warmup: typeof warmup;
  readonly warmupStableDecay: typeof warmupStableDecay;
} = {
  cosine,
  cosineRestarts,
  exponential,
  flatCosine,
  inverseTime,
  oneCycle,
  piecewise,
  polynomial,
  stepDecay,
  triangular,
  warmup,
  warmupStableDecay,
};

/** Checks a schedule that may have come from a file. Throws `LU_SCHEDULE_UNKNOWN` or `LU_SCHEDULE_OPTION`. */
export function parseSchedule(given: Schedule): Schedule {
  const { kind, ...options } = given;
  requireName('LU_SCHEDULE_UNKNOWN', 'learningRate', 'schedule', kind, rules);
  const create = schedules[kind] as (options: object) => Schedule;
  return create(options);
}
