import type { Generator, Params } from '@luthier/core';
import { isFeasible } from '../../space/constraints.ts';
import { decode, encode } from '../../space/encode.ts';
import { point as configuration, size } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import { axesOf } from '../axes.ts';
import { beliefOf } from '../belief.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { type Geometry, geometry } from '../gp/geometry.ts';
import { initialSuggestion } from '../initial.ts';
import { nearestTrials } from '../nearest-trials.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { exhausted } from '../random.ts';
import type { SamplerSpec } from '../registry.ts';
import { askedCount, mayBeAsked, triedKeys, untried } from '../tried.ts';
import { withoutOptions } from '../without-options.ts';
import { createKernelSet, type KernelSet } from './kernel-set.ts';
import { createMixture, type Mixture } from './mixture.ts';
import { type Side, splitTrials } from './split.ts';

const NAME = 'tpe';
const INITIAL = 10;
const CANDIDATES = 64;
const REDRAWS = 20;
// Neighbours of the best candidate that are tried too, and how far away: without them no end of a range would be met exactly; closer ones
// in more rounds made searches greedy.
const NEIGHBOURS = 8;
const DISTANCE = 0.05;
// Finite spaces up to this size are looked through when every candidate was tried.
const ENUMERATED = 1500;

interface Candidate {
  readonly point: Float64Array;
  /** ln of how much likelier it is among the best than among the others. */
  readonly ratio: number;
  /** The same with the user's priors. */
  readonly score: number;
}

const cache = new WeakMap<Space, { readonly good: KernelSet; readonly bad: KernelSet }>();

/** The kernels of both sides, which follow the trials from one suggestion to the next. */
function setsOf(space: Space): { readonly good: KernelSet; readonly bad: KernelSet } {
  let sets = cache.get(space);
  if (sets === undefined) {
    const axes = axesOf(space);
    sets = { good: createKernelSet(axes), bad: createKernelSet(axes) };
    cache.set(space, sets);
  }
  return sets;
}

function mixtureOf(set: KernelSet, { observed, weights }: Side): Mixture {
  set.update(observed);
  return createMixture(set, weights);
}

/** A snapped point whose inactive coordinates are NaN, as the densities want it; itself where all are active. */
function masked(shape: Geometry, point: Float64Array): Float64Array {
  let open: Float64Array | undefined;
  for (let k = 0; k < point.length; k++) {
    if (shape.isActive(point, k)) continue;
    open ??= point.slice();
    open[k] = Number.NaN;
  }
  return open ?? point;
}

/**
 * A point drawn from one kernel, parents before children: what is inactive is not drawn. Drawn again while it breaks a rule of the space, up
 * to 20 times.
 */
function drawn(
  shape: Geometry,
  good: Mixture,
  random: Generator,
  isAllowed: (point: Float64Array) => boolean,
): Float64Array {
  const point = new Float64Array(shape.dimensions.length);
  for (let attempt = 0; attempt < REDRAWS; attempt++) {
    point.fill(0.5);
    good.draw(random, point, shape.isActive);
    shape.snap(point);
    if (isAllowed(point)) break;
  }
  return point;
}

