import { countGroups, type OrderedTrial, type OrderedTrials } from '../ordered-trials.ts';
import { compareStandings } from '../standing.ts';
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
  /** The worst value among the best, turned so that smaller is better; undefined when that trial did not complete. */
  readonly worstGood: number | undefined;
  /** Numbers of trials, before any were left out. */
  readonly counts: { readonly good: number; readonly bad: number };
}

const GOOD_SHARE = 0.15;
const MOST_GOOD = 25;
const MOST_BAD = 512;
// Of the trials outside of the ranges those that lie nearest.
const MOST_OUTSIDE = 128;

/** Weights by how much better than the best of the others, at least a thousandth of the largest; equal when nothing tells them apart. */
function gains(values: readonly number[], reference: number): Float64Array {
  const above = values.map((value) => Math.max(0, reference - value));
  const largest = Math.max(...above);
  // An infinite difference (of values near the largest number) or none at all says nothing of proportions.
  if (!(largest > 0 && Number.isFinite(largest))) return new Float64Array(values.length).fill(1);
  return Float64Array.from(above, (gain) => Math.max(gain / largest, 1e-3));
}

/** How far a point lies outside of the unit cube, squared. */
function excess(point: Float64Array): number {
  let sum = 0;
  for (const u of point) if (u < 0 || u > 1) sum += (u < 0 ? u : u - 1) ** 2;
  return sum;
}

const nearest = new WeakMap<readonly OrderedTrial[], readonly OrderedTrial[]>();

/** Of some trials outside those that lie nearest, at most 128. */
function nearestOf(outside: readonly OrderedTrial[]): readonly OrderedTrial[] {
  let found = nearest.get(outside);
  if (found === undefined) {
    found = [...outside]
      .sort((a, b) => excess(a.point) - excess(b.point) || a.number - b.number)
      .slice(0, MOST_OUTSIDE);
    nearest.set(outside, found);
  }
  return found;
}

/** The number of the trial that stands for a block of so many, at a place that moves by the golden ratio from block to block. */
function numberOf(index: number, block: number): number {
  return index * block + Math.floor(((index * 0.6180339887498949) % 1) * block);
}

/**
 * Splits trials into the best min(⌈0.15 n⌉, 25) of the n that reported a value, weighted by their gain over the best of the rest, and the
 * others with equal weights; those that still run are among the others.
 *
 * Of the trials outside of narrowed ranges the best 15 %, at most 25, belong to the best as far as they are no worse than the worst of the
 * best inside: of where inside is good they tell only by what lies close to them. Of very many others those that lie nearest count.
 *
 * Above 512 trials every second, fourth, eighth ... stands for all, spread evenly over the course of the search. A new trial changes
 * little of it, so that densities are kept up to date at a cost that does not grow.
 *
 * Reference: Watanabe 2023, section 5 (linear share, weights by expected improvement).
 */
export function splitTrials({ ended, byNumber, outside, pending }: OrderedTrials): Split {
  const { complete, stopped } = countGroups(ended);
  const goodCount = Math.min(Math.ceil(GOOD_SHARE * (complete + stopped)), MOST_GOOD);
  const inside = ended.slice(0, goodCount);
  const last = inside.at(-1);
  const isBest = ({ standing }: OrderedTrial): boolean =>
    last !== undefined && standing.group !== 'failed' && compareStandings(standing, last.standing) <= 0;
  const bestOutside = new Set(
    outside.slice(0, Math.min(Math.ceil(GOOD_SHARE * outside.length), MOST_GOOD)).filter(isBest),
  );
  const best = [...inside, ...bestOutside];
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
  const isGood = new Set(inside);
  const sample: Observed[] = [];
  for (let index = 0; index * block < byNumber.length; index++) {
    const trial = byNumber[numberOf(index, block)];
    if (trial !== undefined && !isGood.has(trial)) sample.push(trial);
  }
  const beyond = nearestOf(outside).filter((trial) => !bestOutside.has(trial));
  const waiting = [...pending].sort(([a], [b]) => a - b).slice(-MOST_BAD / 2);
  // Those of the sample stand for all others, these for themselves.
  const single = new Set<Observed>([...beyond, ...waiting.map(([number, point]) => ({ number, point }))]);
  const bad = single.size === 0 ? sample : [...sample, ...single].sort((a, b) => a.number - b.number);
  const share = others / sample.length;
  const goodWeights = new Float64Array(good.length);
  for (const [i, { weight }] of good.entries()) goodWeights[i] = weight;
  const badWeights = new Float64Array(bad.length).fill(share);
  if (single.size > 0) for (const [i, one] of bad.entries()) if (single.has(one)) badWeights[i] = 1;
  return {
    good: {
      observed: good.map(({ trial }) => trial),
      weights: goodWeights,
    },
    bad: {
      observed: bad,
      weights: badWeights,
    },
    worstGood: last?.standing.group === 'complete' ? last.standing.value : undefined,
    counts: { good: best.length, bad: others + beyond.length + pending.size },
  };
}
