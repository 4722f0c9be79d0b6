import type { Json } from '@luthier/core';
import { dimensions } from '../space/encode.ts';
import { size } from '../space/enumerate.ts';
import type { Space } from '../space/parameter.ts';
import type { Budget } from '../study/events.ts';
import type { Sampler, Suggestion, SuggestRequest } from './contract.ts';
import { gp } from './gp/gp.ts';
import { grid } from './grid.ts';
import { random } from './random.ts';
import { sobol } from './sobol.ts';
import { tpe } from './tpe/tpe.ts';

/** Which sampler fits a search, and why in words. */
export interface SamplerChoice {
  readonly sampler: 'grid' | 'gp' | 'tpe' | 'sobol' | 'random';
  /** One sentence for people. */
  readonly text: string;
}

// Points of the Sobol sequence are even up to here.
const SOBOL_DIMENSIONS = 64;
// Above this number of dimensions a few hundred trials cannot fit a Gaussian process.
const MODEL_DIMENSIONS = 48;

const SAMPLERS: Readonly<Record<SamplerChoice['sampler'], () => Sampler>> = { grid, gp, tpe, sobol, random };

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;
}

/**
 * The sampler that `auto` uses: the grid when the budget covers the whole space, Sobol points when most trials run at once (more
 * workers than a quarter of the trials: results come too late for a model; random draws above 64 dimensions), TPE above 48 dimensions,
 * and otherwise the Gaussian process.
 *
 * Default: one worker.
 *
 * @example
 * chooseSampler(space({ rate: float(1e-4, 1e-1, { log: true }) }), { trials: 30 }).sampler // 'gp'
 */
export function chooseSampler(space: Space, budget: Budget, workers = 1): SamplerChoice {
  const { trials } = budget;
  const total = size(space);
  const count = dimensions(space).filter(({ levels }) => levels > 1).length;
  const parameters = counted(count, 'parameter');
  if (total <= (trials ?? 1)) {
    const text = `the space holds ${counted(total, 'configuration')}, no more than the budget: each is tried once`;
    return { sampler: 'grid', text };
  }
  if (workers > 1 && trials !== undefined && workers > trials / 4) {
    const sampler = count > SOBOL_DIMENSIONS ? 'random' : 'sobol';
    return {
      sampler,
      text: `${workers} of ${counted(trials, 'trial')} run at once, too many for a model to learn from: evenly spread points`,
    };
  }
  if (count > MODEL_DIMENSIONS)
    return {
      sampler: 'tpe',
      text: `${parameters} are too many for a model of the results: draws like the best trials so far`,
    };
  const room = total === Number.POSITIVE_INFINITY ? 'a continuous space' : counted(total, 'configuration');
  const length = trials === undefined ? '' : ` and ${counted(trials, 'trial')}`;
  return {
    sampler: 'gp',
    text: `${parameters}, ${room}${length}: a model of the results finds good ones soonest`,
  };
}

function running(request: SuggestRequest): number {
  return request.history.trials.filter(({ state }) => state === 'asked' || state === 'running').length;
}

function suggest(request: SuggestRequest): Suggestion {
  const held = request.memo as { readonly choice?: string; readonly inner?: Json } | null | undefined;
  const { sampler } = chooseSampler(request.space, request.budget, running(request) + 1);
  const memo = typeof held === 'object' && held?.choice === sampler ? held.inner : undefined;
  const suggestion = SAMPLERS[sampler]().suggest({ ...request, memo });
  if (suggestion.kind !== 'params' || suggestion.memo === undefined) return suggestion;
  return { ...suggestion, memo: { choice: sampler, inner: suggestion.memo } };
}

/**
 * Chooses the sampler by space, budget and number of trials that run at once, anew at every suggestion, so that a changed budget
 * changes the choice; `chooseSampler` has the rules.
 *
 * @example
 * auto()
 */
export function auto(): Sampler {
  return { name: 'auto', spec: { name: 'auto' }, suggest };
}

/** Makes the automatic sampler from its specification. */
export function parseAuto(): Sampler {
  return auto();
}

/** Why a sampler does what it does in this search, such as `auto chose gp: ...`; empty for one that the user named. */
export function explainSampler(sampler: Sampler, space: Space, budget: Budget, workers: number): string {
  if (sampler.name !== 'auto') return '';
  const choice = chooseSampler(space, budget, workers);
  return `auto chose ${choice.sampler}: ${choice.text}`;
}
