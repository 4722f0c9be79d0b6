import {
  choleskyAppendRow,
  choleskyInPlace,
  choleskyInverse,
  LuthierError,
  solveLower,
  solveLowerRows,
  solveLowerTransposed,
} from '@luthier/core';
import type { Data } from './fit.ts';
import {
  centeredProduct,
  matern,
  maternSlope,
  numericFeatures,
  placesOf,
  squaredDistance,
  type Theta,
  trend,
  trendSlope,
} from './kernel.ts';
import { isWarped, kumaraswamySlopes, warpRows } from './warp.ts';

/** What the model believes after its observations. */
export interface Posterior {
  /** Mean and deviation of the noise-free function at rows; only means when `deviations` is absent. */
  predict(rows: Float64Array, count: number, means: Float64Array, deviations?: Float64Array): void;
  /** Means at rows, and deviations given the closest observation alone: no smaller than the true ones, at a fraction of their cost. */
  outline(rows: Float64Array, count: number, means: Float64Array, bounds: Float64Array): void;
  /** Covariance of the noise-free function at a row with that at each observation. */
  covariances(row: Float64Array): Float64Array;
  /** Mean and variance at one row, and their derivatives by each numeric feature. */
  gradient(
    row: Float64Array,
    byMean: Float64Array,
    byVariance: Float64Array,
  ): { mean: number; variance: number };
  /** Leave-one-out mean and deviation (noise included) of observation i. */
  leaveOneOut(): { readonly means: Float64Array; readonly deviations: Float64Array };
  /** Residual of the last observation, predicted from the others, in deviations. */
  newestResidual(): number;
  /**
   * The same belief with the variance that remains once the function is known at pending rows; the mean stays, because
   * each is fantasised at its own mean.
   */
  withPending(rows: Float64Array, count: number): Posterior;
}

