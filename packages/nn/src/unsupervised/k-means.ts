import { LuthierError, type RandomKey, randomKey } from '@luthier/core';
import type { Tensor } from '../data/dataset.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import { type Assign, elkanAssign, fullAssign } from './elkan.ts';
import { columnMeans, type Matrix, requireWidth, squaredNorms, subtract, toMatrix } from './matrix.ts';
import { assignNearest, distancesToOwn, eachBlock, inertiaOf, packCentres } from './nearest-centre.ts';
import { plusPlusCentres, randomCentres } from './seeding.ts';

/** Options of `kMeans`. */
export interface KMeansOptions {
  /** Number of clusters. Default 8. */
  readonly k?: number;
  /** Where centres begin: greedy k-means++, random rows, or given centres [k, ...]. Default `kMeans++`. */
  readonly init?: 'kMeans++' | 'random' | TensorLike;
  /** Starts of which the best is kept. Default 10 for `random`, else 1. */
  readonly nInit?: number;
  /** Most iterations of one start. Default 300. */
  readonly maxIterations?: number;
  /** Ends a start when the summed squared shift of the centres is at most this times the mean variance of a column. Default 1e-4. */
  readonly tolerance?: number;
  /**
   * How the nearest centres are found: by every distance, or with bounds that spare most of them (the same result but for
   * ties within rounding; memory for n * k numbers more). Default `lloyd`.
   */
  readonly algorithm?: 'lloyd' | 'elkan';
  /** Seed of the starts. Default 0. */
  readonly seed?: number;
}

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
const ALGORITHMS = { lloyd: fullAssign, elkan: elkanAssign } as const;

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

/** Gives each empty cluster the sample farthest from its centre, taken from the cluster that had it. */
function fillEmpty(
  data: CentredData,
  old: Matrix,
  labels: Int32Array,
  sums: Float64Array,
  mass: Float64Array,
): void {
  const empty = Array.from(mass.keys()).filter((c) => mass[c] === 0);
  if (empty.length === 0) return;
  const { matrix, weights } = data;
  const { columns } = matrix;
  const distances = distancesToOwn(matrix, old, labels);
  const far = Array.from(distances.keys())
    .filter((row) => distances[row]! > 0 && weights[row]! > 0)
    .sort((a, b) => distances[b]! - distances[a]! || a - b);
  for (const [i, cluster] of empty.entries()) {
    const row = far[i];
    if (row === undefined) return;
    const weight = weights[row]!;
    const from = labels[row]!;
    for (let j = 0; j < columns; j++) {
      const moved = matrix.data[row * columns + j]! * weight;
      sums[cluster * columns + j] = moved;
      sums[from * columns + j]! -= moved;
    }
    mass[cluster] = weight;
    mass[from]! -= weight;
  }
}

/** The weighted means of the clusters. A cluster that stays empty keeps its centre. */
function meanCentres(data: CentredData, old: Matrix, labels: Int32Array): Matrix {
  const { matrix, weights } = data;
  const { columns, rows } = matrix;
  const sums = new Float64Array(old.data.length);
  const mass = new Float64Array(old.rows);
  for (let i = 0; i < rows; i++) {
    const weight = weights[i]!;
    const to = labels[i]! * columns;
    const from = i * columns;
    mass[labels[i]!]! += weight;
    for (let j = 0; j < columns; j++) sums[to + j]! += weight * matrix.data[from + j]!;
  }
  fillEmpty(data, old, labels, sums, mass);
  for (let c = 0; c < old.rows; c++) {
    const weight = mass[c]!;
    for (let j = c * columns; j < (c + 1) * columns; j++) {
      sums[j] = weight > 0 ? sums[j]! / weight : old.data[j]!;
    }
  }
  return { data: sums, rows: old.rows, columns };
}

interface Run {
  readonly centres: Matrix;
  readonly labels: Int32Array;
  readonly inertia: number;
  readonly iterations: number;
}

function squaredShift(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return sum;
}

function iterate(
  data: CentredData,
  start: Matrix,
  assign: Assign,
  maxIterations: number,
  tolerance: number,
): Run {
  const { matrix, weights } = data;
  let centres = start;
  let labels = new Int32Array(matrix.rows);
  let before = new Int32Array(matrix.rows).fill(-1);
  let areSettled = false;
  let iterations = 0;
  for (;;) {
    iterations += 1;
    assign(centres, labels);
    const next = meanCentres(data, centres, labels);
    const shift = squaredShift(centres, next);
    centres = next;
    areSettled = labels.every((label, i) => label === before[i]);
    if (areSettled || shift <= tolerance || iterations === maxIterations) break;
    [labels, before] = [before, labels];
  }
  if (!areSettled) assign(centres, labels);
  return { centres, labels, inertia: inertiaOf(matrix, centres, labels, weights), iterations };
}

