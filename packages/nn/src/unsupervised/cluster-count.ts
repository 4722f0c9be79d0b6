import { generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import { silhouette } from './cluster-scores.ts';
import { type KMeansOptions, kMeans } from './k-means.ts';
import { pickRows, toMatrix } from './matrix.ts';

function requireAscending(where: string, ks: readonly number[], fewest: 2 | 3): void {
  if (ks.length >= fewest && ks.every((k, i) => i === 0 || k > ks[i - 1]!)) return;
  const count = fewest === 3 ? 'three' : 'two';
  throw new LuthierError(
    'LU_CLUSTER_RANGE',
    `${where}: [${ks.join(', ')}] are not ${count} or more ascending numbers`,
    {
      fix: 'Give numbers of clusters such as [2, 3, 4, 5, 6].',
      where: 'ks',
    },
  );
}

/** Inertia against the number of clusters. */
export interface Elbow {
  readonly curve: readonly { readonly k: number; readonly inertia: number }[];
  /** The k where the curve bends most. */
  readonly k: number;
}

/**
 * The elbow of k-means: inertia for several k, and the k farthest below the straight line from the first to the last.
 *
 * Both axes are scaled to [0, 1] first; without any bend the first k is chosen. Options as for `kMeans`.
 * Reference: Satopaa et al. 2011 ("Kneedle").
 *
 * @throws LuthierError LU_CLUSTER_RANGE unless at least three ascending k are given, and those of `kMeans`.
 *
 * @example
 * elbow(x, [1, 2, 3, 4, 5, 6], { nInit: 5 }).k
 */
export function elbow(
  x: TensorLike,
  ks: readonly number[],
  options: Omit<KMeansOptions, 'k' | 'init'> = {},
): Elbow {
  requireAscending('elbow', ks, 3);
  const curve = ks.map((k) => ({ k, inertia: kMeans({ ...options, k }).fit(x).inertia }));
  const [first, last] = [curve[0]!, curve.at(-1)!];
  const fall = first.inertia - last.inertia;
  const depth = ({ k, inertia }: { k: number; inertia: number }): number =>
    fall === 0 ? 0 : 1 - (k - first.k) / (last.k - first.k) - (inertia - last.inertia) / fall;
  const best = curve.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  return { curve, k: best.k };
}

/** Mean silhouettes against the number of clusters. */
export interface SilhouetteCurve {
  readonly curve: readonly { readonly k: number; readonly silhouette: number }[];
  /** The k with the largest mean silhouette, the first of equals. */
  readonly k: number;
}

/** Options of `silhouetteCurve`. */
export interface SilhouetteCurveOptions extends Omit<KMeansOptions, 'k' | 'init'> {
  /** Samples drawn from the seed to be scored, as time grows with their square. Default at most 2,000. */
  readonly sampleSize?: number;
}

/**
 * The silhouettes of k-means for several numbers of clusters, and the number with the best.
 *
 * All samples are clustered; scored are those of one draw, the same for every k. Options as for `kMeans`.
 * Reference: Rousseeuw 1987.
 *
 * @throws LuthierError LU_CLUSTER_RANGE unless at least two ascending k from 2 are given, LU_CLUSTER_ONE, and those of
 * `kMeans`.
 *
 * @example
 * silhouetteCurve(x, [2, 3, 4, 5], { nInit: 5 }).k
 */
export function silhouetteCurve(
  x: TensorLike,
  ks: readonly number[],
  options: SilhouetteCurveOptions = {},
): SilhouetteCurve {
  const where = 'silhouetteCurve';
  const { sampleSize = 2000, ...clustering } = options;
  requireAscending(where, ks, 2);
  requireNumber('LU_KMEANS_OPTION', where, 'sampleSize', sampleSize, ranges.count);
  if (ks[0]! < 2) {
    throw new LuthierError('LU_CLUSTER_RANGE', `${where}: one cluster has no silhouette`, {
      fix: 'Begin with 2 clusters.',
      where: 'ks',
    });
  }
  const matrix = toMatrix(`${where}: x`, x);
  const drawn = generator(randomKey(options.seed ?? 0, where))
    .permutation(matrix.rows)
    .subarray(0, sampleSize);
  const { data, rows, columns } = pickRows(matrix, drawn);
  const curve = ks.map((k) => {
    const { labels } = kMeans({ ...clustering, k }).fit(x);
    const scored = silhouette(
      { data, shape: [rows, columns] },
      drawn.map((row) => labels[row]!),
    );
    return { k, silhouette: scored.mean };
  });
  return { curve, k: curve.reduce((a, b) => (b.silhouette > a.silhouette ? b : a)).k };
}