/** The belief of a Gaussian process with parameters theta given its data. Throws LU_GP_SINGULAR when K cannot be factored even with jitter. */
export function posterior(data: Data, theta: Theta): Posterior {
  const { features, count: n, y, repeats, extra } = data;
  const rows = warpRows(features, theta, data.rows, n);
  // Numeric features compare by squares; the others by equality.
  const numeric = numericFeatures(features);
  const mismatch = features.flatMap(({ kind }, k) => (kind === 'numeric' ? [] : [k]));
  const warps = isWarped(features, theta) ? numeric : [];
  const width = features.length;
  const places = placesOf(width);
  const weights = Float64Array.from(features, (_, k) => Math.exp(-2 * theta[k]!));
  const signal = Math.exp(theta[places.signal]!);
  const noise = Math.exp(theta[places.noise]!);
  const bend = Math.exp(theta[places.trend]!);
  const bendShare = bend * trend(0, numeric.length);
  // Distance and trend in one pass: most of the time of a suggestion goes by here.
  const covariance = (a: Float64Array, i: number, b: Float64Array, j: number): number => {
    let squared = 0;
    let product = 0;
    for (let q = 0; q < numeric.length; q++) {
      const k = numeric[q]!;
      const u = a[i + k]!;
      const v = b[j + k]!;
      squared += weights[k]! * (u - v) * (u - v);
      product += (u - 0.5) * (v - 0.5);
    }
    for (let q = 0; q < mismatch.length; q++) {
      const k = mismatch[q]!;
      if (a[i + k] !== b[j + k]) squared += weights[k]!;
    }
    const root = 1 + 4 * product;
    return signal * matern(squared) + bendShare * root * root;
  };
  const varianceAt = (at: Float64Array, i: number): number =>
    signal + bend * trend(centeredProduct(numeric, at, i, at, i), numeric.length);

  const matrix = new Float64Array(n * n);
  let factored = false;
  for (let attempt = 0; attempt < 6 && !factored; attempt++) {
    const jitter = attempt === 0 ? 0 : signal * 10 ** (attempt - 8);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        matrix[i * n + j] = covariance(rows, i * width, rows, j * width);
      }
      matrix[i * n + i] = varianceAt(rows, i * width) + noise / repeats[i]! + extra[i]! + jitter;
    }
    factored = choleskyInPlace(matrix, n);
  }
  if (!factored) {
    throw new LuthierError('LU_GP_SINGULAR', `the covariance of ${n} observations cannot be factored`, {
      fix: 'Report this study; the observations are not finite.',
    });
  }
  const alpha = y.slice();
  solveLower(matrix, n, alpha);
  solveLowerTransposed(matrix, n, alpha);

  const noises = Float64Array.from(repeats, (count, i) => noise / count + extra[i]!);
  const belief = (factor: Float64Array, all: Float64Array, size: number): Posterior => {
    const variances = Float64Array.from({ length: size }, (_, i) => varianceAt(all, i * width));
    const cross = (at: Float64Array, offset: number, out: Float64Array, to: number): void => {
      for (let i = 0; i < size; i++) out[to + i] = covariance(at, offset, all, i * width);
    };
    return {
      covariances: (row) => {
        const out = new Float64Array(n);
        const all = new Float64Array(size);
        cross(warpRows(features, theta, row, 1), 0, all, 0);
        out.set(all.subarray(0, n));
        return out;
      },
      outline: (plain, count, means, bounds) => {
        const at = warpRows(features, theta, plain, count);
        const covariances = new Float64Array(size);
        for (let c = 0; c < count; c++) {
          cross(at, c * width, covariances, 0);
          let mean = 0;
          let explained = 0;
          for (let i = 0; i < size; i++) {
            const k = covariances[i]!;
            if (i < n) mean += k * alpha[i]!;
            explained = Math.max(explained, (k * k) / (variances[i]! + (noises[i] ?? 0)));
          }
          means[c] = mean;
          bounds[c] = Math.sqrt(Math.max(signal * 1e-12, varianceAt(at, c * width) - explained));
        }
      },
      predict: (plain, count, means, deviations) => {
        const at = warpRows(features, theta, plain, count);
        const covariances = new Float64Array(count * size);
        for (let c = 0; c < count; c++) {
          cross(at, c * width, covariances, c * size);
          let mean = 0;
          for (let i = 0; i < n; i++) mean += covariances[c * size + i]! * alpha[i]!;
          means[c] = mean;
        }
        if (deviations === undefined) return;
        solveLowerRows(factor, size, covariances, count);
        for (let c = 0; c < count; c++) {
          let explained = 0;
          for (let i = 0; i < size; i++) explained += covariances[c * size + i]! ** 2;
          deviations[c] = Math.sqrt(Math.max(signal * 1e-12, varianceAt(at, c * width) - explained));
        }
      },
      gradient: (plain, byMean, byVariance) => {
        const row = warpRows(features, theta, plain, 1);
        const solved = new Float64Array(size);
        cross(row, 0, solved, 0);
        let mean = 0;
        for (let i = 0; i < n; i++) mean += solved[i]! * alpha[i]!;
        solveLower(factor, size, solved);
        let explained = 0;
        for (let i = 0; i < size; i++) explained += solved[i]! * solved[i]!;
        solveLowerTransposed(factor, size, solved);
        byMean.fill(0);
        byVariance.fill(0);
        for (let i = 0; i < size; i++) {
          const base = i * width;
          const slope = -signal * maternSlope(squaredDistance(features, weights, row, 0, all, base));
          const bending = bend * trendSlope(centeredProduct(numeric, row, 0, all, base), numeric.length);
          for (let q = 0; q < numeric.length; q++) {
            const k = numeric[q]!;
            const v = all[base + k]!;
            const change = slope * weights[k]! * (row[k]! - v) + bending * (v - 0.5);
            if (i < n) byMean[k] = byMean[k]! + change * alpha[i]!;
            byVariance[k] = byVariance[k]! - 2 * change * solved[i]!;
          }
        }
        const own = 2 * bend * trendSlope(centeredProduct(numeric, row, 0, row, 0), numeric.length);
        for (const k of numeric) byVariance[k] = byVariance[k]! + own * (row[k]! - 0.5);
        for (const [f, k] of warps.entries()) {
          const at = places.warp + 2 * f;
          const { byU } = kumaraswamySlopes(plain[k]!, Math.exp(theta[at]!), Math.exp(theta[at + 1]!));
          byMean[k] = byMean[k]! * byU;
          byVariance[k] = byVariance[k]! * byU;
        }
        return { mean, variance: Math.max(signal * 1e-12, varianceAt(row, 0) - explained) };
      },
      leaveOneOut: () => {
        const inverse = choleskyInverse(matrix, n);
        const means = new Float64Array(n);
        const deviations = new Float64Array(n);
        for (let i = 0; i < n; i++) {
          means[i] = y[i]! - alpha[i]! / inverse[i * n + i]!;
          deviations[i] = Math.sqrt(1 / inverse[i * n + i]!);
        }
        return { means, deviations };
      },
      // [K⁻¹] of the last row is 1 / L², so its leave-one-out residual is α·L.
      newestResidual: () => (n === 0 ? 0 : alpha[n - 1]! * matrix[n * n - 1]!),
      withPending: (plain, count) => {
        const pending = warpRows(features, theta, plain, count);
        const total = n + count;
        const wider = new Float64Array(total * total);
        const every = new Float64Array(total * width);
        every.set(rows);
        every.set(pending.subarray(0, count * width), n * width);
        for (let i = 0; i < n; i++) wider.set(matrix.subarray(i * n, i * n + i + 1), i * total);
        let kept = n;
        const row = new Float64Array(total + 1);
        for (let c = 0; c < count; c++) {
          for (let i = 0; i < kept; i++) row[i] = covariance(pending, c * width, every, i * width);
          // Without noise: a second trial beside a running one would only average its noise away.
          row[kept] = varianceAt(pending, c * width) * (1 + 1e-6);
          every.copyWithin(kept * width, (n + c) * width, (n + c + 1) * width);
          if (choleskyAppendRow(wider, kept, total, row)) kept += 1;
        }
        const packed = new Float64Array(kept * kept);
        for (let i = 0; i < kept; i++) packed.set(wider.subarray(i * total, i * total + i + 1), i * kept);
        return belief(packed, every, kept);
      },
    };
  };
  return belief(matrix, rows, n);
}
