import { LuthierError, mean, type Params, type ParamValue, standardDeviation } from '@luthier/core';
import { compareStandings, standingOf } from '../samplers/standing.ts';
import { adaptParams } from '../space/adapt.ts';
import { canonicalKey, canonicalParams } from '../space/canonical.ts';
import { isFeasible } from '../space/constraints.ts';
import { decodeValue, encode, encodeValue } from '../space/encode.ts';
import { ladderOf } from '../space/levels.ts';
import type { Parameter, Space } from '../space/parameter.ts';
import { weightPrior } from '../space/prior.ts';
import { claims } from './claims.ts';
import type { NewEvent, PastTrial } from './events.ts';
import type { History, TrialRecord } from './history.ts';
import { topTrials } from './results.ts';

/** What a past study brought, as the history holds it. */
export type WarmStart = NonNullable<History['warmStarts']>[number];

/** Past trials that are remembered. */
const REMEMBERED = 100;
/** Share of the past trials that count as good. */
const GOOD = 0.15;
/** Trials of either side that the guard compares, and the share of wins it asks for. */
const COMPARED = 3;
const WINS = 2 / 3;

/**
 * The complete trials of a past study that are points of a space, best first, at most 100.
 *
 * Throws LU_STUDY_WARM_START when there are none.
 */
export function pastTrials(space: Space, past: History): readonly PastTrial[] {
  const all = topTrials(past, Number.POSITIVE_INFINITY);
  const fitting = all.flatMap((trial, rank) => {
    const params = adaptParams(space, trial.params);
    if (params === undefined || !isFeasible(space, params)) return [];
    return [{ params, quality: (all.length - rank) / all.length }];
  });
  if (fitting.length > 0) return fitting.slice(0, REMEMBERED);
  throw new LuthierError(
    'LU_STUDY_WARM_START',
    all.length === 0
      ? 'the past study has no complete trial'
      : `none of its ${all.length} complete trials is a point of this space`,
    { fix: 'Take a study with the same parameters, or widen the ranges.' },
  );
}

/** The best past configuration, and then good ones far from those chosen before. */
export function choiceOfPast(space: Space, past: readonly PastTrial[], count: number): readonly PastTrial[] {
  const good = past.slice(0, Math.max(count, Math.ceil(GOOD * past.length)));
  const points = good.map(({ params }) => encode(space, params).point);
  const chosen: number[] = [];
  const keys = new Set<string>();
  const distance = (a: number, b: number): number =>
    points[a]!.reduce((sum, u, k) => sum + Math.abs(u - points[b]![k]!), 0);
  while (chosen.length < Math.min(count, good.length)) {
    let best: number | undefined;
    let farthest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < good.length; i++) {
      if (keys.has(canonicalKey(space, good[i]!.params))) continue;
      const away = chosen.length === 0 ? -i : Math.min(...chosen.map((other) => distance(i, other)));
      if (away > farthest) [best, farthest] = [i, away];
    }
    if (best === undefined) break;
    chosen.push(best);
    keys.add(canonicalKey(space, good[best]!.params));
  }
  return chosen.map((i) => good[i]!);
}

/** Options of `Study.warmStart`. */
export interface WarmStartOptions {
  /** Of the past study, for people. */
  readonly name: string;
  /** How many of its configurations are tried here; default 3. */
  readonly configurations?: number;
}

/** The events by which a study learns from a past one; configurations that are known already are not queued again. */
export function warmStartEvents(
  history: History,
  space: Space,
  past: History,
  { name, configurations = 3 }: WarmStartOptions,
  isKnown: (params: Params) => boolean,
): readonly NewEvent[] {
  const trials = pastTrials(space, past);
  const first = history.queue.length;
  const queued = choiceOfPast(space, trials, configurations)
    .filter(({ params }) => !isKnown(params))
    .map(({ params, quality }, i) => {
      const share = Math.round(100 * quality);
      const why = `from ${name}, where it was as good as ${share} % of the trials or better`;
      const id = first + i;
      return {
        type: 'queued' as const,
        id,
        params: canonicalParams(space, params),
        why,
        claim: claims.queued(id),
      };
    });
  return [...queued, { type: 'warm-started', from: name, trials, queued: queued.map(({ id }) => id) }];
}

