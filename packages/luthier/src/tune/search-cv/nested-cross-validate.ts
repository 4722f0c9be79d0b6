import { mean, refuseUnknown } from '@luthier/core';
import { type Folds, foldsFor, type Samples, type ScoreSummary, summarizeScore, take } from '@luthier/nn';
import type { SearchCV } from './grid-search-cv.ts';
import type { FittedSearch } from './search-cv.ts';

/** Options of `nestedCrossValidate`. */
export interface NestedCrossValidateOptions<P> {
  /** The outer folds, as in `crossValidate`. Default 5. */
  readonly folds?: number | Folds;
  /** After each outer fold. */
  readonly onFold?: (fold: NestedFold<P>) => void;
}

/** One outer fold: a whole search on its training part, judged on samples that the search never saw. */
export interface NestedFold<P> {
  readonly fold: number;
  readonly bestParams: P;
  /** What the search thought of its winner; absent when a function chose. */
  readonly innerScore?: number;
  /** What the winner reached on the outer part, by name; higher is better. */
  readonly scores: Readonly<Record<string, number>>;
  readonly search: FittedSearch<P>;
}

/** What nested cross-validation gives. */
export interface NestedCrossValidation<P> {
  readonly folds: readonly NestedFold<P>[];
  /** Estimates of what the whole procedure, the search included, reaches on new data. */
  readonly scores: Readonly<Record<string, ScoreSummary>>;
  /**
   * Mean of inner minus outer score: by how much the search flatters itself, less what its winners gain from the refit on more
   * samples; NaN when a function chose.
   */
  readonly optimism: number;
}

/**
 * Cross-validation of a whole search: in every outer fold the search runs on the training part alone, and its refitted winner is
 * scored on the part that was held out.
 *
 * The best score of a search is too good, as the same folds chose the winner; these scores are not. The search must refit.
 * Reference: Cawley and Talbot 2010. Throws what the search throws, LU_FOLDS_* and LU_SEARCH_CV_REFIT.
 *
 * @example
 * const { scores, optimism } = await nestedCrossValidate(gridSearchCV({ build, grid, cv: 3 }), samples, { folds: 5 });
 */
export async function nestedCrossValidate<P>(
  search: SearchCV<P>,
  samples: Samples,
  options: NestedCrossValidateOptions<P> = {},
): Promise<NestedCrossValidation<P>> {
  refuseUnknown('LU_SEARCH_CV_OPTION', 'nestedCrossValidate', options, ['folds', 'onFold']);
  const folds: NestedFold<P>[] = [];
  for (const [fold, rows] of foldsFor(options.folds ?? 5, samples)
    .split(samples)
    .entries()) {
    const fitted = await search.fit(take(samples, rows.train));
    const scores = await fitted.score(take(samples, rows.validation));
    const { bestParams, bestScore } = fitted;
    const done = {
      fold,
      bestParams,
      ...(bestScore === undefined ? {} : { innerScore: bestScore }),
      scores,
      search: fitted,
    };
    folds.push(done);
    options.onFold?.(done);
  }
  const names = Object.keys(folds[0]!.scores);
  const outer = (name: string): readonly number[] => folds.map(({ scores }) => scores[name]!);
  const gaps = folds.map(({ innerScore, scores, search: { bestMetric } }) =>
    innerScore === undefined || bestMetric === undefined ? Number.NaN : innerScore - scores[bestMetric]!,
  );
  return {
    folds,
    scores: Object.fromEntries(names.map((name) => [name, summarizeScore(outer(name))])),
    optimism: mean(gaps),
  };
}
