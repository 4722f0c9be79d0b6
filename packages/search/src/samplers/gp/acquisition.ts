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

/** d ln h / du = Φ(u)/h(u). */
export function logImprovementSlope(u: number): number {
  return Math.exp(logNormalCdf(u) - logImprovement(u));
}