/** What the guard says of a past study. */
export interface WarmVerdict {
  /** Undefined until enough trials have ended. */
  readonly holds: boolean | undefined;
  /** One sentence for people. */
  readonly text: string;
}

/**
 * Whether what a past study found good is good here: its configurations, tried here, must win at least two thirds of the comparisons
 * with the first three trials that it had no part in. Until three of each have ended nothing of it is believed.
 */
export function warmVerdict(history: History, warm: WarmStart): WarmVerdict {
  const objective = history.objectives[0];
  const ours: TrialRecord[] = [];
  const others: TrialRecord[] = [];
  const claimed = new Set((history.warmStarts ?? []).flatMap(({ queued }) => queued));
  const waited = Math.min(COMPARED, warm.queued.length);
  for (const trial of history.trials) {
    if (ours.length === warm.queued.length && others.length === COMPARED) break;
    if (trial.purpose !== 'search' || trial.source !== undefined) continue;
    if (!standingOf(trial, objective)) continue;
    if (trial.queued !== undefined && warm.queued.includes(trial.queued)) ours.push(trial);
    else if (others.length < COMPARED && (trial.queued === undefined || !claimed.has(trial.queued)))
      others.push(trial);
  }
  if (ours.length < waited || others.length < COMPARED)
    return {
      holds: undefined,
      text: `${warm.from} is being checked: its best configurations are tried here`,
    };
  let wins = 0;
  for (const a of ours)
    for (const b of others) {
      const order = compareStandings(standingOf(a, objective)!, standingOf(b, objective)!);
      wins += order < 0 ? 1 : order === 0 ? 0.5 : 0;
    }
  const pairs = ours.length * others.length;
  const holds = wins >= WINS * pairs;
  const score = `its best won ${wins} of ${pairs} comparisons with other trials here`;
  return { holds, text: holds ? `${warm.from} is believed: ${score}` : `${warm.from} misleads: ${score}` };
}

/** A parameter with what the good past trials say of it; itself when they say nothing. */
function believed(parameter: Parameter, values: readonly ParamValue[]): Parameter {
  if (values.length < 3 || parameter.kind === 'fixed' || parameter.prior !== undefined) return parameter;
  if (parameter.kind === 'float' || parameter.kind === 'int') {
    const coordinates = values.map((value) => encodeValue(parameter, value));
    const spread = Math.max(0.05, 1.5 * standardDeviation(coordinates));
    // As wide as an even spread: nothing was learned.
    if (spread > 0.4) return parameter;
    const about = decodeValue(parameter, mean(coordinates)) as number;
    return { ...parameter, prior: { about, spread } };
  }
  const list = ladderOf(parameter)!;
  const weights = Array.from(
    { length: list.count },
    (_, i) => 1 + values.filter((value) => value === list.valueAt(i)).length,
  );
  const all = Array.from({ length: list.count }, (_, i) => list.valueAt(i));
  return { ...parameter, prior: weightPrior(parameter.name, all, false, { weights }) };
}

const spaces = new WeakMap<Space, Map<string, Space>>();

/**
 * The space with what past studies taught as priors, as far as the guard believes them; priors of the user stay as they are.
 *
 * The same object as long as the same past studies are believed.
 */
export function warmSpace(history: History, space: Space): Space {
  const { warmStarts } = history;
  if (!warmStarts) return space;
  const held = warmStarts.map((warm) => warmVerdict(history, warm).holds === true);
  if (!held.includes(true)) return space;
  let known = spaces.get(space);
  if (!known) {
    known = new Map();
    spaces.set(space, known);
  }
  const key = held.join();
  let found = known.get(key);
  if (!found) {
    const good = warmStarts.flatMap(({ trials }, i) =>
      held[i] ? trials.slice(0, Math.max(COMPARED, Math.ceil(GOOD * trials.length))) : [],
    );
    const parameters = space.parameters.map((parameter) => {
      const values = good.flatMap(({ params }) => params[parameter.name] ?? []);
      return believed(parameter, values);
    });
    found = { ...space, parameters };
    known.set(key, found);
  }
  return found;
}
