import { didYouMean, LuthierError } from '@luthier/core';
import { multiply, subtract } from '../graph/ops/arithmetic.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

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

/** Sorts of weights that may be excluded although a model has none of them, so that one list serves many models. */
const SORTS = ['kernel', 'bias', 'gamma', 'beta', 'scale', 'embeddings', 'recurrentKernel'];

function sortOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function checkNames(where: string, excluded: readonly string[], paths: readonly string[]): void {
  const known = [...paths, ...new Set([...paths.map(sortOf), ...SORTS])];
  for (const name of excluded) {
    if (known.includes(name)) continue;
    throw new LuthierError(
      'LU_OPTIMIZER_WEIGHT',
      `${where}: excludeFromWeightDecay names '${name}', a weight that the model does not have${didYouMean(name, known) || '.'}`,
      { fix: `Exclude some of ${paths.join(', ')}, or a sort of weights such as bias.`, where: name },
    );
  }
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
  const isExcluded = (path: string): boolean => excluded.includes(path) || excluded.includes(sortOf(path));
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
    checkWeights: (paths) => checkNames(where, excluded, paths),
    update: (context) => {
      if (isExcluded(context.path)) return inner.update(context);
      const { weight, step } = context;
      // A factor 1 - decay would lose small decays to rounding, the same way in every step.
      return inner.update({ ...context, weight: subtract(weight, multiply(weight, step('decay'))) });
    },
  };
}
