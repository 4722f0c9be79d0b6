import type { Generator, Params } from '@luthier/core';
import { canonicalKey } from '../../space/canonical.ts';
import { isFeasible } from '../../space/constraints.ts';
import { decode, encode } from '../../space/encode.ts';
import { point as configuration, size } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import { axesOf } from '../axes.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { type Geometry, geometry } from '../gp/geometry.ts';
import { initialSuggestion } from '../initial.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { exhausted } from '../random.ts';
import type { SamplerSpec } from '../registry.ts';
import { triedKeys, untried } from '../tried.ts';
import { withoutOptions } from '../without-options.ts';
import { createKernelSet, type KernelSet } from './kernel-set.ts';
import { createMixture, type Mixture } from './mixture.ts';
import { type Side, splitTrials } from './split.ts';

const NAME = 'tpe';
const INITIAL = 10;
const CANDIDATES = 64;
// Around the best candidate: rounds of neighbours, each closer than the one before.
const ROUNDS = [0.05, 0.02, 0.008];
const NEIGHBOURS = 8;
// Finite spaces up to this size are looked through when every candidate was tried.
const ENUMERATED = 1500;

interface Candidate {
  readonly point: Float64Array;
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

/** Marks the inactive coordinates of a snapped point by NaN, as the densities want it. */
function masked(shape: Geometry, point: Float64Array): Float64Array {
  return point.map((u, k) => (shape.isActive(point, k) ? u : Number.NaN));
}

/** A point drawn from one kernel, parents before children: what is inactive is not drawn. */
function drawn(shape: Geometry, good: Mixture, random: Generator): Float64Array {
  const coordinate = good.draw(random);
  const point = new Float64Array(shape.dimensions.length).fill(0.5);
  for (let k = 0; k < point.length; k++) if (shape.isActive(point, k)) point[k] = coordinate(k);
  shape.snap(point);
  return point;
}

function neighbour(shape: Geometry, center: Float64Array, radius: number, random: Generator): Float64Array {
  const point = center.map((u, k) => {
    const { categorical, levels } = shape.dimensions[k]!;
    if (categorical) return u;
    // A step of at least one level, or nothing would move.
    return u + Math.max(radius, levels === Number.POSITIVE_INFINITY ? 0 : 0.7 / levels) * random.normal();
  });
  shape.snap(point);
  return point;
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, random } = request;
  const shape = geometry(space);
  const trials = orderedTrials(history, space);
  const tried = triedKeys(history, space);
  const useful = trials.ended.slice(0, 2).filter(({ standing }) => standing.group !== 'failed').length;
  if (tried.size < INITIAL || useful < 2 || shape.dimensions.length === 0)
    return initialSuggestion(request, NAME);

  const split = splitTrials(trials);
  const sets = setsOf(space);
  const good = mixtureOf(sets.good, split.good);
  const bad = mixtureOf(sets.bad, split.bad);
  // Where no configuration comes twice the best score alone counts: the density of a candidate that cannot win need not be exact.
  const isOpen = size(space) === Number.POSITIVE_INFINITY;
  let best = Number.NEGATIVE_INFINITY;
  const scored = (points: readonly Float64Array[]): readonly Candidate[] => {
    const open = points.map((point) => masked(shape, point));
    const likely = good.logDensity(open);
    return points.map((point, i) => {
      const score =
        likely[i]! - bad.logDensityUpTo(open[i]!, isOpen ? likely[i]! - best : Number.POSITIVE_INFINITY);
      best = Math.max(best, score);
      return { point, score };
    });
  };
  const candidates = [...scored(Array.from({ length: CANDIDATES }, () => drawn(shape, good, random)))];
  const top = (): Candidate => candidates.reduce((a, b) => (b.score > a.score ? b : a));
  for (const radius of ROUNDS) {
    const { point } = top();
    candidates.push(
      ...scored(Array.from({ length: NEIGHBOURS }, () => neighbour(shape, point, radius, random))),
    );
  }

  const isNew = (params: Params): boolean =>
    !tried.has(canonicalKey(space, params)) && isFeasible(space, params);
  const first = firstNew(space, candidates, isNew) ?? firstNew(space, everything(space, scored), isNew);
  if (first === undefined) {
    const other = untried(space, tried, random);
    if (other === undefined) return exhausted(size(space));
    const text = 'everything promising is tried already; an untried configuration';
    return { kind: 'params', params: other, why: { text, sampler: NAME, mode: 'random' } };
  }
  const { counts } = split;
  const ratio = Number(Math.exp(Math.min(700, first.score)).toPrecision(3));
  return {
    kind: 'params',
    params: first.params,
    why: {
      text: `${ratio} times as likely among the best ${counts.good} trials as among the other ${counts.bad}`,
      sampler: NAME,
      mode: 'exploit',
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
): { readonly params: Params; readonly score: number } | undefined {
  for (const { point, score } of [...candidates].sort((a, b) => b.score - a.score)) {
    const params = decode(space, point);
    if (isNew(params)) return { params, score };
  }
  return undefined;
}

/**
 * Tree-structured Parzen estimator: proposes what is likely among the best trials and unlikely among the others.
 *
 * One joint density of all parameters for each side, conditional ones included. The baseline and Sobol points come first, 10 trials in
 * all. The best 15 %, at most 25, are weighted by their gain; running trials and failures count among the others; stopped trials
 * stand behind complete ones, those that got further first. The best of 64 draws is improved locally. Only the first objective is used.
 * Its cost does not grow with the number of trials.
 *
 * Reference: Bergstra 2011; settings of Watanabe 2023, arXiv 2304.11127.
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
