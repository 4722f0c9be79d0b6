import { LuthierError } from '@luthier/core';
import type { TensorLike } from '../training/tables.ts';
import { toMatrix } from './matrix.ts';

function requireEqual(where: string, a: number, b: number): void {
  if (a === b && a > 0) return;
  throw new LuthierError(
    'LU_CLUSTER_COUNT',
    `${where}: ${a} and ${b} labels do not belong to the same samples`,
    {
      fix: 'Give one label of each kind for every sample, in the same order.',
      where,
    },
  );
}

/** How many samples each pair of labels has, with the sums of rows and columns. */
function contingency(
  where: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): {
  readonly cells: readonly (readonly [number, number])[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
} {
  requireEqual(where, a.length, b.length);
  const cells = new Map<number, Map<number, number>>();
  const columns = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    const row = cells.get(a[i]!) ?? new Map<number, number>();
    cells.set(a[i]!, row);
    row.set(b[i]!, (row.get(b[i]!) ?? 0) + 1);
    columns.set(b[i]!, (columns.get(b[i]!) ?? 0) + 1);
  }
  const list = [...cells.values()];
  return {
    cells: list.flatMap((row, index) => [...row.values()].map((count) => [index, count] as const)),
    rows: list.map((row) => [...row.values()].reduce((sum, count) => sum + count, 0)),
    columns: [...columns.values()],
  };
}

const pairs = (count: number): number => (count * (count - 1)) / 2;
const sumPairs = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + pairs(count), 0);

/**
 * Agreement of two partitions of the same samples, whatever their labels are called: 1 for equal ones, about 0 for
 * unrelated ones, down to -0.5.
 *
 * `(index - expected) / (maximum - expected)` over pairs of samples. Reference: Hubert and Arabie 1985.
 *
 * @throws LuthierError LU_CLUSTER_COUNT.
 *
 * @example
 * adjustedRandIndex([0, 0, 1, 1], [5, 5, 3, 3]) // 1
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { cells, rows, columns } = contingency('adjustedRandIndex', a, b);
  const index = sumPairs(cells.map(([, count]) => count));
  const [first, second] = [sumPairs(rows), sumPairs(columns)];
  const total = pairs(a.length);
  const expected = total === 0 ? 0 : (first * second) / total;
  const maximum = (first + second) / 2;
  return maximum === expected ? 1 : (index - expected) / (maximum - expected);
}

/**
 * The share of samples that belong to the most frequent class of their cluster, in (0, 1].
 *
 * @throws LuthierError LU_CLUSTER_COUNT.
 *
 * @example
 * purity([0, 0, 1, 1], [7, 7, 7, 3]) // 0.75
 */
export function purity(labels: ArrayLike<number>, classes: ArrayLike<number>): number {
  const { cells, rows } = contingency('purity', labels, classes);
  const most = rows.map((_, row) =>
    Math.max(...cells.filter(([at]) => at === row).map(([, count]) => count)),
  );
  return most.reduce((sum, count) => sum + count, 0) / labels.length;
}

/** How well samples lie in their clusters. */
export interface Silhouette {
  /** Mean over all samples. */
  readonly mean: number;
  /** In [-1, 1] for every sample; 0 for the only member of a cluster. */
  readonly values: Float64Array;
}

/**
 * Silhouette of a clustering: `(b - a) / max(a, b)`, a the mean distance to the other members of the own cluster, b that to
 * the members of the nearest other cluster.
 *
 * Time grows with the square of the number of samples. Reference: Rousseeuw 1987.
 *
 * @throws LuthierError LU_CLUSTER_COUNT, and LU_CLUSTER_ONE unless there are at least two clusters.
 *
 * @example
 * silhouette(x, kMeans({ k: 3 }).fit(x).labels).mean
 */
export function silhouette(x: TensorLike, labels: ArrayLike<number>): Silhouette {
  const where = 'silhouette';
  const { data, rows, columns } = toMatrix(`${where}: x`, x);
  requireEqual(where, rows, labels.length);
  const numbers = new Map<number, number>();
  const own = Int32Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
  const k = numbers.size;
  if (k < 2) {
    throw new LuthierError(
      'LU_CLUSTER_ONE',
      `${where}: all samples are in one cluster, so none is the nearest other`,
      {
        fix: 'Give labels of at least two clusters.',
        where,
      },
    );
  }
  const sizes = new Int32Array(k);
  for (const cluster of own) sizes[cluster]! += 1;
  const sums = new Float64Array(rows * k);
  for (let i = 0; i < rows; i++) {
    for (let other = 0; other < i; other++) {
      let square = 0;
      for (let j = 0; j < columns; j++) {
        const difference = data[i * columns + j]! - data[other * columns + j]!;
        square += difference * difference;
      }
      const distance = Math.sqrt(square);
      sums[i * k + own[other]!]! += distance;
      sums[other * k + own[i]!]! += distance;
    }
  }
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const cluster = own[i]!;
    if (sizes[cluster] === 1) continue;
    const inside = sums[i * k + cluster]! / (sizes[cluster]! - 1);
    let outside = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++) {
      if (c !== cluster) outside = Math.min(outside, sums[i * k + c]! / sizes[c]!);
    }
    const larger = Math.max(inside, outside);
    values[i] = larger === 0 ? 0 : (outside - inside) / larger;
  }
  return { mean: values.reduce((sum, value) => sum + value, 0) / rows, values };
}
