import { LuthierError, type OptionNames, type TrainingHistory } from '@luthier/core';
import {
  crossValidate,
  type FoldContext,
  type FoldFitOptions,
  type Folds,
  fitPreparation,
  foldsFor,
  type Model,
  type Prediction,
  type Preparation,
  type Samples,
  type SplitIndices,
  type Tensor,
} from '@luthier/nn';
import {
  type FitRow,
  type HalvingColumns,
  resultTable,
  type SearchResults,
  scoreColumn,
} from './result-table.ts';
import { readScoring, type Scorer, type Scoring } from './scoring.ts';

/** What all searches with cross-validation take. */
export interface SearchCVOptions<P> {
  /** Makes the compiled model of a candidate: a new one at every call. A model itself is refused. */
  readonly build: (params: P) => Model | Promise<Model>;
  /** Options of `fit`, or those of a candidate. Default: the candidate's `epochs` and `batchSize`, where it has them. */
  readonly fit?: FoldFitOptions | ((params: P, context: FoldContext) => FoldFitOptions);
  /** How to divide; a number k means stratified folds for integer labels, else k folds in order. Default 5. */
  readonly cv?: number | Folds;
  /** Fitted anew on the training part of every fold. */
  readonly prepare?: Preparation;
  /** Default: the first metric of the model, or its loss. Scores are such that higher is better: losses are negated. */
  readonly scoring?: Scoring;
  /**
   * Train the best candidate on all samples at the end: yes, no, by which of several scores, or a function that gets the table
   * and returns the index of the best. Default true.
   */
  readonly refit?: boolean | string | ((results: SearchResults<P>) => number);
  /** Score the training parts, too. */
  readonly returnTrainScore?: boolean;
  /** The score of a training that threw; `raise` lets it end the search. Default NaN. */
  readonly errorScore?: number | 'raise';
  /** After every training. */
  readonly onFit?: (fit: SearchFit<P>) => void;
}

/** Names of the options that all searches with cross-validation take. */
export const SEARCH_CV_OPTIONS: OptionNames<SearchCVOptions<unknown>> = {
  build: true,
  fit: true,
  cv: true,
  prepare: true,
  scoring: true,
  refit: true,
  returnTrainScore: true,
  errorScore: true,
  onFit: true,
};

/** One training of a search. */
export interface SearchFit<P> {
  readonly candidate: number;
  readonly split: number;
  readonly params: P;
  /** Scores by name, higher is better; NaN when it failed. */
  readonly scores: Readonly<Record<string, number>>;
  /** What every epoch measured; absent when it failed. */
  readonly history?: TrainingHistory;
  /** Why it failed. */
  readonly error?: string;
  /** Trainings done so far and in all (without the refit; of a halving search, in the iterations so far). */
  readonly done: number;
  readonly total: number;
}

/** What a search gives. */
export interface FittedSearch<P> {
  readonly cvResults: SearchResults<P>;
  /** Row of the best candidate; the first of equal ones. */
  readonly bestIndex: number;
  readonly bestParams: P;
  /** Mean score over the folds, and which score it is; absent when a function chose. */
  readonly bestScore?: number;
  readonly bestMetric?: string;
  readonly nSplits: number;
  /** Trained on all samples; absent without `refit`. */
  readonly bestModel?: Model;
  /** Seconds. */
  readonly refitTime?: number;
  readonly refitHistory?: TrainingHistory;
  /** Every training, with its history. */
  readonly fits: readonly SearchFit<P>[];
  /** Trainings made, the refit included. */
  readonly nFits: number;
  /** What went wrong without ending the search. */
  readonly warnings: readonly string[];
  /** Outputs of the best model, for inputs as they were before `prepare`. Throws LU_SEARCH_CV_REFIT without refit. */
  predict(x: Tensor): Promise<Prediction>;
  /** Scores of the best model on samples as they were before `prepare`, by name; higher is better. */
  score(samples: Samples): Promise<Readonly<Record<string, number>>>;
}

/** One round of candidates on the same splits. */
export interface Round<P> {
  readonly candidates: readonly P[];
  readonly splits: readonly SplitIndices[];
  /** In the table of a halving search. */
  readonly nResources?: number;
}

