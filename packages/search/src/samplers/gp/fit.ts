import { choleskyInPlace, choleskyInverse, lbfgs, solveLower, solveLowerTransposed } from '@luthier/core';
import type { Feature } from './geometry.ts';
import {
  numericFeatures,
  pairCount,
  pairDistances,
  pairProducts,
  placesOf,
  type Theta,
  trend,
  trendSlope,
} from './kernel.ts';
import { isWarped, kumaraswamySlopes, warpRows } from './warp.ts';

/** Observations of a standardised quantity. */
export interface Data {
  readonly features: readonly Feature[];
  /** Row-major, one row an observation. */
  readonly rows: Float64Array;
  readonly count: number;
  readonly y: Float64Array;
  /** The noise variance of observation i is σ²/repeats[i] + extra[i]. */
  readonly repeats: Float64Array;
  readonly extra: Float64Array;
  /** Whether the values are believed to vary little when they are measured again: the noise has a prior of its own. */
  readonly isQuiet?: boolean;
}

const LENGTH = { min: Math.log(0.025), max: Math.log(30) };
const SIGNAL = { min: Math.log(0.002), max: Math.log(100) };
const NOISE = { min: Math.log(1e-6), max: Math.log(2) };
/** Variances of ln ℓ: of what all length scales share, and of what is each one's own. */
const SHARED = 2.7;
const OWN = 0.3;
/**
 * What all share has less variance where it is short of the middle, the less the more numbers there are: a few trials of many numbers are
 * far apart, so that nothing tells a rough function from noise, and where all lengths are short nothing is learned from any of them.
 */
const SHORT = 0.15;
function sharedVariance(width: number, middle: number): number {
  return middle < 0 ? Math.max(SHORT, SHARED * Math.min(1, 2 / width) ** 3) : SHARED;
}

/** Mean and variance of ln σ² of the noise. */
const OPEN = { mean: -4, variance: 4 };
/**
 * Of noise that is believed to be little: the middle of a Cauchy density of scale 1. Its tails let data speak that are rough after all; under
 * a normal density length scales would shrink until every observation stood alone, and nothing was learned from any.
 */
const QUIET = -9;
const TREND = { min: Math.log(1e-6), max: Math.log(100) };
/** Mean and variance of ln σ_t² of the trend: little of it unless the data call for more. */
const BEND = { mean: -4, variance: 4 };
/** ln of both exponents of a warp, and the variance of its prior around 0. */
const WARP = { min: Math.log(0.2), max: Math.log(5) };
const WARP_VARIANCE = 0.09;
const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);
const SQRT5 = Math.sqrt(5);

/**
 * A start of the fit: every length scale `factor`·√D; 0.205 is the mode of the prior.
 */
export function startTheta(features: readonly Feature[], factor: number, isQuiet = false): Theta {
  const length = Math.log(factor * Math.sqrt(Math.max(1, features.length)));
  return [...features.map(() => length), 0, isQuiet ? QUIET : OPEN.mean, BEND.mean];
}

/**
 * -ln density of the length scales up to a constant; its derivatives are added to the gradient. The covariance of ln ℓ is OWN I + s 11ᵀ:
 * their mean has the variance OWN/D + s, the differences from it have OWN; s is SHARED, or less where the mean is short (a split normal).
 */
function lengthPrior(
  theta: ArrayLike<number>,
  width: number,
  center: number,
  gradient: Float64Array,
): number {
  let middle = 0;
  for (let k = 0; k < width; k++) middle += (theta[k]! - center) / width;
  const variance = OWN / width + sharedVariance(width, middle);
  let value = (middle * middle) / (2 * variance);
  for (let k = 0; k < width; k++) {
    const own = theta[k]! - center - middle;
    value += (own * own) / (2 * OWN);
    gradient[k]! += own / OWN + middle / (width * variance);
  }
  return value;
}

/** The negative log posterior of theta up to a constant, and its gradient; Infinity where K is not positive definite. */
export type NegativeLogPosterior = (theta: ArrayLike<number>, gradient: Float64Array) => number;

