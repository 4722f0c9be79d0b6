import { dimensions } from '../space/encode.ts';
import { size } from '../space/enumerate.ts';
import type { Space } from '../space/parameter.ts';
import type { Budget } from '../study/events.ts';

/** The three methods of the lessons. */
export type SearchMethod = 'grid' | 'random' | 'bayesian';

/** What a search may cost. */
export interface MethodBudget extends Budget {
  /** Time of one training, when it is known. */
  readonly secondsPerTrial?: number;
  /** Trainings at the same time. Default 1. */
  readonly workers?: number;
}

/** Whether a method suits a search, and why. */
export interface MethodVerdict {
  readonly method: SearchMethod;
  readonly suits: boolean;
  /** One sentence. */
  readonly text: string;
}

/** The method for a search, with the reasons for it and against the others. */
export interface MethodRecommendation {
  readonly method: SearchMethod;
  /** How Luthier does it. */
  readonly sampler: 'grid' | 'random' | 'sobol' | 'gp' | 'tpe';
  /** One sentence. */
  readonly text: string;
  /** All three methods, the recommended first. */
  readonly verdicts: readonly MethodVerdict[];
}

/** A grid of so many configurations is small when no budget says otherwise. */
const SMALL_GRID = 50;
/** A training of so many seconds is worth thinking about; a model of the results costs a fraction of a second. */
const EXPENSIVE_SECONDS = 30;
/** With so few trials each of them is precious. */
const FEW_TRIALS = 100;
/** Above this number of dimensions a Gaussian process has too little to learn from. */
const MODEL_DIMENSIONS = 48;
const SOBOL_DIMENSIONS = 64;

function affordableTrials({ trials, minutes, secondsPerTrial, workers = 1 }: MethodBudget): number {
  const inTime =
    minutes === undefined || secondsPerTrial === undefined
      ? Number.POSITIVE_INFINITY
      : Math.floor((minutes * 60 * workers) / secondsPerTrial);
  return Math.min(trials ?? Number.POSITIVE_INFINITY, inTime);
}

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;
}

function gridVerdict(total: number, affordable: number): MethodVerdict {
  const most = Number.isFinite(affordable) ? affordable : SMALL_GRID;
  if (total === Number.POSITIVE_INFINITY) {
    return {
      method: 'grid',
      suits: false,
      text: 'a continuous range has no grid without deciding beforehand which values matter',
    };
  }
  const room = counted(total, 'configuration');
  return total <= most
    ? {
        method: 'grid',
        suits: true,
        text: `${room} of few discrete values can all be tried: nothing is missed`,
      }
    : {
        method: 'grid',
        suits: false,
        text: `${room} are more than the ${counted(most, 'trial')} there is room for`,
      };
}

function bayesianVerdict(budget: MethodBudget, affordable: number, parameters: number): MethodVerdict {
  const { secondsPerTrial, workers = 1 } = budget;
  const method = 'bayesian';
  if (workers > 1 && workers > affordable / 4) {
    return {
      method,
      suits: false,
      text: `${workers} of ${counted(affordable, 'trial')} run at once: results come too late to learn from`,
    };
  }
  const dims = counted(parameters, 'parameter');
  if (secondsPerTrial === undefined ? affordable <= FEW_TRIALS : secondsPerTrial >= EXPENSIVE_SECONDS) {
    const cost =
      secondsPerTrial === undefined
        ? `only ${counted(affordable, 'trial')}`
        : `a training takes ${Math.round(secondsPerTrial)} s`;
    return { method, suits: true, text: `${cost} for ${dims}: a model of the results saves trainings` };
  }
  const cheap =
    secondsPerTrial === undefined
      ? Number.isFinite(affordable)
        ? `${counted(affordable, 'trial')} are many`
        : 'nothing limits the number of trials'
      : `a training takes only ${Number(secondsPerTrial.toPrecision(2))} s`;
  return { method, suits: false, text: `${cheap}: there is little to save by thinking between them` };
}

function randomVerdict(total: number, parameters: number): MethodVerdict {
  const room = total === Number.POSITIVE_INFINITY ? 'a continuous space' : counted(total, 'configuration');
  return {
    method: 'random',
    suits: true,
    text: `${room} of ${counted(parameters, 'parameter')}: random points try a new value of every parameter each time, and any number can run at once`,
  };
}

/**
 * Grid, random or Bayesian search: the rules of the lessons, with reasons.
 *
 * Grid for a small space of few discrete options that the budget covers whole (at most 50 configurations when there is no
 * budget). Bayesian when trainings are expensive: from 30 s each, or, while that is unknown, when at most 100 are
 * affordable, unless more than a quarter of them run at once. Random for what is large or continuous and fast to train. To see what
 * each parameter does by itself, whatever the method, vary one at a time from the baseline: `oneAtATime()`.
 *
 * @example
 * recommendMethod(space({ units: choice([64, 128]), rate: choice([0.001, 0.01]) }), { trials: 10 }).method // 'grid'
 */
export function recommendMethod(space: Space, budget: MethodBudget = {}): MethodRecommendation {
  const total = size(space);
  const parameters = dimensions(space).filter(({ levels }) => levels > 1).length;
  const affordable = affordableTrials(budget);
  const verdicts = [
    gridVerdict(total, affordable),
    bayesianVerdict(budget, affordable, parameters),
    randomVerdict(total, parameters),
  ];
  const best = verdicts.find(({ suits }) => suits)!;
  const { workers = 1 } = budget;
  const even = workers > 1 && parameters <= SOBOL_DIMENSIONS;
  const samplers = {
    grid: 'grid',
    bayesian: parameters > MODEL_DIMENSIONS ? 'tpe' : 'gp',
    random: even ? 'sobol' : 'random',
  } as const;
  const names = { grid: 'grid search', bayesian: 'Bayesian optimization', random: 'random search' };
  return {
    method: best.method,
    sampler: samplers[best.method],
    text: `${names[best.method]}: ${best.text}`,
    verdicts: [best, ...verdicts.filter((other) => other !== best)],
  };
}