/** The centres a start begins with. */
export function firstCentres(
  data: CentredData,
  k: number,
  init: 'kMeans++' | 'random' | Matrix,
  key: RandomKey,
): Matrix {
  if (init === 'kMeans++') return plusPlusCentres(data.matrix, data.norms, data.weights, k, key);
  if (init === 'random') return randomCentres(data.matrix, k, key);
  requireWidth('init', init.columns, data.matrix.columns);
  const centres = { ...init, data: init.data.slice() };
  subtract(centres, data.offset);
  return centres;
}

/** Checks where centres begin. */
export function readInit(
  kind: string,
  k: number,
  given: KMeansOptions['init'],
): 'kMeans++' | 'random' | Matrix {
  if (given === undefined) return 'kMeans++';
  if (given === 'kMeans++' || given === 'random') return given;
  if (typeof given === 'string') {
    throw new LuthierError(CODE, `${kind}: unknown init '${String(given)}'`, {
      fix: "Use 'kMeans++', 'random' or centres of shape [k, values of a sample].",
      where: 'init',
    });
  }
  const centres = toMatrix(`${kind}: init`, given);
  if (centres.rows === k) return centres;
  throw new LuthierError(CODE, `${kind}: init has ${centres.rows} centres, k is ${k}`, {
    fix: 'Give as many centres as clusters.',
    where: 'init',
  });
}

function meanVariance({ data, rows, columns }: Matrix): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return sum / (rows * columns);
}

/**
 * Clusters of samples around k centres by Lloyd's iteration, minimizing the sum of squared distances to the centres.
 *
 * A start ends when no label changes, when the centres hardly move, or after `maxIterations`; labels always match the
 * centres. Empty clusters move to the samples farthest from their centres; with fewer different samples than clusters
 * some stay empty. Same seed, same result. Memory: a float64 copy of the data. Defaults and semantics of scikit-learn's
 * `KMeans`: k 8, k-means++, 300 iterations, tolerance 1e-4.
 *
 * Reference: Lloyd 1982; Arthur and Vassilvitskii 2007.
 *
 * @throws LuthierError LU_KMEANS_OPTION; on fit LU_KMEANS_FEW, LU_KMEANS_WEIGHT and LU_DATA_*.
 *
 * @example
 * const { labels, inertia } = kMeans({ k: 10, nInit: 10 }).fit(images);
 */
export function kMeans(options: KMeansOptions = {}): Clustering {
  const kind = 'kMeans';
  refuseUnknown(CODE, kind, options, [
    'k',
    'init',
    'nInit',
    'maxIterations',
    'tolerance',
    'algorithm',
    'seed',
  ]);
  const k = requireNumber(CODE, kind, 'k', options.k ?? 8, ranges.count);
  const init = readInit(kind, k, options.init);
  const standard = init === 'random' ? 10 : 1;
  const nInit = requireNumber(CODE, kind, 'nInit', options.nInit ?? standard, ranges.count);
  const maxIterations = requireNumber(
    CODE,
    kind,
    'maxIterations',
    options.maxIterations ?? 300,
    ranges.count,
  );
  const tolerance = requireNumber(CODE, kind, 'tolerance', options.tolerance ?? 1e-4, ranges.notNegative);
  const seed = requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite);
  const createAssign = requireName(CODE, kind, 'algorithm', options.algorithm ?? 'lloyd', ALGORITHMS);
  if (typeof init !== 'string' && nInit > 1) {
    throw new LuthierError(
      CODE,
      `${kind}: nInit is ${nInit}, but given centres always lead to the same result`,
      {
        fix: 'Leave nInit out.',
        where: 'nInit',
      },
    );
  }
  const fit = (x: TensorLike, fitOptions: ClusterFitOptions = {}): FittedKMeans => {
    const data = readClusterData(kind, x, k, fitOptions);
    const limit = tolerance * meanVariance(data.matrix);
    let best: Run | undefined;
    for (let start = 0; start < nInit; start++) {
      const run = iterate(
        data,
        firstCentres(data, k, init, randomKey(seed, 'kMeans', start)),
        createAssign(data.matrix, data.norms),
        maxIterations,
        limit,
      );
      if (best === undefined || run.inertia < best.inertia) best = run;
    }
    const { centres, ...found } = best!;
    return fittedClusters(kind, data.offset, centres, found);
  };
  return { kind, fit };
}
