import { generator, LuthierError, type OptionNames, randomKey, refuseUnknown } from '@luthier/core';
import { type Samples, type SplitIndices, sampleCount } from '@luthier/nn';
import type { Objective } from '@luthier/search';
import { type HalvingOptions, type HalvingPlan, halvingPlan } from './halving-plan.ts';
import { type GridDefinition, type GridParams, gridCandidates, parameterGrid } from './parameter-grid.ts';
import { type DistributionDefinition, type DistributionParams, drawCandidates } from './random-candidates.ts';
import { requireCount } from './randomized-search-cv.ts';
import type { SearchResults } from './result-table.ts';
import { type FittedSearch, SEARCH_CV_OPTIONS, type SearchCVOptions, startSearch } from './search-cv.ts';

/** Options of both halving searches; train scores are on by default, as in scikit-learn. */
export interface HalvingSearchCVOptions<P>
  extends Omit<SearchCVOptions<P>, 'refit' | 'scoring'>,
    HalvingOptions {
  /** What grows: `nSamples`, or the name of a parameter that no candidate sets, such as `epochs`. Default `nSamples`. */
  readonly resource?: string;
  /** One score; by default the first metric of the model, or its loss. */
  readonly scoring?: string | Objective;
  /** Train the best candidate of the last iteration on all samples. Default true. */
  readonly refit?: boolean;
  /** Seed of the subsamples and of the draw. Default 0. */
  readonly seed?: number;
}

export interface HalvingGridSearchCVOptions<G> extends HalvingSearchCVOptions<GridParams<G>> {
  readonly grid: G;
}

export interface HalvingRandomSearchCVOptions<D> extends HalvingSearchCVOptions<DistributionParams<D>> {
  readonly distributions: D;
  /** Candidates at the start; `exhaust`: as many as give the last iteration all resources. Default `exhaust`. */
  readonly nCandidates?: number | 'exhaust';
}

const OPTIONS: OptionNames<HalvingSearchCVOptions<unknown>> = {
  ...SEARCH_CV_OPTIONS,
  factor: true,
  maxResources: true,
  minResources: true,
  aggressiveElimination: true,
  resource: true,
  seed: true,
};

/** What a halving search gives beside what every search gives. */
export interface FittedHalvingSearch<P> extends FittedSearch<P>, HalvingPlan {}

/** A halving search that is declared but not run. */
export interface HalvingSearchCV<P> {
  fit(samples: Samples): Promise<FittedHalvingSearch<P>>;
}

/** The first part of a permutation: what an iteration trains on is among what the next trains on. */
function subsample(
  rows: Int32Array,
  fraction: number,
  seed: number,
  split: number,
  part: string,
): Int32Array {
  const order = generator(randomKey(seed, 'halving', part, split)).permutation(rows.length);
  return order
    .subarray(0, Math.floor(fraction * rows.length))
    .map((i) => rows[i]!)
    .sort();
}

function subsampled(
  splits: readonly SplitIndices[],
  fraction: number,
  seed: number,
): readonly SplitIndices[] {
  if (fraction >= 1) return splits;
  return splits.map(({ train, validation }, split) => ({
    train: subsample(train, fraction, seed, split, 'train'),
    validation: subsample(validation, fraction, seed, split, 'test'),
  }));
}

/** The `keep` best in ascending order; NaN is worst, of equal scores the later one is better, as in scikit-learn. */
function topOf<P>(candidates: readonly P[], scores: readonly number[], keep: number): readonly P[] {
  const rank = (score: number): number => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
  return candidates
    .map((params, index) => ({ params, index, score: rank(scores[index]!) }))
    .sort((a, b) => (a.score === b.score ? a.index - b.index : a.score - b.score))
    .slice(-keep)
    .map(({ params }) => params);
}

/** The best row of the last iteration; its first when all are NaN. */
function bestOfLast<P>(results: SearchResults<P>): number {
  const iter = results.iter as readonly number[];
  const scores = results.meanTestScore as readonly number[];
  const last = iter.at(-1);
  let best = iter.indexOf(last!);
  for (const [index, at] of iter.entries()) {
    if (at === last && (scores[index]! > scores[best]! || Number.isNaN(scores[best]!))) {
      if (!Number.isNaN(scores[index]!)) best = index;
    }
  }
  return best;
}

function classCount({ y }: Samples): number {
  const isReal = y.data instanceof Float32Array || y.data instanceof Float64Array;
  return y.shape.length === 1 && !isReal ? new Set(y.data as ArrayLike<number> & Iterable<number>).size : 1;
}

