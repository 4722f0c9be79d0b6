/**
 * ln(1 - e^w) for w <= 0 without cancellation; NaN above 0.
 *
 * Reference: Mächler 2012, "Accurately computing log(1 - exp(-|a|))".
 *
 * @example
 * log1mexp(-1e-20) // -46.05...
 */
export function log1mexp(w: number): number {
  return w > -Math.LN2 ? Math.log(-Math.expm1(w)) : Math.log1p(-Math.exp(w));
}

/**
 * ln Σ e^vᵢ without overflow; -Infinity for no values.
 *
 * @example
 * logSumExp([1000, 1000]) // 1000.69...
 */
export function logSumExp(values: ArrayLike<number>): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return Number.NaN;
    if (value > top) top = value;
  }
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - top);
  return top + Math.log(sum);
}
