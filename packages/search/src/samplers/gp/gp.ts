import { type Json, LuthierError, type Params, refuseUnknown } from '@luthier/core';
import { isFeasible } from '../../space/constraints.ts';
import { decode, encode } from '../../space/encode.ts';
import { point as configuration, size } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import { beliefOf } from '../belief.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { initialSuggestion } from '../initial.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { exhausted } from '../random.ts';
import type { SamplerSpec } from '../registry.ts';
import { askedCount, mayBeAsked, triedKeys, untried } from '../tried.ts';
import { type CostModel, createCostModel } from './cost.ts';
import { type Observation, readEvidence, searchable } from './evidence.ts';
import { explained, predict } from './explain.ts';
import { createFeasibility, type Feasibility } from './feasibility.ts';
import { type Geometry, geometry } from './geometry.ts';
import type { Theta } from './kernel.ts';
import { createModel, type Fitted, featureRows, type Model, signatureOf } from './model.ts';
import { neglectedPoint } from './neglected.ts';
import { eagernessOf, offsetsOf } from './offsets.ts';
import {
  type Box,
  boxAround,
  firstRegion,
  isInRegion,
  isLocal,
  nearest,
  nextRegion,
  type RegionState,
} from './region.ts';
import { type Candidate, searchSurface } from './search.ts';
import { createSurface, type Surface } from './surface.ts';

const NAME = 'gp';
// Finite spaces up to this size are scored whole.
const ENUMERATED = 1500;
const ELITES = 5;
const LARGEST = 300;
// In standard deviations of all results, as transformed.
const FAR_WORSE = 0.5;

/** A fit to start the next one from. */
interface Held {
  readonly theta: Theta;
  readonly fitted: number;
}

interface Memo extends Fitted {
  readonly feasibility?: Held;
  readonly cost?: Held;
  readonly region?: RegionState;
}

export interface GpOptions {
  /**
   * Prefers trials that end sooner: ln EI minus c times ln of the expected seconds, c falling from 1 to 0 over the budget of trials. Counts
   * once the longest trial took three times as long as the shortest. Default false.
   */
  readonly costAware?: boolean;
}

function readMemo(memo: Json | undefined, shape: Geometry): Memo | undefined {
  const held = memo as Partial<Memo> | null | undefined;
  if (typeof held !== 'object' || held?.signature !== signatureOf(shape)) return undefined;
  return held as Memo;
}

/** Number of trials before the model takes over: the baseline and Sobol points. */
function initialTrials(shape: Geometry): number {
  return Math.max(3, Math.min(10, shape.dimensions.length + 1));
}

const small = new WeakMap<Space, readonly { readonly params: Params; readonly point: Float64Array }[]>();

/** All configurations of a small finite space. */
function everything(
  space: Space,
  shape: Geometry,
): readonly { readonly params: Params; readonly point: Float64Array }[] {
  let found = small.get(space);
  if (found === undefined) {
    found = Array.from({ length: size(space) }, (_, index) => {
      const params = configuration(space, index);
      const { point } = encode(space, params);
      shape.snap(point);
      return { params, point };
    });
    small.set(space, found);
  }
  return found;
}

/** Whether a continuous point coincides with one that was asked for. */
function isOccupied(point: Float64Array, taken: readonly Float64Array[]): boolean {
  return taken.some((other) => other.every((u, k) => Math.abs(u - point[k]!) < 1e-6));
}

