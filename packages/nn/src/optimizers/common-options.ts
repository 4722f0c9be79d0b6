import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { type LearningRate, parseLearningRate } from '../schedules/learning-rate.ts';
import { type AccumulationOptions, withAccumulation } from './accumulation.ts';
import { type ClippingOptions, withClipping } from './clipping.ts';
import type { Optimizer } from './optimizer.ts';
import { PROXIMAL_RATE } from './restraint.ts';
import { type WeightAverageOptions, withWeightAverage } from './weight-average.ts';
import { type WeightDecayOptions, withWeightDecay } from './weight-decay.ts';

/** Options that every optimizer takes. */
export interface CommonOptions
  extends WeightDecayOptions,
    ClippingOptions,
    WeightAverageOptions,
    AccumulationOptions {
  /** A number, a schedule of `schedules`, or a pure function of the update, counted from 0. */
  readonly learningRate?: LearningRate;
}

const COMMON = [
  'learningRate',
  'weightDecay',
  'excludeFromWeightDecay',
  'clipnorm',
  'clipvalue',
  'globalClipnorm',
  'useEma',
  'emaMomentum',
  'emaOverwriteFrequency',
  'useSwa',
  'swaStart',
  'swaFrequency',
  'gradientAccumulationSteps',
] as const;

const CODE = 'LU_OPTIMIZER_OPTION';

/** Reads the options of an optimizer; `numbers` holds its own with default and range. */
export function readNumbers<Name extends string>(
  where: string,
  options: CommonOptions,
  learningRate: number,
  numbers: Readonly<Record<Name, readonly [fallback: number, range: keyof typeof ranges]>>,
  others: readonly string[] = [],
): Readonly<Record<Name | 'learningRate', number>> {
  const names = Object.keys(numbers) as Name[];
  refuseUnknown(CODE, where, options, [...COMMON, ...names, ...others]);
  const first = parseLearningRate(where, options.learningRate ?? learningRate).first;
  const given: Readonly<Record<string, unknown>> = { ...options };
  const own = names.map((name) => {
    const [fallback, range] = numbers[name];
    return [name, requireNumber(CODE, where, name, given[name] ?? fallback, ranges[range])] as const;
  });
  return { learningRate: first, ...Object.fromEntries(own) } as Record<Name | 'learningRate', number>;
}

/** The step number that carries a momentum from a schedule. */
const MOMENTUM = 'scheduledMomentum';

function withSchedule(where: string, options: CommonOptions, inner: Optimizer): Optimizer {
  if (options.learningRate === undefined) return inner;
  const { rateAt, momentumAt } = parseLearningRate(where, options.learningRate);
  if (rateAt === undefined) return inner;
  const scheduled = (step: number): { learningRate: number; momentum?: number } => ({
    learningRate: rateAt(step - 1),
    ...(momentumAt === undefined ? {} : { momentum: momentumAt(step - 1) }),
  });
  const withRate: Optimizer = {
    ...inner,
    stepNumbers: (knobs, step) => inner.stepNumbers({ ...knobs, ...scheduled(step) }, step),
    scheduled,
  };
  return momentumAt === undefined ? withRate : withMomentum(where, momentumAt, withRate);
}

function withMomentum(where: string, momentumAt: (step: number) => number, inner: Optimizer): Optimizer {
  if (inner.knobs.momentum === undefined) {
    throw new LuthierError(CODE, `${where} has no momentum that its schedule could move`, {
      fix: 'Use sgd or rmsprop with a momentum above 0, or leave highMomentum and lowMomentum out.',
      where,
    });
  }
  return {
    ...inner,
    structure: ['momentum', inner.structure],
    stepNames: [...inner.stepNames, MOMENTUM],
    stepNumbers: (knobs, step) => ({
      ...inner.stepNumbers(knobs, step),
      [MOMENTUM]: momentumAt(step - 1),
    }),
    update: (context) =>
      inner.update({
        ...context,
        knob: (name) => (name === 'momentum' ? context.step(MOMENTUM) : context.knob(name)),
      }),
  };
}

function withProximalRate(inner: Optimizer): Optimizer {
  return {
    ...inner,
    stepNames: [...inner.stepNames, PROXIMAL_RATE],
    stepNumbers: (knobs, step) => ({
      [PROXIMAL_RATE]: knobs.learningRate!,
      ...inner.stepNumbers(knobs, step),
    }),
  };
}

/**
 * Adds to an optimizer what its options ask for: accumulate, clip, decay, update, average, in this order.
 *
 * Without such options its graph does not change.
 */
export function withCommon(where: string, options: CommonOptions, core: Optimizer): Optimizer {
  const decayed = withWeightDecay(where, options, withProximalRate(core));
  const averaged = withWeightAverage(where, options, decayed);
  const clipped = withClipping(where, options, averaged);
  const built = withAccumulation(where, options, withSchedule(where, options, clipped));
  return { ...built, withRate: (rateAt) => withCommon(where, { ...options, learningRate: rateAt }, core) };
}
