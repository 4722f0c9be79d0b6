const HALF_LN_2PI = 0.9189385332046728;
// Stirling series: B₂ₖ / (2k(2k - 1)).
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];

/**
 * ln |Γ(x)| for real x; Infinity at 0 and the negative integers. Error below 1e-13, relative or absolute.
 *
 * Recurrence up to 10, then Stirling's series (DLMF 5.11.1); reflection for x < ½ (DLMF 5.5.3).
 *
 * @example
 * logGamma(10) // ln 9! = 12.801827480081469
 */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let shifted = x;
  let product = 1;
  while (shifted < 10) {
    product *= shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) series = series * square + STIRLING[i]!;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LN_2PI + series * inverse - Math.log(product);
}
