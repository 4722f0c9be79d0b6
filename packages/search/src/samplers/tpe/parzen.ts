import { type Generator, log1mexp, logNormalCdf, normalCdf } from '@luthier/core';

/**
 * Bandwidth of the kernel at each of some distinct sorted positions: the larger gap to its neighbours, at least `smallest` and at most the
 * range. The ends of the range are neighbours of a lone position only: they would make the kernels of good trials next to a good end the
 * widest of all.
 *
 * Reference: Bergstra 2011, "Algorithms for hyper-parameter optimization", section 4.
 *
 * @example
 * bandwidths([-0.3, 0.3], -1, 1, 0) // [0.6, 0.6]
 */
export function bandwidths(
  sorted: ArrayLike<number>,
  low: number,
  high: number,
  smallest: number,
): Float64Array {
  const widths = new Float64Array(sorted.length);
  for (let i = 0; i < widths.length; i++) {
    const isLone = widths.length === 1;
    const left = i > 0 ? sorted[i]! - sorted[i - 1]! : isLone ? sorted[i]! - low : 0;
    const right = i < widths.length - 1 ? sorted[i + 1]! - sorted[i]! : isLone ? high - sorted[i]! : 0;
    widths[i] = Math.min(high - low, Math.max(smallest, left, right));
  }
  return widths;
}

/**
 * ln(Φ(b) - Φ(a)) for a < b, exact in both tails.
 *
 * @example
 * logNormalMass(-1.96, 1.96) // ln 0.95
 */
export function logNormalMass(a: number, b: number): number {
  // The mirror image of the right tail lies in the left one, where nothing cancels.
  if (a > 0) return logNormalMass(-b, -a);
  if (b > 0) return Math.log1p(-normalCdf(a) - normalCdf(-b));
  const top = logNormalCdf(b);
  return top + log1mexp(logNormalCdf(a) - top);
}

/** A draw from the normal distribution around a centre in [0, 1], truncated to that range; more than a third of the draws for it stay. */
export function truncatedNormal(center: number, deviation: number, random: Generator): number {
  for (;;) {
    const x = center + deviation * random.normal();
    if (x >= 0 && x <= 1) return x;
  }
}

/**
 * Probability of a category under the kernel of an observation: (1[hit] + s) / (1 + s · categories), s = 1/(observations + 1).
 *
 * @example
 * categoryWeight(true, 3, 1) // 0.6
 */
export function categoryWeight(hit: boolean, categories: number, observations: number): number {
  const smoothing = 1 / (observations + 1);
  return ((hit ? 1 : 0) + smoothing) / (1 + smoothing * categories);
}
