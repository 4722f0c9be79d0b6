import { LuthierError, mean, studentTQuantile, type TrainingHistory } from '@luthier/core';
import { type Samples, sampleCount } from '../data/dataset.ts';
import type { Folds } from '../data/fold.ts';
import { kFold, stratifiedKFold } from '../data/k-fold.ts';
import { fitPreparation, type Preparation } from '../data/preprocessor.ts';
import { take } from '../data/split.ts';
import { refuseUnknown } from '../layers/options.ts';
import type { FitOptions } from './fit-options.ts';
import { Model } from './model.ts';
import { textTable } from './text-table.ts';

/** Where in a cross-validation a model is built. */
export interface FoldContext {
  /** Counted from 0. */
  readonly fold: number;
  readonly folds: number;
}

/** Options of every fit; what would show a fold the data that score it is left out. */
export type FoldFitOptions = Omit<FitOptions, 'validationData' | 'checkpoint' | 'resume'>;

/** Options of `crossValidate`. */
export interface CrossValidateOptions {
  /** How to divide; a number k means `stratifiedKFold({ k })` for integer labels of shape [n], else `kFold({ k })`. Default 5. */
  readonly folds?: number | Folds;
  /** Options of `fit`, or a function that gives those of one fold. Default those of `fit`. */
  readonly fit?: FoldFitOptions | ((context: FoldContext) => FoldFitOptions);
  /** Fitted anew on the training part of every fold, then applied to both parts. */
  readonly prepare?: Preparation;
  /** Score the training part, too. Default false. */
  readonly trainScores?: boolean;
  /**
   * Measure the held-out part after every epoch (`valLoss`, ...). Callbacks that stop by it then choose by the data that
   * score the fold, which flatters the score; without it, let them watch a `validationSplit` of the training part.
   * Default false.
   */
  readonly watchHeldOut?: boolean;
  /** Keep the trained models instead of releasing their weights. Default false. */
  readonly keepModels?: boolean;
  /** After each fold. */
  readonly onFold?: (result: FoldResult) => void | Promise<void>;
}

/** What one fold gave. */
export interface FoldResult {
  readonly fold: number;
  readonly trainCount: number;
  readonly validationCount: number;
  /** `loss` and metrics of the held-out part, by name. */
  readonly scores: Readonly<Record<string, number>>;
  /** The same of the training part, when asked for. */
  readonly trainScores?: Readonly<Record<string, number>>;
  readonly history: TrainingHistory;
  /** Wall time of preparation and training, and of scoring the held-out part, in seconds. */
  readonly fitSeconds: number;
  readonly scoreSeconds: number;
  /** The trained model, when asked for. */
  readonly model?: Model;
}

/** One score over all folds. */
export interface ScoreSummary {
  readonly mean: number;
  /** Population standard deviation over the folds, as in scikit-learn's result tables. */
  readonly spread: number;
  /**
   * 95 % interval of the mean by Student's t. Training parts of folds overlap, so that it is too narrow rather than too
   * wide; NaN for fewer than two folds.
   */
  readonly interval: readonly [low: number, high: number];
}

/** What `crossValidate` returns. */
export interface CrossValidation {
  readonly folds: readonly FoldResult[];
  /** `loss` and metrics of the held-out parts, by name. A NaN of one fold stays NaN. */
  readonly scores: Readonly<Record<string, ScoreSummary>>;
  readonly trainScores?: Readonly<Record<string, ScoreSummary>>;
}

const WHERE = 'crossValidate';
const FRESH =
  'Give a function that makes a new model in every call: crossValidate(() => sequential([...]).compile({...}), data).';

function requireFresh(model: unknown, used: ReadonlySet<Model>, fold: number): asserts model is Model {
  if (!(model instanceof Model)) {
    throw new LuthierError('LU_CV_MODEL', `${WHERE}: build gave no model for fold ${fold}`, { fix: FRESH });
  }
  if (used.has(model)) {
    throw new LuthierError(
      'LU_CV_SAME_MODEL',
      `${WHERE}: build gave the same model object for fold ${fold} as for an earlier fold. Its weights have already seen the samples that this fold holds out, so the score would be too good`,
      { fix: FRESH },
    );
  }
  if (model.isFitted) {
    throw new LuthierError(
      'LU_CV_FITTED',
      `${WHERE}: the model for fold ${fold} has been fitted before. It may have seen the samples that this fold holds out, so the score would be too good`,
      { fix: FRESH },
    );
  }
}

/**
 * The folds that a number stands for: `stratifiedKFold({ k })` for integer labels of shape [n], else `kFold({ k })`, both in
 * order. Folds pass through.
 *
 * @example
 * foldsFor(5, samples).split(samples)
 */
export function foldsFor(folds: number | Folds, data: Samples): Folds {
  if (typeof folds !== 'number') return folds;
  const { y } = data;
  const isReal = y.data instanceof Float32Array || y.data instanceof Float64Array;
  return y.shape.length === 1 && !isReal ? stratifiedKFold({ k: folds }) : kFold({ k: folds });
}

/**
 * Mean, population standard deviation and 95 % interval of the mean.
 *
 * @example
 * summarizeScore([0.9, 0.8, 1]).mean // 0.9
 */
