import { LuthierError, type RandomKey, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import {
  type CentredData,
  type ClusterFitOptions,
  type Clustering,
  type FittedKMeans,
  fittedClusters,
  readClusterData,
} from './clustering.ts';
import { elkanAssign, fullAssign } from './elkan.ts';
import { iterate, type Run } from './lloyd.ts';
import { type Matrix, requireWidth, subtract, toMatrix } from './matrix.ts';
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
   * How the nearest centres are found: `lloyd` computes every distance, `elkan` keeps bounds that spare many of them and
   * takes memory for n * k numbers. Both take the same way, but for ties within rounding. Default `elkan`.
   */
  readonly algorithm?: 'lloyd' | 'elkan';
  /** Seed of the starts. Default 0. */
  readonly seed?: number;
}

const CODE = 'LU_KMEANS_OPTION';
const ALGORITHMS = { lloyd: fullAssign, elkan: elkanAssign } as const;

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

/** Over the columns of centred data: the sum of squares is that of the rows' lengths. */
function meanVariance({ matrix, norms }: CentredData): number {
  return norms.reduce((sum, norm) => sum + norm, 0) / (matrix.rows * matrix.columns);
}

/**
 * Clusters of samples around k centres by Lloyd's iteration, minimizing the sum of squared distances to the centres.
 *
 * A start ends when no label changes, when the centres hardly move, or after `maxIterations`; labels always match the
 * centres. Empty clusters move to the samples farthest from their centres; with fewer different samples than clusters
 * some stay empty. Same seed, same result. Memory: a float64 copy of the data. Defaults and semantics of scikit-learn's
 * `KMeans`: k 8, k-means++, 300 iterations, tolerance 1e-4; only the algorithm differs (there `lloyd`).
 *
 * Reference: Lloyd 1982; Elkan 2003; Arthur and Vassilvitskii 2007.
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
  const createAssign = requireName(CODE, kind, 'algorithm', options.algorithm ?? 'elkan', ALGORITHMS);
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
    const limit = tolerance * meanVariance(data);
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
