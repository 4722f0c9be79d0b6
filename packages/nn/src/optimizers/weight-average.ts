import { LuthierError } from '@luthier/core';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of the moving average of weights. */
export interface WeightAverageOptions {
  /** Keeps an exponential moving average of the weights, which is what is measured, kept and exported. Default false. */
  readonly useEma?: boolean;
  /** In [0, 1). Default 0.99. */
  readonly emaMomentum?: number;
  /** Copies the average into the weights every so many updates. Default: never. */
  readonly emaOverwriteFrequency?: number;
}

/** The state: average minus weight, so that zero is the right start. */
const GAP = 'averageGap';

/**
 * Adds a moving average of the weights to an optimizer: the first update copies them, later ones make it
 * `m average + (1 - m) w`.
 *
 * Validation, best weights, `getWeights`, `evaluate` and exported files use the average, while training goes on with
 * the weights behind it. Keras measures the weights and puts the average in their place only when training ends; here the
 * numbers of an epoch are those of the weights it would keep. Reference: Polyak and Juditsky 1992.
 */
export function withWeightAverage(where: string, options: WeightAverageOptions, inner: Optimizer): Optimizer {
  const code = 'LU_OPTIMIZER_OPTION';
  const { useEma = false, emaMomentum, emaOverwriteFrequency: frequency } = options;
  if (!useEma) {
    if (emaMomentum === undefined && frequency === undefined) return inner;
    const name = emaMomentum === undefined ? 'emaOverwriteFrequency' : 'emaMomentum';
    throw new LuthierError(code, `${where}: ${name} is given without useEma`, {
      fix: `Give useEma: true, or remove ${name}.`,
      where,
    });
  }
  if (inner.kept !== undefined) {
    throw new LuthierError(code, `${where} averages its weights itself and takes no useEma`, {
      fix: 'Remove useEma.',
      where,
    });
  }
  const isOverwriting = frequency !== undefined;
  return {
    ...inner,
    knobs: {
      ...inner.knobs,
      emaMomentum: requireNumber(code, where, 'emaMomentum', emaMomentum ?? 0.99, ranges.rate),
      ...(isOverwriting
        ? {
            emaOverwriteFrequency: requireNumber(
              code,
              where,
              'emaOverwriteFrequency',
              frequency,
              ranges.count,
            ),
          }
        : {}),
    },
    structure: ['ema', isOverwriting, inner.structure],
    slots: [...inner.slots, GAP],
    stepNames: [...inner.stepNames, 'averaging', ...(isOverwriting ? ['gapShare', 'weightShare'] : [])],
    stepNumbers: (knobs, step) => {
      const overwrites = isOverwriting && step % knobs.emaOverwriteFrequency! === 0;
      return {
        ...inner.stepNumbers(knobs, step),
        averaging: step === 1 ? 0 : knobs.emaMomentum!,
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