export function summarizeScore(values: readonly number[]): ScoreSummary {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const n = values.length;
  const half = n < 2 ? Number.NaN : studentTQuantile(0.975, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean: centre, spread: Math.sqrt(squares / n), interval: [centre - half, centre + half] };
}

function summarizeScores(
  scores: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, ScoreSummary>> {
  const names = Object.keys(scores[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, summarizeScore(scores.map((score) => score[name]!))]));
}

/**
 * Trains one new model a fold and scores it on the samples that the fold holds out.
 *
 * `build` is called once a fold; a model that was fitted before, or the same object twice, is refused, as its weights
 * may have seen the held-out samples. Preparations are fitted on the training part of the fold alone. Folds run one
 * after another. Defaults: 5 folds, options of `fit` as there.
 *
 * @throws LuthierError LU_CV_BUILD, LU_CV_MODEL, LU_CV_SAME_MODEL, LU_CV_FITTED, LU_CV_OPTION, LU_FOLDS_* and those of `fit`;
 * the reason of `fit.signal` once that is aborted.
 *
 * @example
 * const { scores } = await crossValidate(() => buildModel(), samples, {
 *   folds: stratifiedKFold({ k: 5, shuffle: true }),
 *   fit: { epochs: 20 },
 *   prepare: { x: [standardize()] },
 * });
 * scores.accuracy.mean;
 */
export async function crossValidate(
  build: (context: FoldContext) => Model | Promise<Model>,
  data: Samples,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  refuseUnknown('LU_CV_OPTION', WHERE, options, [
    'folds',
    'fit',
    'prepare',
    'trainScores',
    'watchHeldOut',
    'keepModels',
    'onFold',
  ]);
  if (typeof build !== 'function') {
    throw new LuthierError(
      'LU_CV_BUILD',
      `${WHERE} takes a function that builds a model, not a model: one model trained fold after fold carries what it learned into samples it is scored on`,
      { fix: FRESH },
    );
  }
  const splits = foldsFor(options.folds ?? 5, data).split(data);
  const used = new Set<Model>();
  const results: FoldResult[] = [];
  for (const [fold, rows] of splits.entries()) {
    const context = { fold, folds: splits.length };
    const fit: FitOptions = (typeof options.fit === 'function' ? options.fit(context) : options.fit) ?? {};
    for (const name of ['validationData', 'checkpoint', 'resume'] as const) {
      if (fit[name] === undefined) continue;
      throw new LuthierError(
        'LU_CV_OPTION',
        `${WHERE}: fit.${name} cannot be given, every fold has its own`,
        {
          fix:
            name === 'validationData'
              ? 'Use fit.validationSplit for a part of the training samples, or watchHeldOut.'
              : `Leave ${name} out.`,
          where: `fit.${name}`,
        },
      );
    }
    if (options.watchHeldOut === true && fit.validationSplit !== undefined) {
      throw new LuthierError(
        'LU_CV_OPTION',
        `${WHERE}: watchHeldOut and fit.validationSplit both name what valLoss measures`,
        {
          fix: 'Give one of them.',
          where: 'fit.validationSplit',
        },
      );
    }
    fit.signal?.throwIfAborted();
    const model: unknown = await build(context);
    requireFresh(model, used, fold);
    used.add(model);
    const begun = performance.now();
    const trainPart = take(data, rows.train);
    const prepare = fitPreparation(options.prepare ?? {}, trainPart);
    const train = prepare(trainPart);
    const validation = prepare(take(data, rows.validation));
    const history = await model.fit(train, {
      ...fit,
      ...(options.watchHeldOut === true ? { validationData: validation } : {}),
    });
    fit.signal?.throwIfAborted();
    const trained = performance.now();
    const scores = await model.evaluate(validation);
    const scored = performance.now();
    const result: FoldResult = {
      fold,
      trainCount: sampleCount(train),
      validationCount: sampleCount(validation),
      scores,
      ...(options.trainScores === true ? { trainScores: await model.evaluate(train) } : {}),
      history,
      fitSeconds: (trained - begun) / 1000,
      scoreSeconds: (scored - trained) / 1000,
      ...(options.keepModels === true ? { model } : {}),
    };
    if (options.keepModels !== true) model.dispose();
    results.push(result);
    await options.onFold?.(result);
  }
  return {
    folds: results,
    scores: summarizeScores(results.map(({ scores }) => scores)),
    ...(options.trainScores === true
      ? { trainScores: summarizeScores(results.map(({ trainScores }) => trainScores!)) }
      : {}),
  };
}

function cell(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : String(value);
}

/**
 * The held-out scores as text: a line a fold, then mean and spread.
 *
 * @example
 * console.log(crossValidationTable(await crossValidate(build, samples)));
 */
export function crossValidationTable(result: CrossValidation): string {
  const names = Object.keys(result.scores);
  const lines = [
    ['fold', 'train', 'held out', ...names],
    ...result.folds.map(({ fold, trainCount, validationCount, scores }) => [
      String(fold + 1),
      String(trainCount),
      String(validationCount),
      ...names.map((name) => cell(scores[name]!)),
    ]),
    ['mean', '', '', ...names.map((name) => cell(result.scores[name]!.mean))],
    ['spread', '', '', ...names.map((name) => cell(result.scores[name]!.spread))],
  ];
  return textTable(lines);
}
