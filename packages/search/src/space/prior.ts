import {
  type Certainty,
  LuthierError,
  type NumberPrior,
  normalCdf,
  type OptionNames,
  type Params,
  type ParamValue,
  refuseUnknown,
  type ValuePrior,
} from '@luthier/core';
import { coordinateOf } from './encode.ts';
import type { Parameter, RangePrior, Space, WeightPrior } from './parameter.ts';

/** Deviation of a normal belief as a share of the range, and the share of the mass on a value that one bets on. */
const CERTAINTIES: Readonly<Record<Certainty, { readonly spread: number; readonly bet: number }>> = {
  vaguely: { spread: 0.25, bet: 0.3 },
  fairly: { spread: 0.1, bet: 0.6 },
  very: { spread: 0.04, bet: 0.85 },
};

/** Share of a normal belief that lies evenly over the whole range. */
const DOUBT = 0.1;
const HALF_LN_2PI = 0.9189385332046728;

function refuse(name: string, what: string, fix: string): never {
  throw new LuthierError('LU_SPACE_PRIOR', `${name}: ${what}`, { fix, where: name });
}

function certaintyOf(name: string, certainty: Certainty = 'fairly'): (typeof CERTAINTIES)[Certainty] {
  const names = Object.keys(CERTAINTIES).join(', ');
  if (!Object.hasOwn(CERTAINTIES, certainty))
    refuse(name, `the certainty '${certainty}' is not known`, `Use ${names}.`);
  return CERTAINTIES[certainty];
}

const NUMBER: OptionNames<NumberPrior> = { about: true, certainty: true, spread: true };

/** The belief about a number as data. Throws LU_SPACE_PRIOR when it makes no sense. */
export function rangePrior(name: string, prior: NumberPrior): RangePrior {
  refuseUnknown('LU_SPACE_PRIOR', `the prior of ${name}`, prior, NUMBER);
  if (prior.certainty !== undefined && prior.spread !== undefined)
    refuse(name, 'the prior has both certainty and spread', 'Give one of them.');
  return { about: prior.about, spread: prior.spread ?? certaintyOf(name, prior.certainty).spread };
}

/**
 * The belief about listed values as data: the bet takes its share and the rest is even; for ordered values neighbours of the bet share,
 * by a normal density over ranks.
 *
 * Throws LU_SPACE_PRIOR for another number of weights, for weights that are not positive and for a value that is not listed.
 */
export function weightPrior(
  name: string,
  values: readonly ParamValue[],
  isOrdered: boolean,
  prior: ValuePrior<ParamValue>,
): WeightPrior {
  const known = 'weights' in prior ? ['weights'] : ['about', 'certainty'];
  refuseUnknown('LU_SPACE_PRIOR', `the prior of ${name}`, prior, known);
  const count = values.length;
  let weights: readonly number[];
  if ('weights' in prior) {
    weights = prior.weights;
    if (weights.length !== count)
      refuse(name, `${weights.length} weights for ${count} values`, 'Give one weight a value.');
    const wrong = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)));
    if (wrong !== undefined) refuse(name, `the weight ${wrong} is not above 0`, 'Give positive weights.');
  } else {
    const at = values.indexOf(prior.about);
    if (at < 0)
      refuse(name, `the prior bets on ${JSON.stringify(prior.about)}, not one of the values`, 'Correct it.');
    const { spread, bet } = certaintyOf(name, prior.certainty);
    if (isOrdered) {
      const density = values.map((_, i) => Math.exp(-0.5 * ((i - at) / (spread * count)) ** 2));
      const sum = density.reduce((a, b) => a + b, 0);
      weights = density.map((d) => (1 - DOUBT) * (d / sum) + DOUBT / count);
    } else weights = values.map((_, i) => (i === at ? bet : 0) + (1 - bet) / count);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return { weights: weights.map((weight) => weight / total) };
}

/** Distribution function and log density of a belief over the coordinate in [0, 1]; the density of no belief is 1. */
interface Belief {
  cdf(u: number): number;
  quantile(p: number): number;
  logDensity(u: number): number;
}

function normalBelief(center: number, spread: number): Belief {
  const low = normalCdf(-center / spread);
  const mass = normalCdf((1 - center) / spread) - low;
  const cdf = (u: number): number =>
    DOUBT * u + ((1 - DOUBT) * (normalCdf((u - center) / spread) - low)) / mass;
  return {
    cdf,
    quantile: (p) => {
      if (p <= 0) return 0;
      if (p >= 1) return 1;
      // Bisection: the function is flat far from the centre, where Newton's steps leave the range.
      let [left, right] = [0, 1];
      for (let i = 0; i < 52; i++) {
        const middle = (left + right) / 2;
        if (cdf(middle) < p) left = middle;
        else right = middle;
      }
      return (left + right) / 2;
    },
    logDensity: (u) => {
      const z = (u - center) / spread;
      return Math.log(DOUBT + ((1 - DOUBT) * Math.exp(-0.5 * z * z - HALF_LN_2PI)) / (spread * mass));
    },
  };
}

function weightBelief(weights: readonly number[]): Belief {
  const count = weights.length;
  const below = [0];
  for (const weight of weights) below.push(below.at(-1)! + weight);
  const cellOf = (u: number): number => Math.min(count - 1, Math.max(0, Math.floor(u * count)));
  return {
    cdf: (u) => {
      const i = cellOf(u);
      return Math.min(1, below[i]! + weights[i]! * (u * count - i));
    },
    quantile: (p) => {
      let i = 0;
      while (i < count - 1 && p >= below[i + 1]!) i += 1;
      return Math.min(1, Math.max(0, (i + Math.min(1, (p - below[i]!) / weights[i]!)) / count));
    },
    logDensity: (u) => Math.log(weights[cellOf(u)]! * count),
  };
}

const beliefs = new WeakMap<Parameter, Belief | null>();

function beliefOf(parameter: Parameter): Belief | undefined {
  let belief = beliefs.get(parameter);
  if (belief === undefined) {
    belief = null;
    if (parameter.kind !== 'fixed' && parameter.prior !== undefined) {
      const { prior } = parameter;
      belief =
        'weights' in prior
          ? weightBelief(prior.weights)
          : normalBelief(coordinateOf(parameter, prior.about), prior.spread);
    }
    beliefs.set(parameter, belief);
  }
  return belief ?? undefined;
}

/** Whether the user said something about the best values of a space. */
export function hasPriors(space: Space): boolean {
  return space.parameters.some((parameter) => beliefOf(parameter) !== undefined);
}

/** Share of a parameter's prior that lies below a coordinate in [0, 1]; the coordinate itself without a prior. */
export function priorCdf(parameter: Parameter, u: number): number {
  return beliefOf(parameter)?.cdf(u) ?? u;
}

/** The coordinate below which a share of the prior lies: maps uniform numbers to draws from the prior. */
export function priorQuantile(parameter: Parameter, p: number): number {
  return beliefOf(parameter)?.quantile(p) ?? p;
}

/** ln of a parameter's prior density at a coordinate in [0, 1]; 0 without a prior. */
export function logPriorDensity(parameter: Parameter, u: number): number {
  return beliefOf(parameter)?.logDensity(u) ?? 0;
}

/** ln of the prior density of a configuration, over its active parameters; 0 without priors. */
export function logPrior(space: Space, params: Params): number {
  let sum = 0;
  for (const parameter of space.parameters) {
    const value = params[parameter.name];
    const belief = value === undefined ? undefined : beliefOf(parameter);
    if (belief) sum += belief.logDensity(coordinateOf(parameter, value!));
  }
  return sum;
}