/**
 * -ln p(y | θ) - ln p(θ) of a zero-mean Gaussian process with ARD Matern-5/2 and a quadratic trend.
 *
 * Priors: each ℓ ~ LogNormal(√2 + ½ ln D, √3), a density over ℓ, the same as ln ℓ ~ N(√2 + ½ ln D - 3, √3) (Hvarfner 2024); nine tenths of
 * the variance of ln ℓ are shared by all, so that few trials do not make one parameter look as if it did not matter, and of many numbers
 * what is shared is rarely short. ln σ_f² ~ N(0, 1);
 * ln σ_n² ~ N(-4, 2), of quiet data Cauchy(-9, 1), so that what a few trials leave unexplained counts as structure, and many are needed to call it noise; ln σ_t² ~ N(-4, 2) of the
 * trend; ln a, ln b ~ N(0, 0.3) of a Kumaraswamy warp, where theta has one.
 * Gradient: ½ tr((ααᵀ - K⁻¹) ∂K/∂θ) (Rasmussen and Williams 2006, equation 5.9).
 */
export function negativeLogPosterior(data: Data): NegativeLogPosterior {
  const { features, count: n, y, repeats, extra } = data;
  const width = features.length;
  const places = placesOf(width);
  const pairs = pairCount(n);
  const numeric = numericFeatures(features);
  const plain = pairDistances(features, data.rows, n);
  const plainProducts = pairProducts(features, data.rows, n);
  // Everything below is written anew at every theta; it is kept because to collect it takes longer than to fill it.
  let moved: { readonly distances: readonly Float64Array[]; readonly products: Float64Array } | undefined;
  const byPoint = new Float64Array(n);
  const byBend = new Float64Array(n);
  const squared = new Float64Array(pairs);
  const correlation = new Float64Array(pairs);
  const slope = new Float64Array(pairs);
  const bending = new Float64Array(pairs + n);
  const matrix = new Float64Array(n * n);
  const room = { columns: new Float64Array(n * n), inverse: new Float64Array(n * n) };
  const alpha = new Float64Array(n);
  const center = Math.SQRT2 + 0.5 * Math.log(Math.max(1, width)) - 3;

  return (theta, gradient) => {
    const moves = isWarped(features, theta);
    const rows = warpRows(features, theta, data.rows, n);
    if (moves) {
      moved = {
        distances: pairDistances(features, rows, n, moved?.distances),
        products: pairProducts(features, rows, n, moved?.products),
      };
    }
    const distances = moves ? moved!.distances : plain;
    const products = moves ? moved!.products : plainProducts;
    squared.fill(0);
    for (let k = 0; k < width; k++) {
      const weight = Math.exp(-2 * theta[k]!);
      const distance = distances[k]!;
      for (let p = 0; p < pairs; p++) squared[p] = squared[p]! + weight * distance[p]!;
    }
    const signal = Math.exp(theta[places.signal]!);
    const noise = Math.exp(theta[places.noise]!);
    const bend = Math.exp(theta[places.trend]!);
    for (let i = 0, p = 0; i < n; i++) {
      const at = i * n;
      for (let j = 0; j < i; j++, p++) {
        const r2 = squared[p]!;
        const root = SQRT5 * Math.sqrt(r2);
        const decay = signal * Math.exp(-root);
        const near = (1 + root + (5 / 3) * r2) * decay;
        correlation[p] = near;
        slope[p] = (5 / 3) * (1 + root) * decay;
        matrix[at + j] = near + bend * trend(products[p]!, numeric.length);
      }
      const own = signal + bend * trend(products[pairs + i]!, numeric.length);
      matrix[at + i] = own + noise / repeats[i]! + extra[i]!;
    }
    if (!choleskyInPlace(matrix, n)) return Number.POSITIVE_INFINITY;
    alpha.set(y);
    solveLower(matrix, n, alpha);
    let value = n * HALF_LN_2PI;
    for (let i = 0; i < n; i++) value += 0.5 * alpha[i]! * alpha[i]! + Math.log(matrix[i * n + i]!);
    solveLowerTransposed(matrix, n, alpha);
    const inverse = choleskyInverse(matrix, n, n, room);

    let bySignal = 0;
    let byNoise = 0;
    let byTrend = 0;
    for (let i = 0, p = 0; i < n; i++) {
      const at = i * n;
      const ai = alpha[i]!;
      for (let j = 0; j < i; j++, p++) {
        const g = ai * alpha[j]! - inverse[at + j]!;
        bySignal += g * correlation[p]!;
        slope[p] = slope[p]! * g;
        byTrend += g * trend(products[p]!, numeric.length);
        if (moves) bending[p] = g * bend * trendSlope(products[p]!, numeric.length);
      }
      const g = ai * ai - inverse[at + i]!;
      bySignal += 0.5 * g * signal;
      byNoise += (0.5 * g * noise) / repeats[i]!;
      byTrend += 0.5 * g * trend(products[pairs + i]!, numeric.length);
      if (moves) bending[pairs + i] = g * bend * trendSlope(products[pairs + i]!, numeric.length);
    }
    for (let k = 0; k < width; k++) {
      const distance = distances[k]!;
      let sum = 0;
      for (let p = 0; p < pairs; p++) sum += slope[p]! * distance[p]!;
      gradient[k] = -sum * Math.exp(-2 * theta[k]!);
    }
    value += lengthPrior(theta, width, center, gradient);
    if (moves) {
      for (const [f, k] of numeric.entries()) {
        const weight = Math.exp(-2 * theta[k]!);
        byPoint.fill(0);
        byBend.fill(0);
        for (let i = 0, p = 0; i < n; i++) {
          const u = rows[i * width + k]!;
          let own = 0;
          let pulled = bending[pairs + i]! * (u - 0.5);
          for (let j = 0; j < i; j++, p++) {
            const v = rows[j * width + k]!;
            const pull = slope[p]! * (u - v);
            own += pull;
            byPoint[j]! -= pull;
            pulled += bending[p]! * (v - 0.5);
            byBend[j]! += bending[p]! * (u - 0.5);
          }
          byPoint[i]! += own;
          byBend[i]! += pulled;
        }
        const at = places.warp + 2 * f;
        const [lnA, lnB] = [theta[at]!, theta[at + 1]!];
        let byA = lnA / WARP_VARIANCE;
        let byB = lnB / WARP_VARIANCE;
        for (let i = 0; i < n; i++) {
          const slopes = kumaraswamySlopes(data.rows[i * width + k]!, Math.exp(lnA), Math.exp(lnB));
          const byU = weight * byPoint[i]! - byBend[i]!;
          byA += byU * slopes.byA;
          byB += byU * slopes.byB;
        }
        value += (lnA * lnA + lnB * lnB) / (2 * WARP_VARIANCE);
        gradient[at] = byA;
        gradient[at + 1] = byB;
      }
    }
    const s = theta[places.signal]!;
    const v = theta[places.noise]! - (data.isQuiet ? QUIET : OPEN.mean);
    const t = theta[places.trend]! - BEND.mean;
    value += 0.5 * s * s + (0.5 * t * t) / BEND.variance;
    value += data.isQuiet ? Math.log1p(v * v) : (0.5 * v * v) / OPEN.variance;
    gradient[places.signal] = -bySignal + s;
    gradient[places.noise] = -byNoise + (data.isQuiet ? (2 * v) / (1 + v * v) : v / OPEN.variance);
    gradient[places.trend] = -bend * byTrend + t / BEND.variance;
    return value;
  };
}

