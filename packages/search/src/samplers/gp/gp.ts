import type { Json, Params } from '@luthier/core';
import { canonicalKey } from '../../space/canonical.ts';
import { isFeasible } from '../../space/constraints.ts';
import { decode, encode } from '../../space/encode.ts';
import { point as configuration, size } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import type { History } from '../../study/history.ts';
import { baseline } from '../baseline.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { exhausted } from '../random.ts';
import { sobol } from '../sobol.ts';
import { untried } from '../tried.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import { createFeasibility } from './feasibility.ts';
import { type Geometry, geometry } from './geometry.ts';
import type { Theta } from './kernel.ts';
import { createModel, type Fitted, featureRows, type Model } from './model.ts';
import { type Candidate, searchSurface } from './search.ts';
import { createSurface, type Surface } from './surface.ts';

const NAME = 'gp';
// Finite spaces up to this size are scored whole.
const ENUMERATED = 1500;
const ELITES = 5;

interface Memo extends Fitted {
  readonly feasibility?: { readonly theta: Theta; readonly fitted: number };
}

function readMemo(memo: Json | undefined): Memo | undefined {
  const held = memo as Partial<Memo> | null | undefined;
  return typeof held === 'object' && held?.signature !== undefined ? (held as Memo) : undefined;
}

/** Number of trials before the model takes over: the baseline and Sobol points. */
function initialTrials(shape: Geometry): number {
  return Math.max(3, Math.min(10, shape.dimensions.length + 1));
}

const small = new WeakMap<Space, readonly Float64Array[]>();

/** All points of a small finite space. */
function allPoints(space: Space, shape: Geometry): readonly Float64Array[] {
  let found = small.get(space);
  if (found === undefined) {
    const total = size(space);
    found = Array.from({ length: total }, (_, index) => {
      const { point } = encode(space, configuration(space, index));
      shape.snap(point);
      return point;
    });
    small.set(space, found);
  }
  return found;
}

