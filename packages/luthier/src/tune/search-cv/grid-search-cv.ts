import { refuseUnknown } from '@luthier/core';
import type { Samples } from '@luthier/nn';
import { type GridDefinition, type GridParams, gridCandidates, parameterGrid } from './parameter-grid.ts';
import { type FittedSearch, SEARCH_CV_OPTIONS, type SearchCVOptions, startSearch } from './search-cv.ts';

/** Options of `gridSearchCV`. */
export interface GridSearchCVOptions<G> extends SearchCVOptions<GridParams<G>> {
  /** The values to try, by parameter; a list of grids is their union. */
  readonly grid: G;
}

/** A search that is declared but not run. */
export interface SearchCV<P> {
  /** Runs it. Throws LU_CV_*, LU_FOLDS_*, LU_GRID_*, LU_SEARCH_CV_* and, with `errorScore: 'raise'`, what a training throws. */
  fit(samples: Samples): Promise<FittedSearch<P>>;
}

/**
 * Every combination of a grid, cross-validated: scikit-learn's `GridSearchCV` with a function that builds a model in place of
 * an estimator, which every candidate and fold needs anew.
 *
 * The samples are divided once, for all candidates. Defaults: 5 folds, refit of the best on all samples, a training that
 * throws scores NaN and ranks last. Trainings run one after another; for parallel ones that can be resumed, declare the
 * search with `defineTuning({ folds, sampler: grid() })`.
 *
 * @example
 * const search = gridSearchCV({
 *   build: ({ learningRate }) => buildModel(learningRate),
 *   grid: { batchSize: [32, 64], epochs: [10, 20], learningRate: [0.001, 0.01] },
 *   cv: 3,
 * });
 * const { bestParams, bestScore, cvResults } = await search.fit(samples); // 8 candidates x 3 folds + refit = 25 fits
 */
export function gridSearchCV<const G extends GridDefinition | readonly GridDefinition[]>(
  options: GridSearchCVOptions<G>,
): SearchCV<GridParams<G>> {
  refuseUnknown('LU_SEARCH_CV_OPTION', 'gridSearchCV', options, { ...SEARCH_CV_OPTIONS, grid: true });
  const grid = parameterGrid(options.grid);
  return {
    fit: async (samples) => {
      const candidates = gridCandidates(grid) as readonly (GridParams<G> & object)[];
      const run = await startSearch('gridSearchCV', options, samples, candidates[0]!);
      await run.evaluate({ candidates, splits: run.splits });
      return run.finish();
    },
  };
}
