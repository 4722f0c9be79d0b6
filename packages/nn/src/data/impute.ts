import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { rowSize, type Tensor } from './dataset.ts';
import { type FittedPreprocessor, type Preprocessor, requireColumns } from './preprocessor.ts';

/** Options of `impute`. */
export interface ImputeOptions {
  /** What a missing value becomes: mean, median or most frequent value of its column, or a number. Default `mean`. */
  readonly by?: 'mean' | 'median' | 'mostFrequent' | number;
}

/** A fitted `impute`. */
export interface FittedImpute extends FittedPreprocessor {
  /** What a missing value of each column becomes. */
  readonly fill: Float64Array;
}

/** Missing values to be filled in. */
export interface Impute extends Preprocessor {
  readonly kind: string;
  readonly fit: (train: Tensor) => FittedImpute;
}

const KIND = 'impute';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest of equally frequent values, as scikit-learn has it. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) =>
    next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best,
  )[0];
}

const STATISTICS = { mean, median, mostFrequent } as const;

/**
 * Missing values (NaN) filled in by a statistic of the training values of their column.
 *
 * Results are float64 in the shape given. As scikit-learn's `SimpleImputer`, but a column without any training value is
 * refused instead of dropped. Default: the mean.
 *
 * @throws LuthierError LU_DATA_OPTION; on fit LU_DATA_EMPTY for a column without a value; on transform LU_DATA_SHAPE.
 *
 * @example
 * impute({ by: 'median' }).fit(train.x).transform(test.x)
 */
export function impute(options: ImputeOptions = {}): Impute {
  refuseUnknown('LU_DATA_OPTION', KIND, options, ['by']);
  const by = options.by ?? 'mean';
  const isKnown = typeof by === 'number' ? Number.isFinite(by) : Object.hasOwn(STATISTICS, by);
  if (!isKnown) {
    throw new LuthierError('LU_DATA_OPTION', `${KIND}: by is '${String(by)}'`, {
      fix: "Use 'mean', 'median', 'mostFrequent' or a finite number.",
      where: 'by',
    });
  }
  const fit = (train: Tensor): FittedImpute => {
    const width = rowSize(train);
    const fill = Float64Array.from({ length: width }, (_, column) => {
      if (typeof by === 'number') return by;
      const values: number[] = [];
      for (let i = column; i < train.data.length; i += width) {
        if (!Number.isNaN(train.data[i])) values.push(train.data[i]!);
      }
      if (values.length > 0) return STATISTICS[by](values);
      throw new LuthierError('LU_DATA_EMPTY', `${KIND}: column ${column} has no value in the training data`, {
        fix: 'Leave the column out, or fill it with a number: impute({ by: 0 }).',
        where: KIND,
      });
    });
    const transform = (x: Tensor): Tensor => {
      requireColumns(KIND, rowSize(x), width);
      const data = Float64Array.from(x.data, (value, i) => (Number.isNaN(value) ? fill[i % width]! : value));
      return { data, shape: x.shape };
    };
    return { fill, transform };
  };
  return { kind: KIND, fit };
}
