import { countGroups, type OrderedTrials } from '../ordered-trials.ts';
import type { Observed } from './kernel-set.ts';

/** Observations of one side of the split, ascending by number, with weights. */
export interface Side {
  readonly observed: readonly Observed[];
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
const MOST_BAD = 512;

/** Weights by how much better than the best of the others, at least a thousandth of the largest; equal when nothing tells them apart. */
function gains(values: readonly number[], reference: number): Float64Array {
  const above = values.map((value) => Math.max(0, reference - value));
  const largest = Math.max(...above);
  // An infinite difference (of values near the largest number) or none at all says nothing of proportions.
  if (!(largest > 0 && Number.isFinite(largest))) return new Float64Array(values.length).fill(1);
  return Float64Array.from(above, (gain) => Math.max(gain / largest, 1e-3));
}

/** Numbers of trials below `count`, one of each block of `block`, at a place that moves by the golden ratio from block to block. */
function* spreadNumbers(count: number, block: number): Generator<number> {
  for (let b = 0; b * block < count; b++)
    yield b * block + Math.floor(((b * 0.6180339887498949) % 1) * block);
}

/**
 * Splits trials into the best min(⌈0.15 n⌉, 25) of the n that reported a value, weighted by their gain over the best of the rest, and the
 * others with equal weights; those that still run are among the others.
 *
 * Above 512 trials every second, fourth, eighth ... stands for all, spread evenly over the course of the search. A new trial changes
 * little of it, so that densities are kept up to date at a cost that does not grow.
 *
 * Reference: Watanabe 2023, section 5 (linear share, weights by expected improvement).
 */
export function splitTrials({ ended, byNumber, pending }: OrderedTrials): Split {
  const { complete, stopped } = countGroups(ended);
  const goodCount = Math.min(Math.ceil(GOOD_SHARE * (complete + stopped)), MOST_GOOD);
  const best = ended.slice(0, goodCount);
  const next = ended[goodCount]?.standing;
  const reference = next?.group === 'complete' ? next.value : Number.POSITIVE_INFINITY;
  const weights = gains(
    best.map(({ standing }) => (standing.group === 'complete' ? standing.value : Number.POSITIVE_INFINITY)),
    reference,
  );
  const good = best
    .map((trial, i) => ({ trial, weight: weights[i]! }))
    .sort((a, b) => a.trial.number - b.trial.number);

  const others = ended.length - goodCount;
  let block = 1;
  while (byNumber.length > MOST_BAD * block) block *= 2;
  const isGood = new Set(best);
  const bad: { readonly observed: Observed; readonly running: boolean }[] = [];
  for (const number of spreadNumbers(byNumber.length, block)) {
    const trial = byNumber[number];
    if (trial !== undefined && !isGood.has(trial)) bad.push({ observed: trial, running: false });
  }
  const kept = bad.length;
  for (const [number, point] of [...pending].sort(([a], [b]) => a - b).slice(-MOST_BAD / 2))
    bad.push({ observed: { number, point }, running: true });
  if (pending.size > 0) bad.sort((a, b) => a.observed.number - b.observed.number);
  return {
    good: {
      observed: good.map(({ trial }) => trial),
      weights: Float64Array.from(good, ({ weight }) => weight),
    },
    bad: {
      observed: bad.map(({ observed }) => observed),
      weights: Float64Array.from(bad, ({ running }) => (running ? 1 : others / kept)),
    },
    counts: { good: goodCount, bad: others + pending.size },
  };
}
