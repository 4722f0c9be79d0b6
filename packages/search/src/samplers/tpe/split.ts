import type { OrderedTrials } from '../ordered-trials.ts';

/** Observations of one side of the split, with weights. */
export interface Side {
  readonly points: readonly Float64Array[];
  readonly weights: Float64Array;
}

/** The best trials and all others. */
export interface Split {
  readonly good: Side;
  readonly bad: Side;
  /** Numbers of trials, before any were left out. */
  readonly counts: { readonly good: number; readonly bad: number };
}

const GOOD_SHARE = 0.15;
const MOST_GOOD = 25;
const MOST_BAD = 500;

/** Weights by how much better than the best of the others, at least a thousandth of the largest; equal when nothing tells them apart. */
function gains(values: readonly number[], reference: number): Float64Array {
  const above = values.map((value) => Math.max(0, reference - value));
  const largest = Math.max(...above);
  // An infinite difference (of values near the largest number) or none at all says nothing of proportions.
  if (!(largest > 0 && Number.isFinite(largest))) return new Float64Array(values.length).fill(1);
  return Float64Array.from(above, (gain) => Math.max(gain / largest, 1e-3));
}

/**
 * Splits trials into the best min(⌈0.15 n⌉, 25) of the n that reported a value, weighted by their gain over the best of the rest, and the
 * others with equal weights; those that still run are among the others.
 *
 * Above 500 others, one of the middle of each of 500 slices of the order stands for its slice.
 *
 * Reference: Watanabe 2023, section 5 (linear share, weights by expected improvement).
 */
export function splitTrials({ ended, pending }: OrderedTrials): Split {
  const useful = ended.reduce((count, { standing }) => count + (standing.group === 'failed' ? 0 : 1), 0);
  const goodCount = Math.min(Math.ceil(GOOD_SHARE * useful), MOST_GOOD);
  const good = ended.slice(0, goodCount);
  const next = ended[goodCount]?.standing;
  const reference = next?.group === 'complete' ? next.value : Number.POSITIVE_INFINITY;
  const values = good.map(({ standing }) =>
    standing.group === 'complete' ? standing.value : Number.POSITIVE_INFINITY,
  );

  const running = [...pending].sort(([a], [b]) => a - b).map(([, point]) => point);
  const others = ended.length - goodCount;
  const slices = Math.min(others, Math.max(MOST_BAD - running.length, MOST_BAD / 2));
  const points = running.slice(-MOST_BAD / 2);
  const weights = new Float64Array(points.length + slices).fill(1);
  const start = points.length;
  for (let slice = 0; slice < slices; slice++) {
    const first = Math.floor((slice * others) / slices);
    const after = Math.floor(((slice + 1) * others) / slices);
    points.push(ended[goodCount + ((first + after - 1) >>> 1)]!.point);
    weights[start + slice] = after - first;
  }
  return {
    good: { points: good.map(({ point }) => point), weights: gains(values, reference) },
    bad: { points, weights },
    counts: { good: goodCount, bad: others + running.length },
  };
}
