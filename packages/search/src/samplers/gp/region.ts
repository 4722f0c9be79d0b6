import type { Observation } from './evidence.ts';
import type { Geometry } from './geometry.ts';
import type { Theta } from './kernel.ts';

/** Where a local search stands; plain data, part of the memo. */
export interface RegionState {
  /** Side of the box as a share of the range, before it is shaped by the length scales. */
  readonly side: number;
  readonly successes: number;
  readonly failures: number;
  /** Best value since the region began, on the scale of the objective, greater is better; absent before the first. */
  readonly best?: number;
  /** Sequence numbers: of the last end that was looked at, and of the one after which the region began. */
  readonly seen: number;
  readonly from: number;
}

/**
 * Whether a trial is looked for in the region: all where the search is local, otherwise two of three. Global steps alone would spend
 * themselves on corners, of which there are the more the more dimensions.
 */
export function isInRegion(trial: number, local: boolean): boolean {
  return local || trial % STRIDE !== 0;
}

/** The box in which the next trial is looked for. */
export interface Box {
  readonly center: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const START = 0.8;
const LARGEST = 1.6;
const SMALLEST = 2 ** -7;
const SUCCESSES = 3;
const STRIDE = 3;
const MOST_DIMENSIONS = 30;
const MOST_OBSERVATIONS = 300;
// A gain counts from this share of the best value on.
const GAIN = 1e-3;

/** Whether a space is so large, or so much is known of it, that the search goes on in a region. */
export function isLocal(shape: Geometry, observations: number): boolean {
  return shape.dimensions.length > MOST_DIMENSIONS || observations > MOST_OBSERVATIONS;
}

function lastEnd(observations: readonly Observation[]): number {
  return observations.at(-1)?.ended ?? 0;
}

/** The state of a new region: around the best of all observations, which are in the order in which they ended. */
export function firstRegion(observations: readonly Observation[]): RegionState {
  const values = observations.flatMap(({ complete, value }) => (complete ? [value] : []));
  const best = values.length === 0 ? {} : { best: Math.max(...values) };
  return { side: START, successes: 0, failures: 0, seen: lastEnd(observations), from: -1, ...best };
}

/**
 * The region after more observations: three gains in a row double it, max(4, d) trials in a row without one halve it; one that has shrunk
 * below 2^-7 gives way to a new one elsewhere.
 *
 * Reference: Eriksson 2019, "Scalable global optimization via local Bayesian optimization" (TuRBO-1).
 */
export function nextRegion(
  before: RegionState,
  observations: readonly Observation[],
  dimensions: number,
  local: boolean,
): RegionState {
  const seen = lastEnd(observations);
  let { side, successes, failures, best, from } = before;
  for (const { number, complete, value, ended } of observations) {
    if (ended <= before.seen) continue;
    if (best === undefined || (complete && value > best + GAIN * Math.abs(best))) {
      if (best !== undefined) successes += 1;
      failures = 0;
    } else if (isInRegion(number, local)) {
      successes = 0;
      failures += 1;
    }
    if (complete) best = Math.max(best ?? value, value);
    if (successes === SUCCESSES) {
      side = Math.min(LARGEST, 2 * side);
      successes = 0;
    } else if (failures === Math.max(4, dimensions)) {
      side /= 2;
      failures = 0;
    }
  }
  // A global search looks elsewhere anyway; a local one begins anew there.
  if (side < SMALLEST && !local) side = START;
  if (side < SMALLEST) return { side: START, successes: 0, failures: 0, seen, from: seen };
  return { side, successes, failures, seen, from, ...(best === undefined ? {} : { best }) };
}

/** The box around a point: the side of the region, longer along features whose length scale is longer. */
export function boxAround(shape: Geometry, center: Float64Array, side: number, theta: Theta): Box {
  const { dimensions, features } = shape;
  const numeric = features.flatMap(({ kind, dimension }, k) =>
    kind === 'numeric' ? [{ dimension, k }] : [],
  );
  const middle = numeric.reduce((sum, { k }) => sum + theta[k]!, 0) / Math.max(1, numeric.length);
  const low = new Float64Array(dimensions.length);
  const high = new Float64Array(dimensions.length).fill(1);
  for (const { dimension, k } of numeric) {
    // What is not there yet may take any value.
    if (!shape.isActive(center, dimension)) continue;
    const half = 0.5 * side * Math.exp(theta[k]! - middle);
    low[dimension] = Math.max(0, center[dimension]! - half);
    high[dimension] = Math.min(1, center[dimension]! + half);
  }
  return { center, low, high };
}

/** The observations nearest to a point, at most `most`, in their order. */
export function nearest(
  observations: readonly Observation[],
  center: Float64Array,
  most: number,
): readonly Observation[] {
  if (observations.length <= most) return observations;
  const distances = Float64Array.from(observations, ({ point }) => {
    let sum = 0;
    for (let k = 0; k < center.length; k++) sum += (point[k]! - center[k]!) ** 2;
    return sum;
  });
  const order = [...distances.keys()].sort((a, b) => distances[a]! - distances[b]! || a - b).slice(0, most);
  return order.sort((a, b) => a - b).map((i) => observations[i]!);
}
