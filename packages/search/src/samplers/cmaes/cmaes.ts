import type { Json } from '@luthier/core';
import { placeOf } from '../../space/adapt.ts';
import { canonicalKey, canonicalParams } from '../../space/canonical.ts';
import { decode } from '../../space/encode.ts';
import { size } from '../../space/enumerate.ts';
import { axesOf } from '../axes.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { initialSuggestion } from '../initial.ts';
import { nearestTrials } from '../nearest-trials.ts';
import { type OrderedTrials, orderedTrials, pointOf } from '../ordered-trials.ts';
import { exhausted } from '../random.ts';
import type { SamplerSpec } from '../registry.ts';
import { compareStandings, type Standing, standingOf } from '../standing.ts';
import { askedCount, mayBeAsked, triedKeys, untried } from '../tried.ts';
import { withoutOptions } from '../without-options.ts';
import {
  type Drawn,
  drawFrom,
  type Generation,
  injected,
  layoutOf,
  nextGeneration,
  warmGeneration,
} from './generation.ts';

const NAME = 'cmaes';
// Draws that fall on configurations already tried are drawn again, up to here.
const ATTEMPTS = 20;

function readMemo(request: SuggestRequest): Generation | undefined {
  const held = request.memo as Partial<Generation> | null | undefined;
  if (typeof held !== 'object' || held?.version !== 1 || !Array.isArray(held.space)) return undefined;
  const { key } = layoutOf(request.space);
  const isSame = held.space[0] === key[0] && held.space[1] === key[1];
  return isSame ? (held as Generation) : undefined;
}

/** How a trial's configuration was reached: drawn from the generation again, or brought in from elsewhere. */
function reached(request: SuggestRequest, generation: Generation, trial: number): Drawn | undefined {
  const { space, history } = request;
  const { params, why } = history.trials[trial]!;
  const point = pointOf(space, params);
  if (point === undefined) return undefined;
  if (why.sampler !== NAME) return injected(space, generation, point);
  const key = canonicalKey(space, params);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = drawFrom(space, generation, history.seed, trial, attempt);
    if (canonicalKey(space, canonicalParams(space, decode(space, drawn.point))) === key) return drawn;
  }
  return injected(space, generation, point);
}

interface Result extends Drawn {
  readonly number: number;
  readonly standing: Standing;
}

/**
 * Points of the complete trials, best first. Those outside of ranges that were narrowed count at the nearest point of the ranges: what was
 * promising there is, as far as the ranges let it be, promising here.
 */
function knownPoints({ history, space }: SuggestRequest, { ended, byNumber }: OrderedTrials): Float64Array[] {
  const inside = ended.filter(({ standing }) => standing.group === 'complete');
  const objective = history.objectives[0];
  const outside = history.trials.flatMap((trial) => {
    if (trial.purpose !== 'search' || byNumber[trial.number] !== undefined) return [];
    const standing = standingOf(trial, objective);
    const place = standing?.group === 'complete' ? placeOf(space, trial.params) : undefined;
    if (standing === undefined || place === undefined) return [];
    return [{ number: trial.number, standing, point: place.map((u) => Math.min(1, Math.max(0, u))) }];
  });
  if (outside.length === 0) return inside.map(({ point }) => point);
  return [...inside, ...outside]
    .sort((a, b) => compareStandings(a.standing, b.standing) || a.number - b.number)
    .map(({ point }) => point);
}

/** The generation to draw from now: the held one, or the next when enough of its trials have ended. */
function current(request: SuggestRequest, trials: OrderedTrials, held: Generation | undefined): Generation {
  const { history, space, trial } = request;
  if (held === undefined) return warmGeneration(space, knownPoints(request, trials), trial);
  const objective = history.objectives[0];
  const since = history.trials.slice(held.from).flatMap((record) => {
    const standing = record.purpose === 'search' ? standingOf(record, objective) : undefined;
    return standing ? [{ number: record.number, standing }] : [];
  });
  if (since.length < held.population) return held;
  const results = since.flatMap(({ number, standing }): readonly Result[] => {
    const drawn = reached(request, held, number);
    return drawn ? [{ ...drawn, number, standing }] : [];
  });
  if (results.length < held.population) return held;
  results.sort((a, b) => compareStandings(a.standing, b.standing) || a.number - b.number);
  const rows = results.map(({ step, point, standing }) => ({
    step,
    point,
    value: standing.group === 'complete' ? standing.value : Number.POSITIVE_INFINITY,
  }));
  return nextGeneration(space, held, rows, trial, history.seed);
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, trial, random } = request;
  const { lines, categories } = layoutOf(space);
  const trials = orderedTrials(history, space);
  const count = lines.length + categories.length;
  const initial = Math.max(3, Math.min(10, count + 1));
  const best = trials.ended[0];
  if (askedCount(history, space) < initial || count === 0 || best?.standing.group !== 'complete')
    return initialSuggestion(request, NAME);

  const held = readMemo(request);
  const generation = current(request, trials, held);
  const memo = generation === held ? {} : { memo: generation as unknown as Json };
  const isNew = mayBeAsked(history, space);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { point } = drawFrom(space, generation, history.seed, trial, attempt);
    const params = decode(space, point);
    if (!isNew(params)) continue;
    const { step, generation: number } = generation.distribution;
    const run = generation.restarts === 0 ? '' : `restart ${generation.restarts}, `;
    const width = lines.length === 0 ? '' : `, step ${Number(step.toPrecision(3))} of the range`;
    const text = `${run}generation ${number + 1} of ${generation.population}${width}`;
    const neighbours = nearestTrials(axesOf(space), trials.ended.slice(0, generation.population), point);
    return { kind: 'params', params, ...memo, why: { text, sampler: NAME, neighbours, mode: 'explore' } };
  }
  const other = untried(space, triedKeys(history, space), random);
  if (other === undefined) return exhausted(size(space));
  const text = 'everything near the mean is tried already; an untried configuration';
  return { kind: 'params', params: other, ...memo, why: { text, sampler: NAME, mode: 'random' } };
}

/**
 * CMA-ES: a normal distribution over the unit cube that moves and turns towards better results, generation by generation.
 *
 * Stepped parameters keep a margin so that they never freeze; categories have a table of probabilities instead. The baseline and Sobol
 * points come first, max(3, min(10, d + 1)) trials; the best of all trials so far is the first mean, the step 0.2 of each range; of 30
 * trials or more the best tenth is the first distribution, trials outside of narrowed ranges at their nearest point. Above 100 dimensions
 * only the variances are learned (separable).
 * A generation ends when λ = 4 + ⌊3 ln d⌋ of its trials have ended, whoever else still runs; failures rank last, stopped trials behind
 * complete ones. Converged, it starts again elsewhere with λ doubled. Only the first objective is used.
 *
 * Worth its while from about 50 trials a parameter on. Reference: Hansen 2016; Hamano 2022 (margin); Auger and Hansen 2005 (restarts);
 * Ros and Hansen 2008 (separable).
 *
 * @example
 * cmaes()
 */
export function cmaes(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the CMA-ES sampler from its specification. */
export function parseCmaes(spec: SamplerSpec): Sampler {
  withoutOptions(spec);
  return cmaes();
}