/** A search in progress: rounds are evaluated one after another, then it is finished. */
export interface SearchRun<P> {
  readonly splits: readonly SplitIndices[];
  /** Mean of the first score of every candidate of the round. */
  evaluate(round: Round<P>): Promise<readonly number[]>;
  /** Chooses and refits. `choose` replaces the smallest rank. */
  finish(choose?: (results: SearchResults<P>) => number): Promise<FittedSearch<P>>;
}

const FRESH =
  'Give a function that makes a new model: build: ({ learningRate }) => sequential([...]).compile({ ... }).';

function defaultFit(params: object): FoldFitOptions {
  const { epochs, batchSize } = params as { readonly epochs?: number; readonly batchSize?: number };
  return { ...(epochs === undefined ? {} : { epochs }), ...(batchSize === undefined ? {} : { batchSize }) };
}

function signed(
  scorers: readonly Scorer[],
  scores: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    scorers.map(({ metric, sign }) => [metric, sign * (scores[metric] ?? Number.NaN)]),
  );
}

/** The score by which a search chooses; undefined when a function or nobody does. */
function refitScore(refit: unknown, scorers: readonly Scorer[]): string | undefined {
  const names = scorers.map(({ metric }) => metric);
  if (typeof refit === 'string') {
    if (names.includes(refit)) return refit;
    throw new LuthierError('LU_SEARCH_CV_REFIT', `refit: '${refit}' is none of the scores`, {
      fix: `Use one of ${names.join(', ')}.`,
      where: 'refit',
    });
  }
  if (typeof refit === 'function' || (refit === false && names.length > 1)) return undefined;
  if (names.length === 1) return names[0];
  throw new LuthierError(
    'LU_SEARCH_CV_REFIT',
    'refit: with several scores it must name the one that decides',
    {
      fix: `Write refit: '${names[0]}', a function of the results, or refit: false.`,
      where: 'refit',
    },
  );
}

