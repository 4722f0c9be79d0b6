import { dimensions } from '../../space/encode.ts';
import { size } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import type { Budget } from '../../study/events.ts';

/** Which sampler fits a search, and why in words. */
export interface SamplerChoice {
  readonly sampler: 'grid' | 'gp' | 'tpe' | 'cmaes' | 'sobol' | 'random';
  /** One sentence for people. */
  readonly text: string;
}

/** What a search has taught so far. */
export interface Experience {
  /** Trials that have ended with a value or were stopped. */
  readonly ended?: number;
  /** Median time of a trial; unknown without. */
  readonly trialSeconds?: number;
  /** Share of the ended trials that a scheduler stopped early. */
  readonly stopped?: number;
  /** How well the models of both rank results that they were not shown, from -1 to 1. */
  readonly ranks?: { readonly gp: number; readonly tpe: number };
}

// Points of the Sobol sequence are even up to here.
const SOBOL_DIMENSIONS = 64;
// Above this number of dimensions a Gaussian process takes too long.
const MODEL_DIMENSIONS = 100;
// From so many trials on a cheap sampler has learned as much as a model.
const MANY_TRIALS = 1000;
// A model hands over to CMA-ES after so many trials, where the budget holds so many a dimension.
const MODEL_TRIALS = 250;
const TRIALS_A_DIMENSION = 100;
// Seconds that the model takes for a suggestion, in a large search.
const MODEL_SECONDS = 0.1;
// How much better TPE must rank before it takes over.
const RANK_MARGIN = 0.15;

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;
}

/** What a comparison of the models showed, in words: rank correlations of held-out results. */
export function comparedText({ gp, tpe }: NonNullable<Experience['ranks']>): string {
  return `of results that they were not shown TPE ranks ${tpe.toFixed(2)} right, the Gaussian process ${gp.toFixed(2)} (1 is perfect)`;
}

/**
 * The sampler that `auto` uses, by space, budget, number of trials that run at once, and what the search has taught:
 *
 * 1. the grid when the budget covers the whole space;
 * 2. Sobol points when more trials run at once than a quarter of the budget: results come too late for a model (random draws above 64
 *    dimensions);
 * 3. of numbers with 100 trials a dimension, CMA-ES after 250 trials;
 * 4. after 1,000 trials, or in a budget of more when trials are over before a model has an answer: CMA-ES for numbers, TPE otherwise and
 *    where a scheduler stops most trials early;
 * 5. TPE above 100 dimensions, and where it ranks held-out results better than the Gaussian process by 0.15;
 * 6. otherwise the Gaussian process.
 *
 * Defaults: one worker, nothing learned.
 *
 * @example
 * chooseSampler(space({ rate: float(1e-4, 1e-1, { log: true }) }), { trials: 30 }).sampler // 'gp'
 */
export function chooseSampler(
  space: Space,
  budget: Budget,
  workers = 1,
  experience: Experience = {},
): SamplerChoice {
  const { trials } = budget;
  const { ended = 0, trialSeconds, stopped = 0, ranks } = experience;
  const total = size(space);
  const varied = dimensions(space).filter(({ levels }) => levels > 1);
  const count = varied.length;
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
  const isNumeric = varied.every(
    ({ categorical, parameter }) => !categorical && (parameter.conditions ?? []).length === 0,
  );
  const isStopping = stopped > 0.5;
  const cheap = isNumeric && !isStopping ? 'cmaes' : 'tpe';
  if (cheap === 'cmaes' && ended >= MODEL_TRIALS && (trials ?? 0) >= TRIALS_A_DIMENSION * count)
    return {
      sampler: 'cmaes',
      text: `${counted(ended, 'trial')} are known and ${counted(trials!, 'trial')} are enough for ${parameters}: CMA-ES goes on from the best of them`,
    };
  if (ended >= MANY_TRIALS) {
    const text = `${counted(ended, 'trial')} are known: a model of all of them would cost more than it adds`;
    return { sampler: cheap, text };
  }
  if (trialSeconds !== undefined && (trials ?? 0) > MANY_TRIALS && trialSeconds / workers < MODEL_SECONDS)
    return {
      sampler: cheap,
      text: `a trial takes ${Number(trialSeconds.toPrecision(2))} s and ${counted(trials!, 'trial')} are left time for: asking must not take longer than trying`,
    };
  if (count > MODEL_DIMENSIONS)
    return {
      sampler: 'tpe',
      text: `${parameters} are too many for a model of the results: draws like the best trials so far`,
    };
  if (ranks !== undefined && ranks.tpe > ranks.gp + RANK_MARGIN)
    return { sampler: 'tpe', text: comparedText(ranks) };
  const room = total === Number.POSITIVE_INFINITY ? 'a continuous space' : counted(total, 'configuration');
  const length = trials === undefined ? '' : ` and ${counted(trials, 'trial')}`;
  return {
    sampler: 'gp',
    text: `${parameters}, ${room}${length}: a model of the results finds good ones soonest`,
  };
}
