import { logExpectedImprovement, logImprovement, logImprovementSlope } from './acquisition.ts';
import type { Feasibility } from './feasibility.ts';
import type { Model } from './model.ts';
import type { Posterior } from './posterior.ts';

/** The function whose maximum is the next suggestion. */
export interface Surface {
  /** ln EI + ln P(feasible) at rows of features. */
  score(rows: Float64Array, count: number): Float64Array;
  /** -ln EI at a row and its derivative by each numeric feature, for the local search. */
  descend(row: Float64Array, gradient: Float64Array): number;
}

/** Expected improvement over the best posterior mean, with the variance that remains after the pending trials. */
export function createSurface(
  model: Model,
  pending: Posterior,
  feasibility: Feasibility | undefined,
): Surface {
  const { incumbent } = model;
  return {
    score: (rows, count) => {
      const means = new Float64Array(count);
      const deviations = new Float64Array(count);
      pending.predict(rows, count, means, deviations);
      const scores = means.map((mean, i) => logExpectedImprovement(mean, deviations[i]!, incumbent));
      if (feasibility === undefined) return scores;
      const chances = feasibility.logProbability(rows, count);
      return scores.map((score, i) => score + chances[i]!);
    },
    descend: (row, gradient) => {
      const byVariance = new Float64Array(gradient.length);
      const { mean, variance } = pending.gradient(row, gradient, byVariance);
      const deviation = Math.sqrt(variance);
      const u = (mean - incumbent) / deviation;
      const slope = logImprovementSlope(u);
      for (let k = 0; k < gradient.length; k++) {
        const byDeviation = byVariance[k]! / (2 * deviation);
        gradient[k] = -(slope * (gradient[k]! - u * byDeviation) + byDeviation) / deviation;
      }
      return -(logImprovement(u) + Math.log(deviation));
    },
  };
}
