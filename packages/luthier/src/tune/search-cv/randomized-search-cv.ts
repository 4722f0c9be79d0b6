import { LuthierError, refuseUnknown } from '@luthier/core';
import type { SearchCV } from './grid-search-cv.ts';
import { type DistributionDefinition, type DistributionParams, drawCandidates } from './random-candidates.ts';
import { SEARCH_CV_OPTIONS, type SearchCVOptions, startSearch } from './search-cv.ts';

/** Options of `randomizedSearchCV`. */
export interface RandomizedSearchCVOptions<D> extends SearchCVOptions<DistributionParams<D>> {
  /** Lists of values or ranges, by parameter; of a list of definitions one is picked for each candidate. */
  readonly distributions: D;
  /** Candidates. Default 10. */
  readonly nIter?: number;
  /** Seed of the draw. Default 0. */
  readonly seed?: number;
}

/** A whole number from 1, or a refusal. */
export function requireCount(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new LuthierError('LU_SEARCH_CV_OPTION', `${option} is ${value}, not a whole number from 1`, {
    fix: `Give ${option} a whole number from 1.`,
    where: option,
  });
}

/**
 * Random candidates, cross-validated: scikit-learn's `RandomizedSearchCV`.
 *
 * Lists only: combinations without replacement, and all of them with a warning when there are fewer than `nIter`. As soon as
 * one parameter is a range: independent draws. Defaults: 10 candidates, seed 0, the others as in `gridSearchCV`.
 *
 * @example
 * randomizedSearchCV({
 *   build: ({ learningRate, units }) => buildModel(learningRate, units),
 *   distributions: { learningRate: float(1e-4, 1e-1, { log: true }), units: [32, 64, 128], epochs: [10] },
 *   nIter: 20,
 * });
 */
export function randomizedSearchCV<
  const D extends DistributionDefinition | readonly DistributionDefinition[],
>(options: RandomizedSearchCVOptions<D>): SearchCV<DistributionParams<D>> {
  refuseUnknown('LU_SEARCH_CV_OPTION', 'randomizedSearchCV', options, {
    ...SEARCH_CV_OPTIONS,
    distributions: true,
    nIter: true,
    seed: true,
  });
  const nIter = requireCount('nIter', options.nIter ?? 10);
  const { candidates, warnings } = drawCandidates(options.distributions, nIter, options.seed ?? 0);
  return {
    fit: async (samples) => {
      const all = candidates as readonly (DistributionParams<D> & object)[];
      const run = await startSearch('randomizedSearchCV', options, samples, all[0]!);
      await run.evaluate({ candidates: all, splits: run.splits });
      const fitted = await run.finish();
      return { ...fitted, warnings: [...warnings, ...fitted.warnings] };
    },
  };
}
