import { LuthierError } from '@luthier/core';

/** Options of successive halving; the names and meanings of scikit-learn. */
export interface HalvingOptions {
  /** One of so many candidates goes on, with so many times the resources. Default 3. */
  readonly factor?: number;
  /** Most resources of a candidate; `auto` is the number of samples. Default `auto`. */
  readonly maxResources?: number | 'auto';
  /**
   * Resources of the first iteration: `smallest` (2 samples a split and class; 1 of any other resource), `exhaust` (so that
   * the last iteration uses as much as possible) or a number.
   */
  readonly minResources?: number | 'smallest' | 'exhaust';
  /** Replay the first iteration until few enough are left for the last one to fit. Default false. */
  readonly aggressiveElimination?: boolean;
}

/** What is known before a halving search. */
export interface HalvingSetting {
  readonly candidates: number;
  /** The number that `auto` stands for; undefined when the resource is a parameter. */
  readonly samples: number | undefined;
  /** The number that `smallest` stands for. */
  readonly smallest: number;
}

/** The iterations of a halving search. */
export interface HalvingPlan {
  readonly nResources: readonly number[];
  readonly nCandidates: readonly number[];
  readonly nRemainingCandidates: number;
  readonly minResources: number;
  readonly maxResources: number;
  readonly nIterations: number;
  readonly nRequiredIterations: number;
  readonly nPossibleIterations: number;
}

/** The largest p with factor^p <= value, by multiplication: exact where a logarithm is not. */
function wholeLog(value: number, factor: number): number {
  let power = 0;
  for (let reached = factor; reached <= value; reached *= factor) power += 1;
  return power;
}

function refuse(option: string, message: string, fix: string): never {
  throw new LuthierError('LU_HALVING_OPTION', `halving: ${message}`, { fix, where: option });
}

function requireResource(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  return refuse(
    option,
    `${option} is ${value}, not a whole number from 1`,
    `Give ${option} a whole number from 1.`,
  );
}

/**
 * Resources and candidates of every iteration of successive halving.
 *
 * With n candidates, factor f, least resources r and most R: required iterations `1 + floor(log_f n)`, possible ones
 * `1 + floor(log_f(R / r))`; the smaller count is run, or the required one with `aggressiveElimination`. Iteration i uses
 * `r f^i` resources and keeps `ceil(n / f)`. Reference: scikit-learn 1.9.1, Jamieson and Talwalkar 2016.
 *
 * Throws LU_HALVING_OPTION.
 *
 * @example
 * halvingPlan({ candidates: 9, samples: 150, smallest: 30 }, {}).nResources // [30, 90]
 */
export function halvingPlan(setting: HalvingSetting, options: HalvingOptions): HalvingPlan {
  const { factor = 3, aggressiveElimination = false, maxResources: most = 'auto' } = options;
  const least = options.minResources ?? 'exhaust';
  if (!(factor > 1) || !Number.isFinite(factor)) {
    refuse('factor', `factor is ${factor}, not above 1`, 'Give factor a number above 1, such as 3.');
  }
  if (most === 'auto' && setting.samples === undefined) {
    refuse(
      'maxResources',
      "maxResources 'auto' is the number of samples, but the resource is a parameter",
      'Give maxResources the largest value of that parameter.',
    );
  }
  const maxResources = most === 'auto' ? setting.samples! : requireResource('maxResources', most);
  if (setting.samples !== undefined && maxResources > setting.samples) {
    refuse(
      'maxResources',
      `maxResources is ${maxResources}, but there are ${setting.samples} samples`,
      `Give maxResources at most ${setting.samples}.`,
    );
  }
  let minResources = typeof least === 'number' ? requireResource('minResources', least) : setting.smallest;
  const nRequiredIterations = 1 + wholeLog(setting.candidates, factor);
  const tooMany = (): void => {
    if (minResources <= maxResources) return;
    refuse(
      'minResources',
      `the first iteration needs ${minResources} resources, more than the ${maxResources} there are`,
      'Give more samples, fewer folds, or a smaller minResources.',
    );
  };
  tooMany();
  if (least === 'exhaust') {
    minResources = Math.max(minResources, Math.floor(maxResources / factor ** (nRequiredIterations - 1)));
  }
  const nPossibleIterations = 1 + wholeLog(Math.floor(maxResources / minResources), factor);
  const nIterations = aggressiveElimination
    ? nRequiredIterations
    : Math.min(nPossibleIterations, nRequiredIterations);
  const nResources: number[] = [];
  const nCandidates: number[] = [];
  let left = setting.candidates;
  for (let i = 0; i < nIterations; i++) {
    const power = aggressiveElimination ? Math.max(0, i - nRequiredIterations + nPossibleIterations) : i;
    nResources.push(Math.min(Math.floor(factor ** power * minResources), maxResources));
    nCandidates.push(left);
    left = Math.ceil(left / factor);
  }
  return {
    nResources,
    nCandidates,
    nRemainingCandidates: left,
    minResources,
    maxResources,
    nIterations,
    nRequiredIterations,
    nPossibleIterations,
  };
}
