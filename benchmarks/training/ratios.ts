/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median over the rounds of our time over theirs: pairs are neighbours in time, so load of the machine cancels. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((time, i) => time / theirs[i]!));
}

/** A ratio with two digits that say something. */
export function shown(ratio: number): string {
  return ratio.toFixed(ratio < 0.1 ? 3 : 2);
}
