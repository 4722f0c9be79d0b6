import { LuthierError } from '@luthier/core';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of averages of weights; what is measured, kept and exported is the average. */
export interface WeightAverageOptions {
  /** Keeps an exponential moving average of the weights. Default false. */
  readonly useEma?: boolean;
  /** In [0, 1). Default 0.99. */
  readonly emaMomentum?: number;
  /** Copies the average into the weights every so many updates. Default: never. */
  readonly emaOverwriteFrequency?: number;
  /** Keeps the equal average of the weights along the way: stochastic weight averaging. Default false. */
  readonly useSwa?: boolean;
  /** Updates before the average begins; until then the weights are kept. Default 0. */
  readonly swaStart?: number;
  /** Updates between two weights that are averaged, such as those of an epoch. Default 1. */
  readonly swaFrequency?: number;
}

/** The state: average minus weight, so that zero is the right start. */
const GAP = 'averageGap';

const CODE = 'LU_OPTIMIZER_OPTION';

/** An average as numbers of the step: the share of the gap that is kept, and whether the weight jumps onto the average. */
interface Average {
  readonly kind: 'ema' | 'swa';
  readonly knobs: Readonly<Record<string, number>>;
  readonly isOverwriting: boolean;
  /** `update` counts from 1. */
  keptShare(knobs: Readonly<Record<string, number>>, update: number): number;
}

function refuse(where: string, what: string, fix: string): never {
  throw new LuthierError(CODE, `${where}${what}`, { fix, where });
}

function count(where: string, name: string, value: number, range: 'count' | 'countFromZero'): number {
  return requireNumber(CODE, where, name, value, ranges[range]);
}

function movingAverage(where: string, options: WeightAverageOptions): Average {
  const { emaMomentum = 0.99, emaOverwriteFrequency: frequency } = options;
  return {
    kind: 'ema',
    knobs: {
      emaMomentum: requireNumber(CODE, where, 'emaMomentum', emaMomentum, ranges.rate),
      ...(frequency === undefined
        ? {}
        : { emaOverwriteFrequency: count(where, 'emaOverwriteFrequency', frequency, 'count') }),
    },
    isOverwriting: frequency !== undefined,
    keptShare: (knobs, update) => (update === 1 ? 0 : knobs.emaMomentum!),
  };
}

function equalAverage(where: string, { swaStart = 0, swaFrequency = 1 }: WeightAverageOptions): Average {
  return {
    kind: 'swa',
    knobs: {
      swaStart: count(where, 'swaStart', swaStart, 'countFromZero'),
      swaFrequency: count(where, 'swaFrequency', swaFrequency, 'count'),
    },
    isOverwriting: false,
    keptShare: (knobs, update) => {
      const since = update - knobs.swaStart! - 1;
      if (since < 0) return 0;
      if (since % knobs.swaFrequency! !== 0) return 1;
      const averaged = since / knobs.swaFrequency!;
      return averaged / (averaged + 1);
    },
  };
}

function readAverage(
  where: string,
  options: WeightAverageOptions,
  averagesItself: boolean,
): Average | undefined {
  const { useEma = false, useSwa = false } = options;
  for (const [flag, isOn, own] of [
    ['useEma', useEma, ['emaMomentum', 'emaOverwriteFrequency']],
    ['useSwa', useSwa, ['swaStart', 'swaFrequency']],
  ] as const) {
    const orphan = own.find((name) => options[name] !== undefined);
    if (!isOn && orphan !== undefined)
      refuse(where, `: ${orphan} is given without ${flag}`, `Give ${flag}: true, or remove ${orphan}.`);
    if (isOn && averagesItself)
      refuse(where, ` averages its weights itself and takes no ${flag}`, `Remove ${flag}.`);
  }
  if (useEma && useSwa) refuse(where, ' has both useEma and useSwa', 'Choose one of them.');
  if (useEma) return movingAverage(where, options);
  return useSwa ? equalAverage(where, options) : undefined;
}

/**
 * Adds an average of the weights to an optimizer.
 *
 * `useEma`: the first update copies the weights, later ones make it `m average + (1 - m) w`. `useSwa`: from update
 * `swaStart + 1` on, the mean of the weights after every `swaFrequency`-th update.
 *
 * Validation, best weights, `getWeights`, `evaluate` and exported files use the average, while training goes on with
 * the weights behind it. Keras measures the weights and puts the average in their place only when training ends; here the
 * numbers of an epoch are those of the weights it would keep. What layers move themselves, such as the moments of batch
 * normalization, is not averaged. Throws `LU_OPTIMIZER_OPTION` for bad numbers, both averages, or options of one that is
 * off. Reference: Polyak and Juditsky 1992 (EMA); Izmailov et al. 2018 (SWA).
 */
export function withWeightAverage(where: string, options: WeightAverageOptions, inner: Optimizer): Optimizer {
  const average = readAverage(where, options, inner.kept !== undefined);
  if (average === undefined) return inner;
  const { isOverwriting } = average;
  return {
    ...inner,
    knobs: { ...inner.knobs, ...average.knobs },
    structure: [average.kind, isOverwriting, inner.structure],
    slots: [...inner.slots, GAP],
    stepNames: [...inner.stepNames, 'averaging', ...(isOverwriting ? ['gapShare', 'weightShare'] : [])],
    stepNumbers: (knobs, step) => {
      const overwrites = isOverwriting && step % knobs.emaOverwriteFrequency! === 0;
      return {
        ...inner.stepNumbers(knobs, step),
        averaging: average.keptShare(knobs, step),
        ...(isOverwriting ? { gapShare: overwrites ? 0 : 1, weightShare: overwrites ? 1 : 0 } : {}),
      };
    },
    update: (context) => {
      const { weight: before, slot, step } = context;
      const update = inner.update(context);
      const gap = multiply(add(slot(GAP), subtract(before, update.weight)), step('averaging'));
      return isOverwriting
        ? {
            weight: add(update.weight, multiply(gap, step('weightShare'))),
            slots: { ...update.slots, [GAP]: multiply(gap, step('gapShare')) },
          }
        : { weight: update.weight, slots: { ...update.slots, [GAP]: gap } };
    },
    kept: (weight, slot) => {
      const gap = slot(GAP);
      return weight.map((value, i) => value + gap[i]!);
    },
    relativeSlots: [...(inner.relativeSlots ?? []), GAP],
  };
}