async function runHalving<P extends object>(
  where: string,
  options: HalvingSearchCVOptions<P>,
  samples: Samples,
  candidatesFor: (most: number) => readonly P[],
  defaultMin: 'smallest' | 'exhaust',
): Promise<FittedHalvingSearch<P>> {
  const { resource = 'nSamples', seed = 0 } = options;
  const bySamples = resource === 'nSamples';
  const count = sampleCount(samples);
  const withDefaults = { ...options, minResources: options.minResources ?? defaultMin };
  const settingOf = (candidates: number, splits: number) => ({
    candidates,
    samples: bySamples ? count : undefined,
    smallest: bySamples ? 2 * splits * classCount(samples) : 1,
  });
  const at = (params: P, nResources: number): P =>
    bySamples ? params : { ...params, [resource]: nResources };
  const probe = candidatesFor(1)[0]!;
  if (resource in probe) {
    throw new LuthierError(
      'LU_HALVING_OPTION',
      `halving: the resource '${resource}' is a parameter of the search, too`,
      {
        fix: `Leave ${resource} out of the candidates, or let another resource grow.`,
        where: 'resource',
      },
    );
  }
  const run = await startSearch<P>(
    where,
    { ...options, returnTrainScore: options.returnTrainScore ?? true },
    samples,
    at(probe, halvingPlan(settingOf(1, 2), { ...withDefaults, minResources: 1 }).maxResources),
  );
  const splits = run.splits.length;
  // With one candidate a plan tells the resources that there are.
  const { minResources, maxResources } = halvingPlan(settingOf(1, splits), {
    ...withDefaults,
    minResources: withDefaults.minResources === 'exhaust' ? 'smallest' : withDefaults.minResources,
  });
  let candidates = candidatesFor(Math.floor(maxResources / minResources));
  const plan = halvingPlan(settingOf(candidates.length, splits), withDefaults);
  for (const [i, nResources] of plan.nResources.entries()) {
    const round = candidates.map((params) => at(params, nResources));
    const scores = await run.evaluate({
      candidates: round,
      splits: bySamples ? subsampled(run.splits, nResources / count, seed) : run.splits,
      nResources,
    });
    candidates = topOf(round, scores, plan.nCandidates[i + 1] ?? plan.nRemainingCandidates);
  }
  return { ...(await run.finish(bestOfLast)), ...plan };
}

/**
 * A grid by successive halving, cross-validated: all candidates with few resources, the best third with three times as many,
 * and so on; the best is that of the last iteration. scikit-learn's `HalvingGridSearchCV`.
 *
 * Defaults: factor 3, resource the number of samples, `minResources` `exhaust`, 5 folds, train scores on.
 *
 * @example
 * halvingGridSearchCV({ build, grid: { units: [16, 32, 64] }, resource: 'epochs', maxResources: 27 }).fit(samples)
 */
export function halvingGridSearchCV<const G extends GridDefinition | readonly GridDefinition[]>(
  options: HalvingGridSearchCVOptions<G>,
): HalvingSearchCV<GridParams<G>> {
  refuseUnknown('LU_HALVING_OPTION', 'halvingGridSearchCV', options, { ...OPTIONS, grid: true });
  const grid = parameterGrid(options.grid);
  const candidates = gridCandidates(grid) as readonly (GridParams<G> & object)[];
  return {
    fit: (samples) => runHalving('halvingGridSearchCV', options, samples, () => candidates, 'exhaust'),
  };
}

/**
 * Random candidates by successive halving, cross-validated: scikit-learn's `HalvingRandomSearchCV`.
 *
 * Defaults: as many candidates as give the last iteration all resources, `minResources` `smallest`, the others as in
 * `halvingGridSearchCV`. Throws LU_HALVING_OPTION when both `nCandidates` and `minResources` are `exhaust`.
 */
export function halvingRandomSearchCV<
  const D extends DistributionDefinition | readonly DistributionDefinition[],
>(options: HalvingRandomSearchCVOptions<D>): HalvingSearchCV<DistributionParams<D>> {
  refuseUnknown('LU_HALVING_OPTION', 'halvingRandomSearchCV', options, {
    ...OPTIONS,
    distributions: true,
    nCandidates: true,
  });
  const { nCandidates = 'exhaust', minResources = 'smallest', seed = 0 } = options;
  if (nCandidates === 'exhaust' && minResources === 'exhaust') {
    throw new LuthierError(
      'LU_HALVING_OPTION',
      "halving: nCandidates and minResources cannot both be 'exhaust'",
      {
        fix: "Give one of them a number, or minResources 'smallest'.",
        where: 'nCandidates',
      },
    );
  }
  const wanted = nCandidates === 'exhaust' ? nCandidates : requireCount('nCandidates', nCandidates);
  return {
    fit: (samples) =>
      runHalving(
        'halvingRandomSearchCV',
        options,
        samples,
        (most) => {
          const count = wanted === 'exhaust' ? most : wanted;
          const { candidates } = drawCandidates(options.distributions, count, seed);
          return candidates as readonly (DistributionParams<D> & object)[];
        },
        'smallest',
      ),
  };
}
