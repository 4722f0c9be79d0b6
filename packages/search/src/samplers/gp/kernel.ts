import type { Feature } from './geometry.ts';

/**
 * Parameters of the model: ln of the length scale of each feature, then ln of the variances of signal, noise and trend, then ln of the
 * exponents of a warp, where there is one.
 */
export type Theta = readonly number[];

/** Where they stand in theta behind the length scales of `width` features. */
export function placesOf(width: number): {
  readonly signal: number;
  readonly noise: number;
  readonly trend: number;
  readonly warp: number;
} {
  return { signal: width, noise: width + 1, trend: width + 2, warp: width + 3 };
}

const SQRT5 = Math.sqrt(5);

/**
 * Matern-5/2 correlation by squared scaled distance: (1 + √5 r + 5/3 r²) e^(-√5 r).
 *
 * Reference: Rasmussen and Williams 2006, equation 4.17.
 */
export function matern(squared: number): number {
  const root = SQRT5 * Math.sqrt(squared);
  return (1 + root + (5 / 3) * squared) * Math.exp(-root);
}

/** -2 d matern / d(r²) = 5/3 (1 + √5 r) e^(-√5 r), finite at 0. */
export function maternSlope(squared: number): number {
  const root = SQRT5 * Math.sqrt(squared);
  return (5 / 3) * (1 + root) * Math.exp(-root);
}

/** The features that are numbers. */
export function numericFeatures(features: readonly Feature[]): readonly number[] {
  return features.flatMap(({ kind }, k) => (kind === 'numeric' ? [k] : []));
}

/** Σ (u_k - ½)(v_k - ½) over the numbers of two rows, what the trend depends on. */
export function centeredProduct(
  numeric: readonly number[],
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
): number {
  let sum = 0;
  for (let q = 0; q < numeric.length; q++) {
    const k = numeric[q]!;
    sum += (a[i + k]! - 0.5) * (b[j + k]! - 0.5);
  }
  return sum;
}

/**
 * Covariance of a quadratic trend of `count` numbers: (1 + 4 p)²/(2 D) of a centered product p, about 1 on average over the cube. All
 * products of two coordinates are among its features, so it sees valleys that run across the axes, which no length scales can.
 *
 * Reference: Rasmussen and Williams 2006, equation 4.27 (inhomogeneous polynomial of degree 2).
 */
export function trend(product: number, count: number): number {
  return (1 + 4 * product) ** 2 / (2 * Math.max(1, count));
}

/** Its derivative by the product. */
export function trendSlope(product: number, count: number): number {
  return (4 * (1 + 4 * product)) / Math.max(1, count);
}

/** The number of pairs of rows; pair (i, j), j < i, is at i(i - 1)/2 + j. */
export function pairCount(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Squared differences of all pairs of rows, one array a feature; written into `out` where it is given. */
export function pairDistances(
  features: readonly Feature[],
  rows: Float64Array,
  count: number,
  out: readonly Float64Array[] = features.map(() => new Float64Array(pairCount(count))),
): readonly Float64Array[] {
  const width = features.length;
  for (let k = 0; k < width; k++) {
    const distances = out[k]!;
    const isNumeric = features[k]!.kind === 'numeric';
    for (let i = 1, p = 0; i < count; i++) {
      const a = rows[i * width + k]!;
      for (let j = 0; j < i; j++, p++) {
        const d = a - rows[j * width + k]!;
        distances[p] = isNumeric ? d * d : d === 0 ? 0 : 1;
      }
    }
  }
  return out;
}

/** Centered products of all pairs of rows, and behind them of each row with itself; written into `out` where it is given. */
export function pairProducts(
  features: readonly Feature[],
  rows: Float64Array,
  count: number,
  out: Float64Array = new Float64Array(pairCount(count) + count),
): Float64Array {
  const width = features.length;
  const numeric = numericFeatures(features);
  const pairs = pairCount(count);
  for (let i = 0, p = 0; i < count; i++) {
    const a = i * width;
    for (let j = 0; j < i; j++, p++) out[p] = centeredProduct(numeric, rows, a, rows, j * width);
    out[pairs + i] = centeredProduct(numeric, rows, a, rows, a);
  }
  return out;
}

/** Squared scaled distance of two rows. */
export function squaredDistance(
  features: readonly Feature[],
  weights: Float64Array,
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    const d = a[i + k]! - b[j + k]!;
    if (d !== 0) sum += weights[k]! * (features[k]!.kind === 'numeric' ? d * d : 1);
  }
  return sum;
}
