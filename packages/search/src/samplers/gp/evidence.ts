import { median, type Params, standardDeviation } from '@luthier/core';
import { adaptParams, placeOf } from '../../space/adapt.ts';
import { canonicalKey } from '../../space/canonical.ts';
import { encode } from '../../space/encode.ts';
import type { Space } from '../../space/parameter.ts';
import type { History, TrialRecord } from '../../study/history.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { type Geometry, geometry } from './geometry.ts';

/** What is known of one configuration; values are turned so that greater is better. */
export interface Observation {
  /** Number of the first trial of its configuration. */
  readonly number: number;
  /** Sequence number of the end of the last one. */
  readonly ended: number;
  readonly point: Float64Array;
  readonly value: number;
  /** Number of complete trials that were averaged; 1 for a stopped one. */
  readonly repeats: number;
  /** Deviation of the value beyond noise; 0 for complete trials. */
  readonly uncertainty: number;
  readonly complete: boolean;
  /** It lies outside of the present ranges, as after they were narrowed: the model learns from it, nothing is searched around it. */
  readonly outside?: true;
}

/** All that the model may learn from a history. */
export interface Evidence {
  /** By the order in which they ended. */
  readonly observations: readonly Observation[];
  /** Number of ended trials of the search, before any were left out. */
  readonly total: number;
  /** Points that ended with (1) or without (-1) a usable value. */
  readonly labels: readonly { readonly point: Float64Array; readonly label: 1 | -1 }[];
  readonly pending: readonly Float64Array[];
}

/** Where a configuration lies. */
interface Place {
  readonly point: Float64Array;
  readonly outside: boolean;
}

const places = new WeakMap<Space, WeakMap<Params, Place | null>>();

/** The place of a configuration, snapped when it is one of the present space; undefined when a value is none of the choices. */
function placeIn(space: Space, shape: Geometry, params: Params): Place | undefined {
  let known = places.get(space);
  if (known === undefined) {
    known = new WeakMap();
    places.set(space, known);
  }
  let place = known.get(params);
  if (place === undefined) {
    // A trial from before a parameter was there counts with its default.
    const adapted = adaptParams(space, params);
    const point = adapted ? encode(space, adapted).point : placeOf(space, params);
    if (adapted && point) shape.snap(point);
    place = point ? { point, outside: adapted === undefined } : null;
    known.set(params, place);
  }
  return place ?? undefined;
}

/** The observations around which a search goes on: those inside of the space, or, when there are none, all moved to its nearest points. */
export function searchable(shape: Geometry, observations: readonly Observation[]): readonly Observation[] {
  const inside = observations.filter(({ outside }) => !outside);
  if (inside.length > 0) return inside;
  return observations.map((observation) => {
    const point = observation.point.slice();
    shape.snap(point);
    return { ...observation, point };
  });
}

/** Best finite reported value of the objective at or before a step, greater is better; -Infinity without any. */
function bestReported(trial: TrialRecord, metric: string, sign: number, until: number): number {
  const column = trial.reports.metrics[metric];
  let best = Number.NEGATIVE_INFINITY;
  if (column === undefined) return best;
  for (let i = 0; i < column.length; i++) {
    const value = sign * column[i]!;
    if (trial.reports.steps[i]! <= until && Number.isFinite(value) && value > best) best = value;
  }
  return best;
}

/**
 * What a stopped trial is worth: the best value that it reached plus the median gain that complete trials still
 * made after the same step, never better than the best complete one. Its uncertainty is the spread of those gains
 * (1.4826 · median absolute deviation), at least a fifth of the spread of all complete values.
 *
 * Taken at face value a stopped trial would look worse than it is, and left out it would be asked for again next door.
 */
function stoppedValue(
  trial: TrialRecord,
  complete: readonly { readonly trial: TrialRecord; readonly value: number }[],
  metric: string,
  sign: number,
): { readonly value: number; readonly uncertainty: number } | undefined {
  const last = trial.reports.steps.at(-1) ?? 0;
  const reached = bestReported(trial, metric, sign, last);
  if (!Number.isFinite(reached)) return undefined;
  if (complete.length === 0) return { value: reached, uncertainty: 0 };
  const gains = complete.flatMap(({ trial: other, value }) => {
    const then = bestReported(other, metric, sign, last);
    return Number.isFinite(then) ? [value - then] : [];
  });
  const values = complete.map(({ value }) => value);
  const floor = values.length > 1 ? 0.2 * standardDeviation(values) : 0;
  const gain = gains.length < 3 ? 0 : median(gains);
  const spread = gains.length < 3 ? 0 : 1.4826 * median(gains.map((other) => Math.abs(other - gain)));
  return { value: Math.min(reached + gain, Math.max(...values)), uncertainty: Math.max(spread, floor) };
}