/** Iterations that a fit may take: 40 up to 120 observations, then fewer as each costs more (n³). */
export function evaluationsFor(count: number): number {
  return Math.max(4, Math.min(40, Math.round(40 * (120 / Math.max(1, count)) ** 3)));
}

// Theta is written into the log with every suggestion, and is not known any better.
const DIGITS = 5;

/** What a fit found: theta and its negative log posterior. */
export interface Fit {
  readonly theta: Theta;
  readonly value: number;
}

/** The most probable theta over several starts of one length, by L-BFGS within bounds; ties go to the earlier start. */
export function fit(data: Data, starts: readonly Theta[], iterations = 40): Fit {
  const objective = negativeLogPosterior(data);
  const { noise } = placesOf(data.features.length);
  const bounds = [...data.features.map(() => LENGTH), SIGNAL, NOISE, TREND];
  while (bounds.length < starts[0]!.length) bounds.push(WARP);
  const options = {
    lower: bounds.map(({ min }) => min),
    upper: bounds.map(({ max }) => max),
    iterations,
    gradientTolerance: 1e-2,
    valueTolerance: 1e-4,
  };
  let best: Fit = { theta: starts[0]!, value: Number.POSITIVE_INFINITY };
  const scratch = new Float64Array(bounds.length);
  for (const start of starts) {
    const inside = Float64Array.from(start, (value, i) =>
      Math.min(options.upper[i]!, Math.max(options.lower[i]!, value)),
    );
    // Replicates with almost no noise can make K singular at a start; more noise mends it.
    let first = objective(inside, scratch);
    while (!Number.isFinite(first) && inside[noise]! < NOISE.max) {
      inside[noise] = Math.min(NOISE.max, inside[noise]! + 2);
      first = objective(inside, scratch);
    }
    if (!Number.isFinite(first)) continue;
    const { x, value } = lbfgs(objective, inside, options);
    if (value < best.value - 1e-9)
      best = { theta: Array.from(x, (number) => Number(number.toFixed(DIGITS))), value };
  }
  return best;
}
