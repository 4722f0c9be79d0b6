import type { Params, ParamValue } from '@luthier/core';
import { canonicalKey, canonicalParams, contains, isActive, keepBounds } from '../space/canonical.ts';
import { decodeValue, dimensions, encodeValue } from '../space/encode.ts';
import { size } from '../space/enumerate.ts';
import { ladderOf } from '../space/levels.ts';
import type { Parameter, Space } from '../space/parameter.ts';
import type { History, TrialRecord } from '../study/history.ts';
import { baseline } from './baseline.ts';
import type { Sampler, Suggestion, SuggestRequest } from './contract.ts';
import { initialSuggestion } from './initial.ts';
import { orderedTrials } from './ordered-trials.ts';
import { exhausted } from './random.ts';
import type { SamplerSpec } from './registry.ts';
import { triedKeys, untried } from './tried.ts';
import { withoutOptions } from './without-options.ts';

const NAME = 'oneAtATime';
// Ranges with more values are halved instead of walked through.
const LISTED = 16;
// Halvings of a range before it counts as explored.
const HALVINGS = 12;
// After the best trial has no neighbour left, so many of the next best ones are varied.
const BASES = 20;

function shown(value: ParamValue | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

/** Coordinates along one parameter at which trials lie that agree with the base in everything else. */
function coordinates(history: History, space: Space, base: Params, parameter: Parameter): readonly number[] {
  const found: number[] = [];
  for (const { purpose, params } of history.trials) {
    const value = params[parameter.name];
    if (purpose !== 'search' || value === undefined) continue;
    const isAlike = space.parameters.every(
      ({ name }) => name === parameter.name || params[name] === base[name],
    );
    if (isAlike) found.push(encodeValue(parameter, value));
  }
  return found;
}

/** Values to try in place of that of the base, most telling first. */
function* alternatives(
  history: History,
  space: Space,
  base: Params,
  parameter: Parameter,
): Generator<ParamValue> {
  const own = base[parameter.name]!;
  const ladder = ladderOf(parameter);
  if (ladder && ladder.count <= LISTED) {
    const at = ladder.indexOf(own);
    for (let distance = 1; distance < ladder.count; distance++) {
      if (at + distance < ladder.count) yield ladder.valueAt(at + distance);
      if (at - distance >= 0) yield ladder.valueAt(at - distance);
    }
    return;
  }
  const u = encodeValue(parameter, own);
  const known = coordinates(history, space, base, parameter);
  // The wider of the two gaps around the base first; halved from the outside in.
  const below = known.reduce((nearest, other) => (other < u ? Math.max(nearest, other) : nearest), 0);
  const above = known.reduce((nearest, other) => (other > u ? Math.min(nearest, other) : nearest), 1);
  for (let halving = 1; halving <= HALVINGS; halving++) {
    const part = 0.5 ** halving;
    const middles = [u + (above - u) * part, u - (u - below) * part];
    if (above - u < u - below) middles.reverse();
    for (const middle of middles) if (Math.abs(middle - u) > 1e-9) yield decodeValue(parameter, middle);
  }
}

interface Change {
  readonly params: Params;
  readonly parameter: Parameter;
}

/** An untried configuration that differs from the base in one parameter, and in what hangs on it. */
function changed(
  request: SuggestRequest,
  base: Params,
  tried: ReadonlyMap<string, number>,
): Change | undefined {
  const { history, space, trial } = request;
  const active = dimensions(space).filter(
    ({ parameter, levels }) => levels > 1 && isActive(parameter, base) && parameter.name in base,
  );
  for (let turn = 0; turn < active.length; turn++) {
    const { parameter } = active[(trial + active.length - 1 + turn) % active.length]!;
    for (const value of alternatives(history, space, base, parameter)) {
      const params = keepBounds(space, { ...base, [parameter.name]: value });
      if (!tried.has(canonicalKey(space, params)) && contains(space, params)) return { params, parameter };
    }
  }
  return undefined;
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, random } = request;
  const tried = triedKeys(history, space);
  const first = baseline(space).params;
  if (!tried.has(canonicalKey(space, first))) return initialSuggestion(request, NAME);
  const bases: readonly (TrialRecord | undefined)[] = orderedTrials(history, space)
    .ended.slice(0, BASES)
    .flatMap(({ number, standing }) => (standing.group === 'complete' ? [history.trials[number]] : []));
  // Without a result yet, the baseline is the one to vary.
  for (const [rank, trial] of (bases.length > 0 ? bases : [undefined]).entries()) {
    const base = trial === undefined ? first : canonicalParams(space, trial.params);
    const change = changed(request, base, tried);
    if (change === undefined) continue;
    const { name } = change.parameter;
    const of = trial === undefined ? 'the baseline' : `trial ${trial.number}`;
    const standing =
      trial === undefined ? '' : rank === 0 ? ', the best so far,' : `, number ${rank + 1} of all,`;
    const text = `${of}${standing} with ${name} ${shown(change.params[name])} instead of ${shown(base[name])}`;
    const neighbours = trial === undefined ? {} : { neighbours: [trial.number] };
    return {
      kind: 'params',
      params: change.params,
      why: { text, sampler: NAME, ...neighbours, mode: 'exploit' },
    };
  }
  const other = untried(space, tried, random);
  if (other === undefined) return exhausted(size(space));
  const text = 'every single change of the best trials is tried already; an untried configuration';
  return { kind: 'params', params: other, why: { text, sampler: NAME, mode: 'random' } };
}

/**
 * One hyperparameter at a time: the baseline first; then each trial differs from the best so far in one parameter, the parameters taking
 * turns (and in the parameters that hang on it, which take their defaults).
 *
 * Parameters of up to 16 values are tried at neighbouring values first; wider ranges are halved between the best and its nearest tried
 * neighbours. When the best trial has no untried neighbour left, those of the next best follow. Needs no random numbers until then.
 *
 * @example
 * oneAtATime()
 */
export function oneAtATime(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the one-at-a-time sampler from its specification. */
export function parseOneAtATime(spec: SamplerSpec): Sampler {
  withoutOptions(spec);
  return oneAtATime();
}