/** Checks what all searches have in common, and divides the samples once for all candidates. */
export async function startSearch<P extends object>(
  where: string,
  options: SearchCVOptions<P>,
  data: Samples,
  first: P,
): Promise<SearchRun<P>> {
  if (typeof options.build !== 'function') {
    throw new LuthierError(
      'LU_CV_BUILD',
      `${where} takes a function that builds a model, not a model: every candidate and every fold needs a new one, and a model carries what it learned in one fold into the samples that the next is scored on`,
      { fix: FRESH, where: 'build' },
    );
  }
  const probe = await options.build(first);
  if (typeof (probe as Partial<Model> | undefined)?.metricNames !== 'function') {
    throw new LuthierError('LU_CV_MODEL', `${where}: build gave no model`, { fix: FRESH, where: 'build' });
  }
  const scorers = readScoring(options.scoring, probe);
  const names = scorers.map(({ metric }) => metric);
  const { refit = true, errorScore = Number.NaN } = options;
  const decisive = refitScore(refit, scorers);
  const judge = decisive ?? names[0]!;
  const splits = foldsFor(options.cv ?? 5, data).split(data);

  const candidates: P[] = [];
  const rows: FitRow[] = [];
  const fits: SearchFit<P>[] = [];
  const warnings: string[] = [];
  const iter: number[] = [];
  const nResources: number[] = [];
  let rounds = 0;
  let total = 0;

  const { fit: given } = options;
  const fitOf = (params: P, context: FoldContext): FoldFitOptions =>
    typeof given === 'function' ? given(params, context) : (given ?? defaultFit(params));

  const trainOne = async (
    candidate: number,
    split: number,
    params: P,
    rowsOf: SplitIndices,
  ): Promise<void> => {
    const begun = performance.now();
    let row: FitRow;
    let outcome: { readonly history?: TrainingHistory; readonly error?: string };
    const context = { fold: split, folds: splits.length };
    const fit = fitOf(params, context);
    try {
      const { folds } = await crossValidate(() => options.build(params), data, {
        folds: { kind: where, split: () => [rowsOf] },
        fit,
        ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
        trainScores: options.returnTrainScore ?? false,
      });
      const [done] = folds;
      row = {
        candidate,
        split,
        testScores: signed(scorers, done!.scores),
        ...(done!.trainScores === undefined ? {} : { trainScores: signed(scorers, done!.trainScores) }),
        fitSeconds: done!.fitSeconds,
        scoreSeconds: done!.scoreSeconds,
      };
      outcome = { history: done!.history };
    } catch (error) {
      // A build that hands out trained models is a mistake of the search, not of a candidate.
      const isMisuse = error instanceof LuthierError && error.code.startsWith('LU_CV_');
      if (errorScore === 'raise' || isMisuse || fit.signal?.aborted === true) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const failed = Object.fromEntries(names.map((name) => [name, errorScore]));
      row = {
        candidate,
        split,
        testScores: failed,
        ...(options.returnTrainScore === true ? { trainScores: failed } : {}),
        fitSeconds: (performance.now() - begun) / 1000,
        scoreSeconds: 0,
      };
      outcome = { error: message };
      warnings.push(`candidate ${candidate}, fold ${split + 1}: ${message}`);
    }
    rows.push(row);
    const record = { candidate, split, params, scores: row.testScores, ...outcome };
    const made = { ...record, done: rows.length, total };
    fits.push(made);
    options.onFit?.(made);
  };

  const table = (): SearchResults<P> => {
    const halving: HalvingColumns | undefined = nResources.length === 0 ? undefined : { iter, nResources };
    return resultTable(candidates, splits.length, rows, names, halving);
  };
  const column = (kind: string, name: string): readonly number[] =>
    table()[scoreColumn(kind, 'Test', name, names.length)] as readonly number[];

  return {
    splits,
    evaluate: async (round) => {
      const from = candidates.length;
      total += round.candidates.length * round.splits.length;
      for (const params of round.candidates) {
        const candidate = candidates.length;
        candidates.push(params);
        if (round.nResources !== undefined) {
          iter.push(rounds);
          nResources.push(round.nResources);
        }
        for (const [split, rowsOf] of round.splits.entries())
          await trainOne(candidate, split, params, rowsOf);
      }
      rounds += 1;
      return column('mean', names[0]!).slice(from);
    },
    finish: async (choose) => {
      if (fits.length > 0 && fits.every(({ error }) => error !== undefined)) {
        throw new LuthierError(
          'LU_SEARCH_CV_FAILED',
          `${where}: all ${fits.length} trainings failed: ${fits[0]!.error}`,
          {
            fix: "Mend what it says; errorScore: 'raise' shows where it comes from.",
            where,
          },
        );
      }
      const cvResults = table();
      const byFunction = typeof refit === 'function' ? refit(cvResults) : undefined;
      const bestIndex =
        byFunction ??
        choose?.(cvResults) ??
        column('rank', judge).reduce((best, rank, i, all) => (rank < all[best]! ? i : best), 0);
      const bestParams = candidates[bestIndex];
      if (bestParams === undefined) {
        throw new LuthierError('LU_SEARCH_CV_REFIT', `refit returned ${bestIndex}, not a row of the table`, {
          fix: `Return a whole number from 0 to ${candidates.length - 1}.`,
          where: 'refit',
        });
      }
      const begun = performance.now();
      const prepare = fitPreparation(options.prepare ?? {}, data);
      const bestModel = refit === false ? undefined : await options.build(bestParams);
      const refitHistory = await bestModel?.fit(prepare(data), fitOf(bestParams, { fold: 0, folds: 1 }));
      const refitTime = (performance.now() - begun) / 1000;
      const required = (): Model => {
        if (bestModel !== undefined) return bestModel;
        throw new LuthierError('LU_SEARCH_CV_REFIT', `${where}: no model was trained on all samples`, {
          fix: 'Leave refit: false out.',
          where: 'refit',
        });
      };
      const prepareInputs = fitPreparation(
        { ...(options.prepare?.x === undefined ? {} : { x: options.prepare.x }) },
        data,
      );
      return {
        cvResults,
        bestIndex,
        bestParams,
        ...(byFunction === undefined
          ? { bestScore: column('mean', judge)[bestIndex]!, bestMetric: judge }
          : {}),
        nSplits: splits.length,
        ...(bestModel === undefined ? {} : { bestModel, refitTime }),
        ...(refitHistory === undefined ? {} : { refitHistory }),
        fits,
        nFits: fits.length + (bestModel === undefined ? 0 : 1),
        warnings,
        predict: async (x) => required().predict(prepareInputs({ x, y: x }).x),
        score: async (samples) => signed(scorers, await required().evaluate(prepare(samples))),
      };
    },
  };
}
