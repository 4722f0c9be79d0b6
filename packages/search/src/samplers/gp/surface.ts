import { logExpectedImprovement, logImprovement, logImprovementSlope, logNewsShare } from './acquisition.ts';
import type { Evidence } from './evidence.ts';
import type { Geometry } from './geometry.ts';
import { placesOf } from './kernel.ts';
import { featureRows, type Model } from './model.ts';

// Exact scores are cheap for so few, and for this share of more.
const EXACT = 64;
const SHARE = 0.3;
// As many of the newest failures lower the variance.
const FAILURES = 50;

/** The function whose maximum is the next suggestion. */
export interface Surface {
  /** ln of the augmented EI and what is added to it at rows of features. */
  score(rows: Float64Array, count: number): Float64Array;
  /** The same where it may be among the highest: candidates whose bound leaves them behind the best third have -Infinity. */
  screen(rows: Float64Array, count: number): Float64Array;
  /** -ln of the augmented EI at a row and its derivative by each numeric feature, for the local search. */
  descend(row: Float64Array, gradient: Float64Array): number;
}

/**
 * Expected improvement over the best posterior mean, augmented: times the share of what a trial tells that noise does not hide; as if each of the pending trials had already ended with its predicted value:
 * their rows lower the variance and raise the bar. Rows of failed trials only lower the variance: nothing is to be
 * learned beside them. `offsets` are added to ln EI: chances to fail, costs, the user's beliefs.
 */
export function createSurface(
  shape: Geometry,
  model: Model,
  evidence: Evidence,
  offsets: ((rows: Float64Array, count: number) => Float64Array) | undefined,
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
  const noise = Math.exp(0.5 * model.fitted.theta[placesOf(shape.features.length).noise]!);
  const worth = (mean: number, deviation: number): number =>
    logExpectedImprovement(mean, deviation, incumbent) + logNewsShare(deviation, noise).value;
  const score = (rows: Float64Array, count: number): Float64Array => {
    const means = new Float64Array(count);
    const deviations = new Float64Array(count);
    pending.predict(rows, count, means, deviations);
    const scores = means.map((mean, i) => worth(mean, deviations[i]!));
    const extra = offsets?.(rows, count);
    return extra === undefined ? scores : scores.map((value, i) => value + extra[i]!);
  };
  return {
    score,
    screen: (rows, count) => {
      const exact = Math.max(EXACT, Math.ceil(SHARE * count));
      if (count <= exact) return score(rows, count);
      const means = new Float64Array(count);
      const bounds = new Float64Array(count);
      pending.outline(rows, count, means, bounds);
      // No deviation is larger than its bound, so no score is larger than this one.
      const highest = means.map((mean, i) => worth(mean, bounds[i]!));
      const order = Array.from(highest.keys()).sort((a, b) => highest[b]! - highest[a]! || a - b);
      const chosen = order.slice(0, exact);
      const width = rows.length / count;
      const few = new Float64Array(exact * width);
      for (const [to, from] of chosen.entries())
        few.set(rows.subarray(from * width, (from + 1) * width), to * width);
      const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
      for (const [i, value] of score(few, exact).entries()) scores[chosen[i]!] = value;
      return scores;
    },
    descend: (row, gradient) => {
      const byVariance = new Float64Array(gradient.length);
      const { mean, variance } = pending.gradient(row, gradient, byVariance);
      const deviation = Math.sqrt(variance);
      const u = (mean - incumbent) / deviation;
      const slope = logImprovementSlope(u);
      const news = logNewsShare(deviation, noise);
      for (let k = 0; k < gradient.length; k++) {
        const byDeviation = byVariance[k]! / (2 * deviation);
        gradient[k] =
          -(slope * (gradient[k]! - u * byDeviation) + byDeviation) / deviation - news.slope * byDeviation;
      }
      return -(logImprovement(u) + Math.log(deviation) + news.value);
    },
  };
}
