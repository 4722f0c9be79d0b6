/**
 * The error function to about 1e-15.
 *
 * `erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!`: all terms have one sign, so nothing cancels.
 * Reference: Abramowitz and Stegun 7.1.6.
 *
 * @example
 * erfValue(1) // 0.8427007929497149
 */
export function erfValue(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