// A longer history is read in part, so that reading does not become the work.
const COMPARED = 100;
const WHOLE = 1000;
const BEST = 300;
const NEWEST = 500;

/** The trials to read: all, or of very many the best, the newest, those that may still end, and repeats. */
function relevant(
  history: History,
  space: Space,
): { readonly records: readonly TrialRecord[]; readonly total: number } {
  const { trials } = history;
  const { ended, pending, repeats } = orderedTrials(history, space);
  if (trials.length <= WHOLE) return { records: trials, total: ended.length };
  const kept = new Set<TrialRecord>(trials.slice(-NEWEST));
  const add = (number: number): void => {
    kept.add(trials[number]!);
    for (const repeat of repeats.get(number) ?? []) kept.add(trials[repeat]!);
  };
  for (const { number } of ended.slice(0, BEST)) add(number);
  for (const number of pending.keys()) kept.add(trials[number]!);
  return { records: [...kept], total: ended.length };
}

/**
 * Reads a history for the model: repeats of a configuration become one observation, stopped trials an uncertain one,
 * failures a label. A value that is not finite is a failure. Lost and cancelled trials say nothing of their
 * configuration, and neither do those with a choice that is gone. Numbers outside of the present ranges are learned from where they lie. Of more than 1,000 trials the best 300 and the newest 500
 * are read.
 */
export function readEvidence(history: History, space: Space): Evidence {
  const shape = geometry(space);
  const objective = history.objectives[0];
  const metric = objective?.metric ?? '';
  const sign = objective?.direction === 'maximize' ? 1 : -1;
  const groups = new Map<
    string,
    Place & { trials: { trial: TrialRecord; value: number }[]; failed: number }
  >();
  const stopped: (Place & { key: string; trial: TrialRecord })[] = [];
  const pending: Float64Array[] = [];

  const { records, total } = relevant(history, space);
  const ended = [...records].sort(
    (a, b) =>
      (a.finishedSequence ?? Number.POSITIVE_INFINITY) - (b.finishedSequence ?? Number.POSITIVE_INFINITY) ||
      a.number - b.number,
  );
  for (const trial of ended) {
    const place = placeIn(space, shape, trial.params);
    if (place === undefined) continue;
    const { point, outside } = place;
    const key = canonicalKey(space, trial.params);
    if (trial.state === 'asked' || trial.state === 'running' || trial.state === 'interrupted') {
      pending.push(point);
      continue;
    }
    if (trial.state === 'pruned') {
      stopped.push({ key, point, outside, trial });
      continue;
    }
    if (trial.state === 'failed' && (trial.reason === 'lost' || trial.reason === 'stopped')) continue;
    const value = trial.state === 'complete' ? sign * (trial.values?.[0] ?? Number.NaN) : Number.NaN;
    let group = groups.get(key);
    if (group === undefined) {
      group = { point, outside, trials: [], failed: 0 };
      groups.set(key, group);
    }
    if (Number.isFinite(value)) group.trials.push({ trial, value });
    else group.failed += 1;
  }

  // The newest are like the trials to come, and enough to tell what others gained.
  const complete = [...groups.values()].flatMap(({ trials }) => trials).slice(-COMPARED);
  const order: { readonly at: number; readonly observation: Observation }[] = [];
  for (const { point, outside, trials } of groups.values()) {
    if (trials.length === 0) continue;
    const value = trials.reduce((sum, trial) => sum + trial.value, 0) / trials.length;
    const at = trials.at(-1)!.trial.finishedSequence ?? 0;
    const { number } = trials[0]!.trial;
    const known = { number, ended: at, point, value, repeats: trials.length, uncertainty: 0, complete: true };
    order.push({ at, observation: { ...known, ...(outside ? { outside } : {}) } });
  }
  const labels: Evidence['labels'][number][] = [...groups.values()].map(({ point, trials, failed }) => ({
    point,
    label: trials.length >= failed ? 1 : -1,
  }));
  for (const { key, point, outside, trial } of stopped) {
    labels.push({ point, label: 1 });
    if ((groups.get(key)?.trials.length ?? 0) > 0) continue;
    const worth = stoppedValue(trial, complete, metric, sign);
    if (worth === undefined) continue;
    order.push({
      at: trial.finishedSequence ?? 0,
      observation: {
        number: trial.number,
        ended: trial.finishedSequence ?? 0,
        point,
        ...worth,
        repeats: 1,
        complete: false,
        ...(outside ? { outside } : {}),
      },
    });
  }
  order.sort((a, b) => a.at - b.at);
  return { observations: order.map(({ observation }) => observation), labels, pending, total };
}
