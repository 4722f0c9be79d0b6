import type { Generator, Params } from '@luthier/core';
import { canonicalKey } from '../space/canonical.ts';
import { isFeasible } from '../space/constraints.ts';
import { drawParams } from '../space/draw.ts';
import { point, size } from '../space/enumerate.ts';
import type { Space } from '../space/parameter.ts';
import { changedSince, type Mark } from '../study/changes.ts';
import type { History } from '../study/history.ts';

interface Known {
  readonly params: (Params | undefined)[];
  readonly counts: Map<string, number>;
  mark: Mark | undefined;
}

const cache = new WeakMap<Space, Known>();

/**
 * Canonical keys of all configurations that the search has asked for, whatever became of them; repeats left out.
 *
 * Only what changed since the last call for the same space is computed.
 */
export function triedKeys(history: History, space: Space): ReadonlyMap<string, number> {
  let known = cache.get(space);
  if (!known) {
    known = { params: [], counts: new Map(), mark: undefined };
    cache.set(space, known);
  }
  const { params, counts } = known;
  const { trials } = history;
  const change = (held: Params | undefined, by: 1 | -1): void => {
    if (!held) return;
    const key = canonicalKey(space, held);
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  };
  const { numbers, mark } = changedSince(known.mark, trials);
  known.mark = mark;
  const visit = (index: number): void => {
    const trial = trials[index];
    const held = trial?.purpose === 'search' ? trial.params : undefined;
    if (params[index] === held) return;
    change(params[index], -1);
    change(held, 1);
    params[index] = held;
  };
  if (numbers) numbers.forEach(visit);
  else {
    for (let index = Math.max(params.length, trials.length) - 1; index >= 0; index--) visit(index);
    params.length = trials.length;
  }
  return counts;
}

/** Whether a configuration may be suggested: the rules of the space hold, and it is new unless the study allows repeats. */
export function mayBeAsked(history: History, space: Space): (params: Params) => boolean {
  const tried = triedKeys(history, space);
  return (params) =>
    (history.repeats === true || !tried.has(canonicalKey(space, params))) && isFeasible(space, params);
}

/** How many configurations the search has asked for; repeats count where the study allows them. */
export function askedCount(history: History, space: Space): number {
  return history.repeats ? history.trials.length : triedKeys(history, space).size;
}

const REJECTIONS = 64;
// How far a walk through a large finite space goes.
const STEPS = 100_000;

/**
 * A configuration drawn from the user's priors (uniform without them) that keeps all constraints and that the search has not asked for;
 * undefined when a finite space holds none.
 *
 * Draws and rejects first; when a finite space is nearly used up, walks on from a random configuration to the next new one.
 */
export function untried(
  space: Space,
  tried: ReadonlyMap<string, number>,
  random: Generator,
): Params | undefined {
  const isNew = (params: Params): boolean => !tried.has(canonicalKey(space, params));
  for (let attempt = 0; attempt < REJECTIONS; attempt++) {
    const params = drawParams(space, random);
    if (isNew(params)) return params;
  }
  const total = size(space);
  if (total > Number.MAX_SAFE_INTEGER) return drawParams(space, random);
  const start = Math.min(total - 1, Math.floor(random.uniform() * total));
  for (let step = 0; step < Math.min(total, STEPS + tried.size); step++) {
    const params = point(space, (start + step) % total);
    if (isNew(params) && isFeasible(space, params)) return params;
  }
  return undefined;
}
