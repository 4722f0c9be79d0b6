import { mean, studentTCdf, variance } from '@luthier/core';

/** How sure it is that one configuration is better than another, from scores on several seeds. */
export interface SeedComparison {
  /** Probability that the true mean of `a` is better than that of `b`; NaN with fewer than two scores on a side. */
  readonly probability: number;
  /** mean(a) - mean(b), positive when a is larger. */
  readonly difference: number;
  /** Standard error of the difference. */
  readonly standardError: number;
  /** Degrees of freedom (Welch and Satterthwaite). */
  readonly degrees: number;
  /** One sentence for people. */
  readonly text: string;
}

/**
 * Compares the scores of two configurations over seeds, without assuming equal spreads.
 *
 * `P = T_v(d / s)`, d = mean(a) - mean(b) (sign flipped when smaller is better), s^2 = va/na + vb/nb with sample
 * variances, v = s^4 / ((va/na)^2/(na-1) + (vb/nb)^2/(nb-1)), T_v the Student distribution function. With flat priors on
 * the means this is the posterior probability that a is better (Welch's approximation to the Behrens-Fisher
 * distribution); one minus it is the p-value of Welch's one-sided test.
 *
 * Defaults: direction 'maximize'. Fewer than two scores on a side give NaN; equal constant scores 0.5. Scores of diverged runs
 * (NaN, Infinity) make the probability NaN.
 * Reference: Welch 1947.
 *
 * @example
 * compareSeeds([0.982, 0.983, 0.981], [0.978, 0.98, 0.979]).probability // 0.97
 */
export function compareSeeds(
  a: readonly number[],
  b: readonly number[],
  options: { readonly direction?: 'minimize' | 'maximize' } = {},
): SeedComparison {
  const { direction = 'maximize' } = options;
  const difference = mean(a) - mean(b);
  const isUsable = a.length >= 2 && b.length >= 2 && [...a, ...b].every(Number.isFinite);
  if (!isUsable) {
    const text =
      a.length < 2 || b.length < 2
        ? 'not enough data: at least two seeds a side are needed'
        : 'not comparable: a run diverged';
    return { probability: Number.NaN, difference, standardError: Number.NaN, degrees: Number.NaN, text };
  }
  const partA = variance(a) / a.length;
  const partB = variance(b) / b.length;
  const standardError = Math.sqrt(partA + partB);
  const sign = direction === 'maximize' ? 1 : -1;
  const advantage = sign * difference;
  const degrees =
    standardError === 0
      ? a.length + b.length - 2
      : (partA + partB) ** 2 / (partA ** 2 / (a.length - 1) + partB ** 2 / (b.length - 1));
  let probability: number;
  if (standardError === 0) probability = advantage === 0 ? 0.5 : advantage > 0 ? 1 : 0;
  else probability = studentTCdf(advantage / standardError, degrees);
  const percent = Math.round(1000 * probability) / 10;
  const text = `the first is better with a probability of ${percent} % (${a.length} against ${b.length} seeds)`;
  return { probability, difference, standardError, degrees, text };
}