/** Whether a continuous point coincides with one that was asked for. */
function isOccupied(point: Float64Array, taken: readonly Float64Array[]): boolean {
  return taken.some((other) => other.every((u, k) => Math.abs(u - point[k]!) < 1e-6));
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

/** Mean and deviation of a prediction on the scale of the objective. */
function predict(
  model: Model,
  shape: Geometry,
  point: Float64Array,
  sign: number,
): { mean: number; deviation: number; scaled: number } {
  const mean = new Float64Array(1);
  const deviation = new Float64Array(1);
  model.belief.predict(featureRows(shape, [point]), 1, mean, deviation);
  const { inverse } = model.transform;
  const half = 0.5 * (inverse(mean[0]! + deviation[0]!) - inverse(mean[0]! - deviation[0]!));
  return { mean: sign * inverse(mean[0]!), deviation: Math.abs(half), scaled: mean[0]! };
}

function suggestFirst(request: SuggestRequest, evidence: Evidence): Suggestion {
  const first = baseline(request.space);
  if (!evidence.seen.has(canonicalKey(request.space, first.params))) return { kind: 'params', ...first };
  const next = sobol().suggest(request);
  if (next.kind === 'exhausted') return next;
  const why = { text: `${next.why.text}, to learn the space`, sampler: NAME, mode: 'initial' as const };
  return { kind: 'params', params: next.params, why };
}

function candidates(
  request: SuggestRequest,
  shape: Geometry,
  surface: Surface,
  model: Model,
  evidence: Evidence,
): readonly Candidate[] {
  const { space, random } = request;
  if (size(space) <= ENUMERATED) {
    const points = allPoints(space, shape);
    const scores = surface.score(featureRows(shape, points), points.length);
    return points.map((point, i) => ({ point, score: scores[i]! })).sort((a, b) => b.score - a.score);
  }
  const { observations } = evidence;
  const means = new Float64Array(observations.length);
  model.belief.predict(
    featureRows(
      shape,
      observations.map(({ point }) => point),
    ),
    observations.length,
    means,
  );
  const elites = observations
    .map(({ point }, i) => ({ point, mean: means[i]! }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, ELITES)
    .map(({ point }) => point);
  return searchSurface(shape, surface, elites, random);
}

function bestKnown(history: History, evidence: Evidence, sign: number): number | undefined {
  const complete = evidence.observations.filter((observation) => observation.complete);
  return complete.length === 0 || history.objectives.length === 0
    ? undefined
    : sign * Math.max(...complete.map(({ value }) => value));
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, memo, random } = request;
  const shape = geometry(space);
  const evidence = readEvidence(history, space);
  const total = size(space);
  const asked = history.trials.filter(({ purpose }) => purpose === 'search').length;
  if (asked < initialTrials(shape) || evidence.observations.length < 2 || shape.dimensions.length === 0) {
    return suggestFirst(request, evidence);
  }

  const before = readMemo(memo);
  const sign = history.objectives[0]?.direction === 'maximize' ? 1 : -1;
  const model = createModel(shape, evidence.observations, before);
  const feasibility = createFeasibility(shape, evidence.labels, before?.feasibility);
  const surface = createSurface(shape, model, evidence, feasibility);

  const taken = [...evidence.labels.map(({ point }) => point), ...evidence.pending];
  let params: Params | undefined;
  let chosen: Candidate | undefined;
  for (const candidate of candidates(request, shape, surface, model, evidence)) {
    const found = decode(space, candidate.point);
    if (evidence.seen.has(canonicalKey(space, found)) || !isFeasible(space, found)) continue;
    if (total === Number.POSITIVE_INFINITY && isOccupied(candidate.point, taken)) continue;
    params = found;
    chosen = candidate;
    break;
  }
  const next: Memo = {
    ...model.fitted,
    ...(feasibility === undefined
      ? {}
      : { feasibility: { theta: feasibility.theta, fitted: feasibility.fitted } }),
  };
  if (params === undefined || chosen === undefined) {
    const other = untried(space, new Map([...evidence.seen].map((key) => [key, 1])), random);
    if (other === undefined) return exhausted(total);
    return {
      kind: 'params',
      params: other,
      memo: next as unknown as Json,
      why: {
        text: 'everything promising is tried already; an untried configuration',
        sampler: NAME,
        mode: 'random',
      },
    };
  }

  const { mean, deviation, scaled } = predict(model, shape, chosen.point, sign);
  const mode = scaled >= model.incumbent ? 'exploit' : 'explore';
  const best = bestKnown(history, evidence, sign);
  const reason =
    mode === 'exploit' ? 'the model expects it to be better' : 'the model is unsure and it may be better';
  const metric = history.objectives[0]?.metric ?? 'value';
  const against = best === undefined ? '' : `, best so far ${shown(best)}`;
  return {
    kind: 'params',
    params,
    memo: next as unknown as Json,
    why: {
      text: `${metric} ${shown(mean)} ± ${shown(deviation)} expected${against}: ${reason}`,
      sampler: NAME,
      predicted: { mean, deviation },
      mode,
    },
  };
}

/**
 * Bayesian search with a Gaussian process: ARD Matern-5/2 over the unit cube, categories by mismatch, conditional parameters by
 * activity, learned noise; the next trial maximises the expected improvement over the best posterior mean.
 *
 * The baseline and Sobol points come first, up to max(3, min(10, d + 1)) trials. Values are transformed (straight, ln, or
 * half-rank and log, whichever predicts best); repeats are averaged; stopped trials count as uncertain observations;
 * failures lower the chance that a neighbour is tried; running trials are taken as observed at their predicted
 * value. Only the first objective is used. Above 300 observations a part of them is used.
 *
 * Reference: Jones 1998 (expected improvement), Ament 2023 (its logarithm), Hvarfner 2024 (priors), Song 2024 (transform).
 *
 * @example
 * gp()
 */
export function gp(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the Gaussian-process sampler from its specification. */
export function parseGp(): Sampler {
  return gp();
}
