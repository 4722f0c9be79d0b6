import { erfcx, log1mexp, logNormalCdf, logNormalPdf, normalCdf } from '@luthier/core';

const HALF_LN_HALF_PI = 0.5 * Math.log(Math.PI / 2);
const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * ln(φ(u) + u Φ(u)), exact from -1e150 up.
 *
 * Reference: Ament 2023, "Unexpected improvements to expected improvement", equations 9 and 14.
 *
 * @example
 * logImprovement(0) // -½ ln 2π
 */
export function logImprovement(u: number): number {
  if (u > -1) return Math.log(Math.exp(logNormalPdf(u)) + u * normalCdf(u));
  if (u > -1e6) {
    return logNormalPdf(u) + log1mexp(Math.log(-u * erfcx(-u * Math.SQRT1_2)) + HALF_LN_HALF_PI);
  }
  return -0.5 * u * u - HALF_LN_2PI - 2 * Math.log(-u);
}

/** ln of the expected improvement over `incumbent` (maximised) of a normal belief: ln h((μ - f)/σ) + ln σ. */
export function logExpectedImprovement(mean: number, deviation: number, incumbent: number): number {
  return logImprovement((mean - incumbent) / deviation) + Math.log(deviation);
}

/**
 * ln(1 - σ_n/√(σ² + σ_n²)), and its derivative by σ: what expected improvement is worth where noise of deviation σ_n hides most of what a
 * trial can tell. 0 without noise. Without it a search that takes fine structure for noise would measure one place again and again.
 *
 * Reference: Huang 2006, "Global optimization of stochastic black-box systems via sequential kriging meta-models", equation 13.
 */
export function logNewsShare(
  deviation: number,
  noise: number,
): { readonly value: number; readonly slope: number } {
  if (noise === 0) return { value: 0, slope: 0 };
  const total = Math.hypot(deviation, noise);
  // 1 - σ_n/s = σ²/(s (s + σ_n)), without cancellation.
  return {
    value: 2 * Math.log(deviation) - Math.log(total) - Math.log(total + noise),
    slope: 2 / deviation - deviation / total ** 2 - deviation / (total * (total + noise)),
  };
}

/** d ln h / du = Φ(u)/h(u). */
export function logImprovementSlope(u: number): number {
  return Math.exp(logNormalCdf(u) - logImprovement(u));
}
