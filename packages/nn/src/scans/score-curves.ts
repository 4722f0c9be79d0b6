import {
  generator,
  LuthierError,
  type ParamValue,
  randomKey,
  type ScoreCurve,
  type ScoreOverFolds,
} from '@luthier/core';
import type { Samples } from '../data/dataset.ts';
import type { Folds } from '../data/fold.ts';
import {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type FoldContext,
  type FoldFitOptions,
  foldsFor,
} from '../training/cross-validate.ts';
import type { Model } from '../training/model.ts';

/** What both curves take: the options of `crossValidate` that make sense for them. */
type CurveOptions = Pick<CrossValidateOptions, 'folds' | 'prepare' | 'watchHeldOut'>;

/** Options of `learningCurve`. */
export interface LearningCurveOptions extends CurveOptions {
  /** Shares of the training part in (0, 1], or counts from 1; default 0.1, 0.325, 0.55, 0.775 and 1. */
  readonly sizes?: readonly number[];
  readonly fit?: CrossValidateOptions['fit'];
  /** Draw the samples of a part at random instead of taking its first ones. Default true: sorted data would miss classes. */
  readonly shuffle?: boolean;
  /** Seed of the draw. Default 0. */
  readonly seed?: number;
  /** After each size. */
  readonly onPoint?: (samples: number) => void;
}

/** Options of `validationCurve`. */
export interface ValidationCurveOptions<Value extends ParamValue> extends CurveOptions {
  /** Name of the hyperparameter, for table and picture. */
  readonly parameter: string;
  readonly values: readonly Value[];
  /** Options of `fit`, or those of one value. */
  readonly fit?: FoldFitOptions | ((value: Value, context: FoldContext) => FoldFitOptions);
  /** After each value. */
  readonly onPoint?: (value: Value) => void;
}

const FIVE = [0.1, 0.325, 0.55, 0.775, 1];

function overFolds(
  { folds, scores }: CrossValidation,
  part: 'scores' | 'trainScores',
): Readonly<Record<string, ScoreOverFolds>> {
  return Object.fromEntries(
    Object.keys(scores).map((name) => {
      const values = folds.map((fold) => fold[part]![name]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      return [name, { mean, spread, values }];
    }),
  );
}

function pointOf(
  at: ScoreCurve['points'][number]['at'],
  result: CrossValidation,
): ScoreCurve['points'][number] {
  return { at, train: overFolds(result, 'trainScores'), validation: overFolds(result, 'scores') };
}

function refuse(what: string, fix: string, where: string): never {
  throw new LuthierError('LU_CURVE_OPTION', what, { fix, where });
}

/** Counts of training samples, rising and without repetition; shares are of the smallest training part. */
function countsOf(sizes: readonly number[], most: number): readonly number[] {
  const counts = sizes.map((size) => {
    const count =
      size > 0 && size <= 1 && !(size === 1 && sizes.some((other) => other > 1))
        ? Math.floor(size * most)
        : size;
    if (Number.isInteger(count) && count >= 1 && count <= most) return count;
    return refuse(
      `learningCurve: size ${size} is no share in (0, 1] that holds a sample, and no count from 1 to ${most}`,
      `Give shares such as 0.1, or counts of at most ${most}.`,
      'sizes',
    );
  });
  return [...new Set(counts)].sort((a, b) => a - b);
}

/**
 * Scores against the number of training samples: does more data help? Each size is cross-validated with new models; the
 * held-out parts stay whole.
 *
 * Far apart at the right end means that more data would help, close together and poor that they would not. Defaults: five
 * sizes from a tenth to all, 5 folds, samples drawn at random; larger sizes contain smaller ones. Reference: `learning_curve`
 * of scikit-learn. Throws LU_CURVE_OPTION and what `crossValidate` throws.
 *
 * @example
 * const curve = await learningCurve(() => buildModel(), samples, { fit: { epochs: 20 } });
 * curve.points.at(-1)!.validation.accuracy!.mean;
 */
export async function learningCurve(
  build: (context: FoldContext) => Model | Promise<Model>,
  data: Samples,
  options: LearningCurveOptions = {},
): Promise<ScoreCurve> {
  const { sizes = FIVE, shuffle = true, seed = 0, onPoint, fit, folds = 5, ...rest } = options;
  if (sizes.length === 0) refuse('learningCurve: sizes is empty', 'Give at least one size.', 'sizes');
  const base = foldsFor(folds, data).split(data);
  const orders = base.map(({ train }, fold) => {
    if (!shuffle) return train;
    const order = generator(randomKey(seed, 'learningCurve', fold)).permutation(train.length);
    return order.map((i) => train[i]!);
  });
  const points: ScoreCurve['points'][number][] = [];
  for (const count of countsOf(sizes, Math.min(...orders.map(({ length }) => length)))) {
    const part: Folds = {
      kind: 'learningCurve',
      split: () =>
        base.map(({ validation }, fold) => ({ train: orders[fold]!.subarray(0, count), validation })),
    };
    const result = await crossValidate(build, data, {
      ...rest,
      ...(fit === undefined ? {} : { fit }),
      folds: part,
      trainScores: true,
    });
    points.push(pointOf(count, result));
    onPoint?.(count);
  }
  return { parameter: 'samples', points };
}

/**
 * Scores against the values of one hyperparameter: where does it underfit, where does it overfit? Each value is cross-validated with
 * new models on the same folds.
 *
 * Default: 5 folds. Reference: `validation_curve` of scikit-learn. Throws LU_CURVE_OPTION and what `crossValidate` throws.
 *
 * @example
 * await validationCurve((units) => buildModel(units), samples, { parameter: 'units', values: [4, 16, 64], fit: { epochs: 20 } });
 */
export async function validationCurve<const Value extends ParamValue>(
  build: (value: Value, context: FoldContext) => Model | Promise<Model>,
  data: Samples,
  options: ValidationCurveOptions<Value>,
): Promise<ScoreCurve> {
  const { parameter, values, onPoint, fit, folds = 5, ...rest } = options;
  if (values.length === 0) refuse('validationCurve: values is empty', 'Give at least one value.', 'values');
  const splits = foldsFor(folds, data).split(data);
  const fixed: Folds = { kind: 'validationCurve', split: () => splits };
  const points: ScoreCurve['points'][number][] = [];
  for (const value of values) {
    const result = await crossValidate((context) => build(value, context), data, {
      ...rest,
      folds: fixed,
      fit: (context) => (typeof fit === 'function' ? fit(value, context) : (fit ?? {})),
      trainScores: true,
    });
    points.push(pointOf(value, result));
    onPoint?.(value);
  }
  return { parameter, points };
}