/** Candidates that were not asked for, best first. */
function candidates(
  request: SuggestRequest,
  shape: Geometry,
  surface: Surface,
  model: Model,
  observations: readonly Observation[],
  isNew: (params: Params) => boolean,
  box: Box | undefined,
): readonly Candidate[] {
  const { space, random } = request;
  if (size(space) <= ENUMERATED) {
    const open = everything(space, shape).flatMap(({ params, point }) => (isNew(params) ? [point] : []));
    const scores = surface.screen(featureRows(shape, open), open.length);
    return open.map((point, i) => ({ point, score: scores[i]! })).sort((a, b) => b.score - a.score);
  }
  const means = new Float64Array(observations.length);
  const rows = featureRows(
    shape,
    observations.map(({ point }) => point),
  );
  model.belief.predict(rows, observations.length, means);
  const elites = observations
    .map(({ point }, i) => ({ point, mean: means[i]! }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, ELITES)
    .map(({ point }) => point);
  const { constraints } = space;
  return searchSurface(shape, surface, elites, random, {
    box,
    ...(constraints === undefined
      ? {}
      : { isAllowed: (point: Float64Array) => isFeasible(space, decode(space, point)) }),
  });
}

/** The region of the search as it is after what has ended since the last suggestion. */
function currentRegion(
  shape: Geometry,
  observations: readonly Observation[],
  before: RegionState | undefined,
  local: boolean,
): RegionState {
  if (before === undefined) return firstRegion(observations);
  return nextRegion(before, observations, shape.dimensions.length, local);
}

function heldOf(model: CostModel | Feasibility): Held {
  return { theta: model.theta, fitted: model.fitted };
}

function suggest(request: SuggestRequest, options: GpOptions): Suggestion {
  const { history, space, trial, random } = request;
  const shape = geometry(space);
  const evidence = readEvidence(history, space);
  const total = size(space);
  const { observations } = evidence;
  if (
    askedCount(history, space) < initialTrials(shape) ||
    observations.length < 2 ||
    shape.dimensions.length === 0
  )
    return initialSuggestion(request, NAME);

  const before = readMemo(request.memo, shape);
  const local = isLocal(shape, evidence.total);
  const inside = searchable(shape, observations);
  const region = currentRegion(shape, inside, before?.region, local);
  const since = inside.filter(({ ended }) => ended > region.from);
  const complete = since.filter((observation) => observation.complete);
  if (region.from >= 0 && before !== undefined && complete.length < initialTrials(shape)) {
    const first = initialSuggestion(request, NAME);
    if (first.kind !== 'params') return first;
    const why = { ...first.why, text: `${first.why.text} anew: the last region holds nothing better` };
    return { ...first, why, memo: { ...before, region } as unknown as Json };
  }
  const center = (complete.length > 0 ? complete : inside).reduce((a, b) => (b.value > a.value ? b : a));
  const used = local ? nearest(observations, center.point, LARGEST) : observations;

  const model = createModel(shape, used, evidence.total, before, !history.repeats);
  const feasibility = createFeasibility(shape, evidence.labels, before?.feasibility);
  const cost = options.costAware ? createCostModel(shape, history, evidence, before?.cost) : undefined;
  const offsets = offsetsOf(
    shape,
    feasibility,
    cost && { model: cost, eagerness: eagernessOf(request) },
    beliefOf(space, orderedTrials(history, space).ended),
  );
  const surface = createSurface(shape, model, evidence, offsets);
  const isNew = mayBeAsked(history, space);
  const taken =
    history.repeats || total < Number.POSITIVE_INFINITY
      ? []
      : [...evidence.labels.map(({ point }) => point), ...evidence.pending];
  const isOpen = (point: Float64Array): boolean => isNew(decode(space, point)) && !isOccupied(point, taken);
  const bestIn = (box: Box | undefined): Float64Array | undefined =>
    candidates(request, shape, surface, model, used, isNew, box).find(({ point }) => isOpen(point))?.point;
  const neglected = isInRegion(trial, local)
    ? undefined
    : neglectedPoint(shape, evidence, center.point, random, isOpen);
  const box = boxAround(shape, center.point, region.side, model.fitted.theta);
  let chosen = neglected?.point ?? bestIn(local ? box : undefined);
  // What is expected to be nearly as good is tried wherever it lies; of what is expected to be much worse, most steps stay in the region.
  const isFarWorse =
    chosen !== undefined &&
    predict(model, featureRows(shape, [chosen]), 1).scaled < model.incumbent - FAR_WORSE;
  if (isFarWorse && !local && isInRegion(trial, local) && total > ENUMERATED) chosen = bestIn(box) ?? chosen;
  const next: Memo = {
    ...model.fitted,
    ...(feasibility === undefined ? {} : { feasibility: heldOf(feasibility) }),
    ...(cost === undefined ? {} : { cost: heldOf(cost) }),
    region,
  };
  const memo = next as unknown as Json;
  if (chosen === undefined) {
    const other = untried(space, triedKeys(history, space), random);
    if (other === undefined) return exhausted(total);
    const text = 'everything promising is tried already; an untried configuration';
    return { kind: 'params', params: other, memo, why: { text, sampler: NAME, mode: 'random' } };
  }

  return {
    kind: 'params',
    params: decode(space, chosen),
    memo,
    why: explained(history, shape, model, { observations: used, evidence, cost, neglected }, chosen),
  };
}

/**
 * Bayesian search with a Gaussian process: ARD Matern-5/2 over the unit cube and a quadratic trend of the numbers, categories by mismatch,
 * conditional parameters by activity, learned noise of which little is expected; the next trial maximises the expected improvement over the best posterior mean,
 * augmented: where noise would hide what it tells it is worth less.
 *
 * The baseline and Sobol points come first, up to max(3, min(10, d + 1)) trials. Values are transformed (straight, ln, half-rank and log,
 * or Yeo-Johnson, whichever predicts best), numbers are warped where that pays; repeats are averaged, and a study that allows them is
 * expected to be noisy; stopped trials count as uncertain observations; failures lower the chance that a neighbour is tried, the user's priors count as much as ten trials; running trials are
 * taken as observed at their predicted value. Only the first objective is used. Two of three steps to where much worse is expected stay in
 * a region around the best instead, which grows and shrinks; above 300 trials or 30 dimensions every step does. The third goes to
 * conditional parameters that few trials had, as long as there are such.
 *
 * Defaults: costAware false. Throws LU_SAMPLER_OPTION for other options.
 *
 * Reference: Jones 1998 (expected improvement), Huang 2006 (augmented), Ament 2023 (its logarithm), Hvarfner 2024 (priors), Song 2024
 * (transform), Snoek 2014 (warp), Eriksson 2019 (region), Lee 2020 (cost).
 *
 * @example
 * gp()
 */
export function gp(options: GpOptions = {}): Sampler {
  const { costAware } = options;
  refuseUnknown('LU_SAMPLER_OPTION', NAME, options, ['costAware']);
  if (costAware !== undefined && typeof costAware !== 'boolean')
    throw new LuthierError('LU_SAMPLER_OPTION', `gp: costAware is ${costAware}`, {
      fix: 'Use costAware: true or false, or no option.',
      where: 'sampler',
    });
  return {
    name: NAME,
    spec: { name: NAME, ...(costAware === undefined ? {} : { costAware }) },
    suggest: (request) => suggest(request, options),
  };
}

/** Makes the Gaussian-process sampler from its specification. */
export function parseGp({ name: _name, ...options }: SamplerSpec): Sampler {
  return gp(options as GpOptions);
}
