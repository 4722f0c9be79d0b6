import { logExpectedImprovement, logImprovement, logImprovementSlope } from './acquisition.ts';
import type { Evidence } from './evidence.ts';
import type { Feasibility } from './feasibility.ts';
import type { Geometry } from './geometry.ts';
import { featureRows, type Model } from './model.ts';

// As many of the newest failures lower the variance.
const FAILURES = 50;

/** The function whose maximum is the next suggestion. */
export interface Surface {
  /** ln EI + ln P(feasible) at rows of features. */
  score(rows: Float64Array, count: number): Float64Array;
  /** -ln EI at a row and its derivative by each numeric feature, for the local search. */
  descend(row: Float64Array, gradient: Float64Array): number;
}

/**
 * Expected improvement over the best posterior mean, as if each of the pending trials had already ended with its predicted value:
 * their rows lower the variance and raise the bar. Rows of failed trials only lower the variance: nothing is to be
 * learned beside them.
 */
export function createSurface(
  shape: Geometry,
  model: Model,
  evidence: Evidence,
  feasibility: Feasibility | undefined,
): Surface {
  const running = featureRows(shape, evidence.pending);
  const waiting = new Float64Array(evidence.pending.length);
  model.belief.predict(running, waiting.length, waiting);
  const incumbent = Math.max(model.incumbent, ...waiting);
  const failed = evidence.labels
    .flatMap(({ point, label }) => (label === -1 ? [point] : []))
    .slice(-FAILURES);
  const known = [...evidence.pending, ...failed];
  const pending =
    known.length === 0 ? model.belief : model.belief.withPending(featureRows(shape, known), known.length);
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
