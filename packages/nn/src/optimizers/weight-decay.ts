import { LuthierError } from '@luthier/core';
import { multiply, subtract } from '../graph/ops/arithmetic.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';
import { isNamed, requireKnownWeights } from './weight-names.ts';

/** Options of decoupled weight decay. */
export interface WeightDecayOptions {
  /** Takes `weightDecay * learningRate` of each weight away before the gradient step. Default: none (adamW: 0.004). */
  readonly weightDecay?: number;
  /**
   * Weights that do not decay: one by its name, such as `dense1.kernel`, or all of a sort, such as `bias`. Default none:
   * biases decay, too.
   */
  readonly excludeFromWeightDecay?: readonly string[];
}

/**
 * Adds decoupled weight decay to an optimizer: `w <- w - w * weightDecay * lr` before its own step.
 *
 * For plain SGD it equals an L2 penalty of half the size; adaptive optimizers divide a penalty's gradient by their
 * second moment, but never the decay. Reference: Loshchilov and Hutter 2019.
 */
export function withWeightDecay(where: string, options: WeightDecayOptions, inner: Optimizer): Optimizer {
  const { weightDecay, excludeFromWeightDecay: excluded = [] } = options;
  if (weightDecay === undefined) {
    if (excluded.length === 0) return inner;
    throw new LuthierError(
      'LU_OPTIMIZER_OPTION',
      `${where}: excludeFromWeightDecay is given without weightDecay`,
      {
        fix: 'Give weightDecay, or remove excludeFromWeightDecay.',
        where,
      },
    );
  }
  return {
    ...inner,
    knobs: {
      ...inner.knobs,
      weightDecay: requireNumber(
        'LU_OPTIMIZER_OPTION',
        where,
        'weightDecay',
        weightDecay,
        ranges.notNegative,
      ),
    },
    structure: ['weightDecay', [...excluded].sort(), inner.structure],
    stepNames: [...inner.stepNames, 'decay'],
    stepNumbers: (knobs, step) => ({
      ...inner.stepNumbers(knobs, step),
      decay: knobs.weightDecay! * knobs.learningRate!,
    }),
    checkWeights: (paths) => {
      inner.checkWeights?.(paths);
      requireKnownWeights(where, 'excludeFromWeightDecay', excluded, paths);
    },
    update: (context) => {
      if (isNamed(context.path, excluded)) return inner.update(context);
      const { weight, step } = context;
      // A factor 1 - decay would lose small decays to rounding, the same way in every step.
      return inner.update({ ...context, weight: subtract(weight, multiply(weight, step('decay'))) });
    },
  };
}
