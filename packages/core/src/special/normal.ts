import { erfc, erfcx } from './erf.ts';

const HALF_LN_2PI = 0.9189385332046728;
const SQRT_2PI = 2.5066282746310007;

/** ln of the standard normal density, -x²/2 - ½ ln 2π. */
export function logNormalPdf(x: number): number {
  return -0.5 * x * x - HALF_LN_2PI;
}

/**
 * The standard normal distribution function Φ(x), to about 1e-14 relative in both tails.
 *
 * @example
 * normalCdf(-1.959963984540054) // 0.025
 */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/**
 * ln Φ(x), finite down to -1e150.
 *
 * @example
 * logNormalCdf(-40) // -804.6...
 */
export function logNormalCdf(x: number): number {
  if (x < -1) return -0.5 * x * x + Math.log(0.5 * erfcx(-x * Math.SQRT1_2));
  return Math.log1p(-0.5 * erfc(x * Math.SQRT1_2));
}

const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

/** Quantile of p in (0, ½]: Acklam's rational start, then Halley steps on ln Φ, which converge in the far tail too. */
function lowerQuantile(p: number): number {
  let x: number;
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    x =
      (((((C[0]! * q + C[1]!) * q + C[2]!) * q + C[3]!) * q + C[4]!) * q + C[5]!) /
      ((((D[0]! * q + D[1]!) * q + D[2]!) * q + D[3]!) * q + 1);
  } else {
    const q = p - 0.5;
    const r = q * q;
    x =
      ((((((A[0]! * r + A[1]!) * r + A[2]!) * r + A[3]!) * r + A[4]!) * r + A[5]!) * q) /
      (((((B[0]! * r + B[1]!) * r + B[2]!) * r + B[3]!) * r + B[4]!) * r + 1);
  }
  for (let i = 0; i < 2; i++) {
    // (Φ(x) - p) / φ(x), by the scaled function so that nothing underflows.
    const ratio = 0.5 * SQRT_2PI * erfcx(-x * Math.SQRT1_2);
    const excess = p < 1e-290 ? Math.expm1(Math.log(p) - logNormalCdf(x)) : p / normalCdf(x) - 1;
    const step = -excess * ratio;
    x -= step / (1 + 0.5 * x * step);
  }
  return x;
}

/**
 * The standard normal quantile Φ⁻¹(p), to about 1e-14 relative; ∓Infinity at 0 and 1, NaN outside.
 *
 * Reference: P. J. Acklam's rational approximation, refined by Halley's method.
 *
 * @example
 * normalQuantile(0.975) // 1.959963984540054
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p === 0.5) return 0;
  return p < 0.5 ? lowerQuantile(p) : -lowerQuantile(1 - p);
}
