import type { Feature } from './geometry.ts';
import { numericFeatures, placesOf, type Theta } from './kernel.ts';

/** Kumaraswamy's distribution function, 1 - (1 - u^a)^b, an increasing map of [0, 1] onto itself; outside of it nothing moves. */
export function kumaraswamy(u: number, a: number, b: number): number {
  return u < 0 || u > 1 ? u : 1 - (1 - u ** a) ** b;
}

// The slopes may be infinite at the very ends.
const END = 1e-6;

/** Its derivatives by u, ln a and ln b. */
export function kumaraswamySlopes(
  u: number,
  a: number,
  b: number,
): { readonly byU: number; readonly byA: number; readonly byB: number } {
  if (u < 0 || u > 1) return { byU: 1, byA: 0, byB: 0 };
  const x = Math.min(1 - END, Math.max(END, u));
  const power = x ** a;
  const rest = 1 - power;
  const tail = rest ** (b - 1);
  return {
    byU: a * b * (power / x) * tail,
    byA: a * b * tail * power * Math.log(x),
    byB: -b * tail * rest * Math.log(rest),
  };
}

/** Whether theta has the exponents of a warp behind its other numbers. */
export function isWarped(features: readonly Feature[], theta: ArrayLike<number>): boolean {
  return theta.length > placesOf(features.length).warp;
}

/** Theta with a warp that changes nothing. */
export function withWarp(features: readonly Feature[], theta: Theta): Theta {
  if (isWarped(features, theta)) return theta;
  return [...theta, ...numericFeatures(features).flatMap(() => [0, 0])];
}

/** Rows with each number moved by the warp of theta; the same rows when it has none. */
export function warpRows(
  features: readonly Feature[],
  theta: ArrayLike<number>,
  rows: Float64Array,
  count: number,
): Float64Array {
  if (!isWarped(features, theta)) return rows;
  const width = features.length;
  const out = rows.slice(0, count * width);
  for (const [f, k] of numericFeatures(features).entries()) {
    const a = Math.exp(theta[placesOf(width).warp + 2 * f]!);
    const b = Math.exp(theta[placesOf(width).warp + 2 * f + 1]!);
    for (let at = k; at < out.length; at += width) out[at] = kumaraswamy(out[at]!, a, b);
  }
  return out;
}