function neighbour(shape: Geometry, center: Float64Array, random: Generator): Float64Array {
  const point = center.slice();
  for (let k = 0; k < point.length; k++) {
    const { categorical, levels } = shape.dimensions[k]!;
    // A step of at least one level, or nothing would move.
    const distance = Math.max(DISTANCE, levels === Number.POSITIVE_INFINITY ? 0 : 0.7 / levels);
    if (!categorical) point[k] = point[k]! + distance * random.normal();
  }
  shape.snap(point);
  return point;
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, random } = request;
  const shape = geometry(space);
  const trials = orderedTrials(history, space);
  const useful = trials.ended.slice(0, 2).filter(({ standing }) => standing.group !== 'failed').length;
  if (askedCount(history, space) < INITIAL || useful < 2 || shape.dimensions.length === 0)
    return initialSuggestion(request, NAME);

  const split = splitTrials(trials);
  const sets = setsOf(space);
  const good = mixtureOf(sets.good, split.good);
  const bad = mixtureOf(sets.bad, split.bad);
  const belief = beliefOf(space, trials.ended);
  // Where the best one is sure to be taken the density of a candidate that cannot win need not be exact.
  const isOpen = size(space) === Number.POSITIVE_INFINITY && space.constraints === undefined;
  let best = Number.NEGATIVE_INFINITY;
  const scored = (points: readonly Float64Array[]): readonly Candidate[] => {
    const open = points.map((point) => masked(shape, point));
    const likely = good.logDensity(open);
    return points.map((point, i) => {
      const prior = belief?.(open[i]!) ?? 0;
      const limit = isOpen ? likely[i]! + prior - best : Number.POSITIVE_INFINITY;
      const ratio = likely[i]! - bad.logDensityUpTo(open[i]!, limit);
      best = Math.max(best, prior + ratio);
      return { point, ratio, score: prior + ratio };
    });
  };
  const isAllowed = (point: Float64Array): boolean =>
    space.constraints === undefined || isFeasible(space, decode(space, point));
  const draws = scored(Array.from({ length: CANDIDATES }, () => drawn(shape, good, random, isAllowed)));
  const { point: top } = draws.reduce((a, b) => (b.score > a.score ? b : a));
  const candidates = [
    ...draws,
    ...scored(Array.from({ length: NEIGHBOURS }, () => neighbour(shape, top, random))),
  ];
  const isNew = mayBeAsked(history, space);
  const first = firstNew(space, candidates, isNew) ?? firstNew(space, everything(space, scored), isNew);
  if (first === undefined) {
    const other = untried(space, triedKeys(history, space), random);
    if (other === undefined) return exhausted(size(space));
    const text = 'everything promising is tried already; an untried configuration';
    return { kind: 'params', params: other, why: { text, sampler: NAME, mode: 'random' } };
  }
  const { counts, worstGood } = split;
  const ratio = Number(Math.exp(Math.min(700, first.candidate.ratio)).toPrecision(3));
  const isMaximized = history.objectives[0]?.direction === 'maximize';
  const limit =
    worstGood === undefined
      ? ''
      : ` (${Number((isMaximized ? -worstGood : worstGood).toPrecision(4))} or better)`;
  return {
    kind: 'params',
    params: first.params,
    why: {
      text: `${ratio} times as likely among the best ${counts.good} trials${limit} as among the other ${counts.bad}`,
      sampler: NAME,
      neighbours: nearestTrials(axesOf(space), split.good.observed, masked(shape, first.candidate.point)),
      // Where it is no likelier among the best there is nothing to exploit.
      mode: ratio > 1 ? 'exploit' : 'explore',
    },
  };
}

/** Every configuration of a small space, scored; nothing of a large one. */
function everything(
  space: Space,
  scored: (points: readonly Float64Array[]) => readonly Candidate[],
): readonly Candidate[] {
  const total = size(space);
  if (total > ENUMERATED) return [];
  return scored(
    Array.from({ length: total }, (_, index) => encode(space, configuration(space, index)).point),
  );
}

function firstNew(
  space: Space,
  candidates: readonly Candidate[],
  isNew: (params: Params) => boolean,
): { readonly params: Params; readonly candidate: Candidate } | undefined {
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    const params = decode(space, candidate.point);
    if (isNew(params)) return { params, candidate };
  }
  return undefined;
}

/**
 * Tree-structured Parzen estimator: proposes what is likely among the best trials and unlikely among the others.
 *
 * One joint density of all parameters for each side, conditional ones included. The baseline and Sobol points come first, 10 trials in
 * all. The best 15 %, at most 25, are weighted by their gain; running trials and failures count among the others; stopped trials
 * stand behind complete ones, those that got further first; the user's priors count as much as ten trials. The best of 64 draws is
 * taken, or a neighbour that is better. Trials outside of narrowed ranges count where they lie. Only the first objective is used. Its
 * cost does not grow with the number of trials.
 *
 * Reference: Bergstra 2011; settings of Watanabe 2023, arXiv 2304.11127, but for bandwidths: the ends of a range widen no kernels, and none
 * is narrower than a twentieth of it.
 *
 * @example
 * tpe()
 */
export function tpe(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the TPE sampler from its specification. */
export function parseTpe(spec: SamplerSpec): Sampler {
  withoutOptions(spec);
  return tpe();
}
