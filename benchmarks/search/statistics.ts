import { median, normalCdf } from '@luthier/core';

/** Numbers of trials at which searches are compared. */
export const CHECKPOINTS = [25, 50, 100, 200] as const;

/** The loss after `trials` trials of a curve that may have ended before, its space exhausted. */
export function lossAt(curve: readonly number[], trials: number): number {
  return curve[Math.min(trials, curve.length) - 1]!;
}

/**
 * The number of trials from which on the median over curves is no more than a target; Infinity when it is not at the end.
 *
 * Where values are noisy the loss of the best observed trial may rise again: having been there for a moment does not count.
 */
export function trialsToReach(curves: readonly (readonly number[])[], target: number): number {
  const longest = Math.max(...curves.map((curve) => curve.length));
  let last = longest;
  while (last > 0 && median(curves.map((curve) => lossAt(curve, last))) <= target) last--;
  return last === longest ? Number.POSITIVE_INFINITY : last + 1;
}

/**
 * How two samples of losses differ: 'better' when the first is significantly less (two-sided level 0.05).
 *
 * Mann and Whitney 1947, normal approximation with correction for ties and continuity.
 */
export function compared(
  ours: readonly number[],
  theirs: readonly number[],
): 'better' | 'worse' | 'undecided' {
  const [n, m] = [ours.length, theirs.length];
  const all = [
    ...ours.map((value) => ({ value, isOurs: true })),
    ...theirs.map((value) => ({ value, isOurs: false })),
  ];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let first = 0; first < all.length; ) {
    let end = first;
    while (end < all.length && all[end]!.value === all[first]!.value) end++;
    const rank = (first + 1 + end) / 2;
    const size = end - first;
    ties += size ** 3 - size;
    for (let i = first; i < end; i++) if (all[i]!.isOurs) rankSum += rank;
    first = end;
  }
  const u = rankSum - (n * (n + 1)) / 2;
  const total = n + m;
  const spread = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  const distance = u - (n * m) / 2;
  if (!(spread > 0)) return 'undecided';
  const z = Math.max(0, Math.abs(distance) - 0.5) / spread;
  if (2 * normalCdf(-z) >= 0.05) return 'undecided';
  return distance < 0 ? 'better' : 'worse';
}

/** The middle of values of which some may be infinite. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
