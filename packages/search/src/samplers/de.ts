import { type Generator, type Json, randomKey } from '@luthier/core';
import { decode } from '../space/encode.ts';
import { size } from '../space/enumerate.ts';
import { axesOf } from './axes.ts';
import type { Sampler, Suggestion, SuggestRequest } from './contract.ts';
import { type Geometry, geometry } from './gp/geometry.ts';
import { initialSuggestion } from './initial.ts';
import { orderedTrials, pointOf } from './ordered-trials.ts';
import { exhausted } from './random.ts';
import type { SamplerSpec } from './registry.ts';
import { compareStandings, isPending, type Standing, standingOf } from './standing.ts';
import { mayBeAsked, triedKeys, untried } from './tried.ts';
import { withoutOptions } from './without-options.ts';

const NAME = 'de';
const ATTEMPTS = 20;
const SMALLEST = 6;
const LARGEST = 40;
// Constants of JADE: share of the best to move towards, spread of the drawn parameters, rate of learning.
const ELITE = 0.2;
const SPREAD = 0.1;
const RATE = 0.1;

/** A running trial: the member it may replace and how it was made. */
interface Child {
  readonly trial: number;
  readonly member: number;
  readonly weight: number;
  readonly crossover: number;
}

/** What the sampler remembers: members by trial number, those that were replaced, running children, learned means. */
interface Memo {
  readonly version: 2;
  readonly space: readonly [number, number];
  readonly members: readonly number[];
  /** The newest that were replaced, no more than there are members. */
  readonly archive: readonly number[];
  readonly children: readonly Child[];
  /** Member to challenge next. */
  readonly next: number;
  readonly weight: number;
  readonly crossover: number;
}

/** A trial to take a difference with. */
interface Donor {
  readonly trial: number;
  readonly point: Float64Array;
}

interface Member extends Donor {
  readonly standing: Standing;
}

const keys = new WeakMap<Geometry, readonly [number, number]>();

function keyOf(shape: Geometry): readonly [number, number] {
  let key = keys.get(shape);
  if (key === undefined) {
    const { k0, k1 } = randomKey(shape.signature);
    key = [k0, k1];
    keys.set(shape, key);
  }
  return key;
}

function readMemo(request: SuggestRequest, shape: Geometry): Memo | undefined {
  const held = request.memo as Partial<Memo> | null | undefined;
  if (typeof held !== 'object' || held?.version !== 2 || !Array.isArray(held.members)) return undefined;
  const key = keyOf(shape);
  if (held.space?.[0] !== key[0] || held.space[1] !== key[1]) return undefined;
  const memo = held as Memo;
  // Fewer members than this leave no two others to take a difference of.
  if (memo.members.length < SMALLEST) return undefined;
  return memo.members.every((number) => memberOf(request, number) !== undefined) ? memo : undefined;
}

/** Inactive and unknown parameters sit in the middle. */
function filled(point: Float64Array): Float64Array {
  return point.map((u) => (Number.isNaN(u) ? 0.5 : u));
}

/** An ended trial as a member. */
function memberOf({ history, space }: SuggestRequest, number: number): Member | undefined {
  const trial = history.trials[number];
  const standing = trial && standingOf(trial, history.objectives[0]);
  const point = trial && standing && pointOf(space, trial.params);
  return point && { trial: number, standing, point: filled(point) };
}

/** Members of a population: 10 and one a dimension, but no more than a third of the trials. */
function populationSize(shape: Geometry, budget: number | undefined): number {
  const wanted = Math.min(LARGEST, 10 + shape.dimensions.length);
  return Math.max(SMALLEST, Math.min(wanted, Math.floor((budget ?? Number.POSITIVE_INFINITY) / 3)));
}

/** Lets the children that have ended replace members that they are no worse than; success teaches the means. */
function settled(request: SuggestRequest, held: Memo): Memo {
  const members = [...held.members];
  const archive = [...held.archive];
  const children: Child[] = [];
  let { weight, crossover } = held;
  for (const child of held.children) {
    const record = request.history.trials[child.trial];
    // A child whose number another process took with another suggestion never ran.
    if (record === undefined) continue;
    if (isPending(record)) {
      children.push(child);
      continue;
    }
    const now = memberOf(request, child.trial);
    const before = memberOf(request, members[child.member]!);
    if (now === undefined || (before && compareStandings(now.standing, before.standing) > 0)) continue;
    archive.push(members[child.member]!);
    members[child.member] = child.trial;
    weight = (1 - RATE) * weight + RATE * child.weight;
    crossover = (1 - RATE) * crossover + RATE * child.crossover;
  }
  return { ...held, members, archive: archive.slice(-members.length), children, weight, crossover };
}

/** F: Cauchy around its mean, drawn again at or below 0, at most 1. */
function drawWeight(mean: number, random: Generator): number {
  for (;;) {
    const weight = mean + SPREAD * Math.tan(Math.PI * (random.uniform() - 0.5));
    if (weight > 0) return Math.min(1, weight);
  }
}

interface Recipe {
  readonly parent: Member;
  readonly elite: Member;
  readonly others: readonly [Member, Donor];
  readonly weight: number;
  readonly crossover: number;
}

/**
 * Whom the second of a difference may be besides the members: those that were replaced, and of the trials outside of narrowed ranges the
 * best, no more than there are members. Their values no longer count, where they lie still tells which way the population has come.
 */
