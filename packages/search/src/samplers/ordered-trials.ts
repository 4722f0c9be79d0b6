import type { Params } from '@luthier/core';
import { placeOf as placeIn } from '../space/adapt.ts';
import { isActive } from '../space/canonical.ts';
import { dimensions, encodeValue } from '../space/encode.ts';
import { hasValue } from '../space/levels.ts';
import type { Space } from '../space/parameter.ts';
import { changedSince, type Mark } from '../study/changes.ts';
import type { History, TrialRecord } from '../study/history.ts';
import { compareStandings, isPending, type Standing, standingOf } from './standing.ts';

/** An ended trial of the search with its place in the unit cube. */
export interface OrderedTrial {
  readonly number: number;
  readonly standing: Standing;
  /** One coordinate in [0, 1] a dimension; NaN where the trial does not have the parameter. */
  readonly point: Float64Array;
}

/** The trials of a search as a sampler sees them. */
export interface OrderedTrials {
  /** Best first; equals in the order they were asked. */
  readonly ended: readonly OrderedTrial[];
  /** The same by number, with holes. */
  readonly byNumber: readonly (OrderedTrial | undefined)[];
  /** Trials with numbers outside of the present ranges, best first: their coordinates there are below 0 or above 1. Another list after any change. */
  readonly outside: readonly OrderedTrial[];
  /** Points of the trials that may still end, by trial number. */
  readonly pending: ReadonlyMap<number, Float64Array>;
  /** Numbers of the repeats of a trial, by its number. */
  readonly repeats: ReadonlyMap<number, ReadonlySet<number>>;
}

interface Known {
  objective: string;
  mark: Mark | undefined;
  readonly records: (TrialRecord | undefined)[];
  readonly byNumber: (OrderedTrial | undefined)[];
  readonly repeats: Map<number, Set<number>>;
  ended: OrderedTrial[];
  readonly outsideByNumber: Map<number, OrderedTrial>;
  outside: readonly OrderedTrial[];
  readonly pending: Map<number, Float64Array>;
}

// Above this number of changes sorting anew is cheaper than moving one by one.
const BULK = 64;

const NONE: readonly never[] = [];

const cache = new WeakMap<Space, Known>();

function compare(a: OrderedTrial, b: OrderedTrial): number {
  return compareStandings(a.standing, b.standing) || a.number - b.number;
}

/** How many of some ordered trials are complete, and how many were stopped; the others failed. */
export function countGroups(ended: readonly OrderedTrial[]): {
  readonly complete: number;
  readonly stopped: number;
} {
  const firstOf = (isBehind: (group: Standing['group']) => boolean): number => {
    let low = 0;
    let high = ended.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBehind(ended[middle]!.standing.group)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const complete = firstOf((group) => group !== 'complete');
  return { complete, stopped: firstOf((group) => group === 'failed') - complete };
}

/** Where an entry is, or would be inserted. */
function placeOf(ended: readonly OrderedTrial[], entry: OrderedTrial): number {
  let low = 0;
  let high = ended.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(ended[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The point of a configuration, NaN where a parameter is inactive; undefined when a value lies outside the present space. A parameter that
 * the space got later counts with its default.
 */
export function pointOf(space: Space, params: Params): Float64Array | undefined {
  const all = dimensions(space);
  const point = new Float64Array(all.length);
  for (let k = 0; k < all.length; k++) {
    const { parameter } = all[k]!;
    const value = params[parameter.name];
    if (value === undefined)
      point[k] = isActive(parameter, params) ? encodeValue(parameter, parameter.default) : Number.NaN;
    else if (hasValue(parameter, value)) point[k] = encodeValue(parameter, value);
    else return undefined;
  }
  return point;
}

/** The standing of a trial, its value averaged with those of its repeats. */
function averaged(known: Known, history: History, trial: TrialRecord): Standing | undefined {
  const objective = history.objectives[0];
  const own = standingOf(trial, objective);
  const repeats = known.repeats.get(trial.number);
  if (own?.group !== 'complete' || repeats === undefined) return own;
  let sum = own.value;
  let count = 1;
  for (const number of repeats) {
    const other = standingOf(known.records[number]!, objective);
    if (other?.group !== 'complete') continue;
    sum += other.value;
    count += 1;
  }
  return { ...own, value: sum / count };
}

function entryOf(known: Known, history: History, space: Space, number: number): OrderedTrial | undefined {
  const trial = known.records[number];
  known.pending.delete(number);
  const wasOutside = known.outsideByNumber.delete(number);
  if (wasOutside) known.outside = NONE;
  if (trial?.purpose !== 'search') return undefined;
  const standing = averaged(known, history, trial);
  const waits = isPending(trial);
  if (standing === undefined && !waits) return undefined;
  const point = pointOf(space, trial.params);
  if (point === undefined) {
    const place = standing && placeIn(space, trial.params, Number.NaN);
    if (place) known.outsideByNumber.set(number, { number, standing, point: place });
    return undefined;
  }
  if (waits) known.pending.set(number, point);
  return standing && { number, standing, point };
}

/**
 * The trials of the search in order, by the first objective; values of repeats are averaged.
 *
 * Trials with a number outside of the present ranges are kept apart, those with a choice that is gone left out. Only what changed since the last call for the same space is
 * computed; what comes back changes with the next call: for use at once, never to keep.
 */
export function orderedTrials(history: History, space: Space): OrderedTrials {
  const objective = JSON.stringify(history.objectives[0] ?? null);
  let known = cache.get(space);
  if (known?.objective !== objective) {
    known = {
      objective,
      mark: undefined,
      records: [],
      byNumber: [],
      repeats: new Map(),
      ended: [],
      outsideByNumber: new Map(),
      outside: NONE,
      pending: new Map(),
    };
    cache.set(space, known);
  }
  const { records, byNumber, repeats } = known;
  const { trials } = history;
  const touched = new Set<number>();
  const visit = (number: number): void => {
    const before = records[number];
    const now = trials[number];
    if (before === now) return;
    records[number] = now;
    touched.add(number);
    if (before?.of !== undefined) {
      repeats.get(before.of)?.delete(number);
      touched.add(before.of);
    }
    if (now?.of !== undefined) {
      repeats.set(now.of, (repeats.get(now.of) ?? new Set()).add(number));
      touched.add(now.of);
    }
  };
  const { numbers, mark } = changedSince(known.mark, trials);
  known.mark = mark;
  if (numbers) numbers.forEach(visit);
  else for (let number = Math.max(records.length, trials.length) - 1; number >= 0; number--) visit(number);
  const isBulk = touched.size > BULK;
  for (const number of touched) {
    const before = byNumber[number];
    const now = entryOf(known, history, space, number);
    byNumber[number] = now;
    if (isBulk) continue;
    if (before) known.ended.splice(placeOf(known.ended, before), 1);
    if (now) known.ended.splice(placeOf(known.ended, now), 0, now);
  }
  if (known.outside.length !== known.outsideByNumber.size)
    known.outside = [...known.outsideByNumber.values()].sort(compare);
  records.length = trials.length;
  byNumber.length = trials.length;
  if (isBulk) known.ended = byNumber.filter((entry) => entry !== undefined).sort(compare);
  return known;
}
