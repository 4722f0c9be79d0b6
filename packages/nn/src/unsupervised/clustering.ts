import { LuthierError } from '@luthier/core';
import type { Tensor } from '../data/dataset.ts';
import { refuseUnknown } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import { columnMeans, type Matrix, requireWidth, squaredNorms, subtract, toMatrix } from './matrix.ts';
import { assignNearest, eachBlock, inertiaOf, packCentres } from './nearest-centre.ts';

/** Options of `fit`. */
export interface ClusterFitOptions {
  /** Weight of every sample, not negative. Default 1 each. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** What k-means found. */
export interface FittedKMeans {
  /** Float64 of shape [k, values of a sample]. */
  readonly centres: Tensor;
  /** The cluster of every fitted sample. */
  readonly labels: Int32Array;
  /** Weighted sum of squared distances to the own centres. */
  readonly inertia: number;
  /** Iterations of the best start. */
  readonly iterations: number;
  /** The nearest centre of every sample. */
  readonly predict: (x: TensorLike) => Int32Array;
  /** Euclidean distances, float64 of shape [n, k]. */
  readonly distances: (x: TensorLike) => Tensor;
  /** Negative inertia of other samples: higher is better. */
  readonly score: (x: TensorLike) => number;
}

/** A clustering to be fitted. */
export interface Clustering {
  readonly kind: string;
  readonly fit: (x: TensorLike, options?: ClusterFitOptions) => FittedKMeans;
}

const CODE = 'LU_KMEANS_OPTION';

/** Samples moved to their mean, which keeps the distance formula accurate far from the origin. */
export interface CentredData {
  readonly matrix: Matrix;
  readonly norms: Float64Array;
  readonly offset: Float64Array;
  readonly weights: Float64Array;
}

/** Reads samples and weights for clustering into k clusters. */
export function readClusterData(
  kind: string,
  x: TensorLike,
  k: number,
  options: ClusterFitOptions,
): CentredData {
  refuseUnknown(CODE, `${kind}.fit`, options, ['sampleWeight']);
  const matrix = toMatrix(`${kind}: x`, x);
  if (matrix.rows < k) {
    throw new LuthierError('LU_KMEANS_FEW', `${kind}: ${matrix.rows} samples cannot form ${k} clusters`, {
      fix: `Use k of at most ${matrix.rows}, or give more samples.`,
      where: 'k',
    });
  }
  const given = options.sampleWeight;
  const weights = given === undefined ? new Float64Array(matrix.rows).fill(1) : Float64Array.from(given);
  if (weights.length !== matrix.rows) {
    throw new LuthierError(
      'LU_KMEANS_WEIGHT',
      `${kind}: ${weights.length} weights for ${matrix.rows} samples`,
      {
        fix: 'Give the weight of every sample.',
        where: 'sampleWeight',
      },
    );
  }
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad !== -1 || !weights.some((weight) => weight > 0)) {
    const what = bad === -1 ? 'all weights are 0' : `the weight of sample ${bad} is ${weights[bad]}`;
    throw new LuthierError('LU_KMEANS_WEIGHT', `${kind}: ${what}`, {
      fix: 'Give finite weights that are not negative, one of them positive.',
      where: 'sampleWeight',
    });
  }
  const offset = columnMeans(matrix);
  subtract(matrix, offset);
  return { matrix, norms: squaredNorms(matrix), offset, weights };
}

/** What a clustering returns, with its functions for other samples. */
export function fittedClusters(
  kind: string,
  offset: Float64Array,
  centred: Matrix,
  found: { readonly labels: Int32Array; readonly inertia: number; readonly iterations: number },
): FittedKMeans {
  const k = centred.rows;
  const read = (x: TensorLike): { matrix: Matrix; norms: Float64Array } => {
    const matrix = toMatrix(`${kind}: x`, x);
    requireWidth(kind, matrix.columns, offset.length);
    subtract(matrix, offset);
    return { matrix, norms: squaredNorms(matrix) };
  };
  const assign = ({ matrix, norms }: { matrix: Matrix; norms: Float64Array }): Int32Array => {
    const labels = new Int32Array(matrix.rows);
    assignNearest(matrix, norms, centred, labels);
    return labels;
  };
  const centres = centred.data.map((value, i) => value + offset[i % offset.length]!);
  return {
    centres: { data: centres, shape: [k, offset.length] },
    ...found,
    predict: (x) => assign(read(x)),
    distances: (x) => {
      const { matrix, norms } = read(x);
      const data = new Float64Array(matrix.rows * k);
      eachBlock(matrix, norms, packCentres(centred), (start, count, distances, lanes) => {
        for (let i = 0; i < count; i++) {
          for (let c = 0; c < k; c++) data[(start + i) * k + c] = Math.sqrt(distances[i * lanes + c]!);
        }
      });
      return { data, shape: [matrix.rows, k] };
    },
    score: (x) => {
      const samples = read(x);
      const weights = new Float64Array(samples.matrix.rows).fill(1);
      return -inertiaOf(samples.matrix, centred, assign(samples), weights);
    },
  };
}