function archived(request: SuggestRequest, { archive, members }: Memo): readonly Donor[] {
  const { outside } = orderedTrials(request.history, request.space);
  return [
    ...archive.flatMap((number) => memberOf(request, number) ?? []),
    ...outside.slice(0, members.length).map(({ number, point }) => ({ trial: number, point: filled(point) })),
  ];
}

/**
 * parent + F (elite - parent) + F (a - b), crossed with the parent: each coordinate with probability CR, one at least. Beyond an end of the
 * range it is halved towards it. A category is the elite's, or with probability F that of `a` where a and b differ; now and then a new one.
 */
function child(
  shape: Geometry,
  { parent, elite, others, weight, crossover }: Recipe,
  random: Generator,
): Float64Array {
  const [a, b] = others;
  const d = shape.dimensions.length;
  const always = random.integer(d);
  const point = parent.point.map((x, k) => {
    if (k !== always && random.uniform() >= crossover) return x;
    const { categorical, levels } = shape.dimensions[k]!;
    if (categorical) {
      if (random.uniform() < 1 / (d * levels + 1)) return random.uniform();
      return a.point[k] !== b.point[k] && random.uniform() < weight ? a.point[k]! : elite.point[k]!;
    }
    const moved = x + weight * (elite.point[k]! - x) + weight * (a.point[k]! - b.point[k]!);
    return moved < 0 ? x / 2 : moved > 1 ? (1 + x) / 2 : moved;
  });
  shape.snap(point);
  return point;
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, trial, random, budget } = request;
  const shape = geometry(space);
  if (triedKeys(history, space).size === 0 || !axesOf(space).some(({ levels }) => levels > 1))
    return initialSuggestion(request, NAME);
  const held = readMemo(request, shape);
  let memo: Memo;
  if (held === undefined) {
    const wanted = populationSize(shape, budget.trials);
    const ready = history.trials.flatMap(({ number, purpose }) => {
      const member = purpose === 'search' ? memberOf(request, number) : undefined;
      return member ? [member] : [];
    });
    if (ready.length < wanted) return initialSuggestion(request, NAME);
    ready.sort((a, b) => compareStandings(a.standing, b.standing) || a.trial - b.trial);
    const members = ready.slice(0, wanted).map((member) => member.trial);
    const learned = { weight: 0.5, crossover: 0.5 };
    memo = { version: 2, space: keyOf(shape), members, archive: [], children: [], next: 0, ...learned };
  } else memo = settled(request, held);

  const members = memo.members.flatMap((number) => memberOf(request, number) ?? []);
  const ranked = [...members].sort((a, b) => compareStandings(a.standing, b.standing) || a.trial - b.trial);
  const parent = members[memo.next % members.length]!;
  const replaced = archived(request, memo);
  const isNew = mayBeAsked(history, space);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const weight = drawWeight(memo.weight, random);
    const crossover = Math.min(1, Math.max(0, memo.crossover + SPREAD * random.normal()));
    const elite = ranked[random.integer(Math.max(2, Math.ceil(ELITE * ranked.length)))]!;
    const rest = members.filter((member) => member !== parent);
    const first = random.integer(rest.length);
    // Any other member but the first, or an archived trial.
    const second = random.integer(rest.length - 1 + replaced.length);
    const isMember = second < rest.length - 1;
    const others = [
      rest[first]!,
      isMember ? rest[(first + 1 + second) % rest.length]! : replaced[second - (rest.length - 1)]!,
    ] as const;
    const params = decode(space, child(shape, { parent, elite, others, weight, crossover }, random));
    if (!isNew(params)) continue;
    const born: Child = { trial, member: members.indexOf(parent), weight, crossover };
    const next: Memo = {
      ...memo,
      children: [...memo.children, born],
      next: (memo.next + 1) % members.length,
    };
    const text = `trial ${parent.trial} moved towards trial ${elite.trial} and by the difference of trials ${others[0].trial} and ${others[1].trial}`;
    return {
      kind: 'params',
      params,
      memo: next as unknown as Json,
      why: { text, sampler: NAME, neighbours: [parent.trial, elite.trial], mode: 'explore' },
    };
  }
  const other = untried(space, triedKeys(history, space), random);
  if (other === undefined) return exhausted(size(space));
  // A configuration from outside challenges its member like any child.
  const born: Child = {
    trial,
    member: members.indexOf(parent),
    weight: memo.weight,
    crossover: memo.crossover,
  };
  const next: Memo = { ...memo, children: [...memo.children, born], next: (memo.next + 1) % members.length };
  const text = 'every difference leads to configurations already tried; an untried one';
  return {
    kind: 'params',
    params: other,
    memo: next as unknown as Json,
    why: { text, sampler: NAME, mode: 'random' },
  };
}

/**
 * Differential evolution: each trial mixes a member of the population with differences of others, and replaces it when it is no worse.
 *
 * JADE's current-to-pbest/1 with an archive, binomial crossover and learned F and CR, one child at a time, so any number of trials may run
 * at once. Population: 10 + d, at most 40 and at most a third of the budget; it begins with the baseline and Sobol points, or with the
 * best trials of the study. Trials outside of narrowed ranges count in the archive: as members, values that were measured elsewhere would
 * stand in the way of children for good. Failures rank last, stopped trials behind complete ones. Only the first objective is used.
 *
 * Worth its while from about a thousand trials on. Reference: Zhang and Sanderson 2009, "JADE".
 *
 * @example
 * differentialEvolution()
 */
export function differentialEvolution(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the differential-evolution sampler from its specification. */
export function parseDifferentialEvolution(spec: SamplerSpec): Sampler {
  withoutOptions(spec);
  return differentialEvolution();
}
