import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { readTensor } from '../training/tables.ts';
import { rowSize, type Tensor } from './dataset.ts';
import { type FittedPreprocessor, type Preprocessor, requireColumns } from './preprocessor.ts';

/** Columns moved by `offset` and divided by `scale`; floats, in the shape given. */
export interface FittedScaling extends FittedPreprocessor {
  readonly offset: Float64Array;
  readonly scale: Float64Array;
  /** From scaled values back to the original unit. */
  readonly inverse: (scaled: Tensor) => Tensor;
}

/** A scaling to be fitted. */
export interface Scaling extends Preprocessor {
  readonly kind: string;
  readonly fit: (train: Tensor) => FittedScaling;
}

/** Options of `minMax`. */
export interface MinMaxOptions {
  /** Where the smallest and largest training value of a column go. Default [0, 1]. */
  readonly range?: readonly [number, number];
}

function mapColumns(
  where: string,
  tensor: Tensor,
  columns: number,
  change: (value: number, column: number) => number,
): Tensor {
  const width = rowSize(tensor);
  requireColumns(where, width, columns);
  const data =
    tensor.data instanceof Float64Array
      ? new Float64Array(tensor.data.length)
      : new Float32Array(tensor.data.length);
  for (let start = 0; start < data.length; start += width) {
    for (let column = 0; column < width; column++) {
      data[start + column] = change(tensor.data[start + column]!, column);
    }
  }
  return { data, shape: tensor.shape };
}

function scaling(kind: string, offset: Float64Array, scale: Float64Array): FittedScaling {
  return {
    offset,
    scale,
    transform: (x) => mapColumns(kind, x, offset.length, (value, j) => (value - offset[j]!) / scale[j]!),
    inverse: (x) => mapColumns(kind, x, offset.length, (value, j) => value * scale[j]! + offset[j]!),
  };
}

/**
 * Columns with mean 0 and population standard deviation 1 over the training data: `(x - mean) / deviation`.
 *
 * A column without spread is only centred. Results are float32, or float64 from float64. `offset` holds the means,
 * `scale` the deviations. As scikit-learn's `StandardScaler`.
 *
 * @throws LuthierError LU_DATA_NAN on fit, LU_DATA_SHAPE on transform of another number of columns.
 *
 * @example
 * const fitted = standardize().fit(train.x);
 * const [x, xTest] = [fitted.transform(train.x), fitted.transform(test.x)];
 */
export function standardize(): Scaling {
  const kind = 'standardize';
  const fit = (train: Tensor): FittedScaling => {
    const { data } = readTensor(kind, train);
    const width = rowSize(train);
    const rows = data.length / width;
    const offset = new Float64Array(width);
    const scale = new Float64Array(width);
    for (let i = 0, j = 0; i < data.length; i++, j = j + 1 === width ? 0 : j + 1) offset[j]! += data[i]!;
    for (let j = 0; j < width; j++) offset[j]! /= rows;
    for (let i = 0, j = 0; i < data.length; i++, j = j + 1 === width ? 0 : j + 1) {
      scale[j]! += (data[i]! - offset[j]!) ** 2;
    }
    for (let j = 0; j < width; j++) {
      const deviation = Math.sqrt(scale[j]! / rows);
      // Rounding of the mean leaves a constant column with a spread of some ulps.
      scale[j] = deviation > 10 * Number.EPSILON * Math.abs(offset[j]!) ? deviation : 1;
    }
    return scaling(kind, offset, scale);
  };
  return { kind, fit };
}

/**
 * Columns whose training values span a range: `(x - min) / (max - min)`, stretched to `range`.
 *
 * Values outside the training range fall outside `range`. A column without spread goes to the lower end. As
 * scikit-learn's `MinMaxScaler`. Default range [0, 1].
 *
 * @throws LuthierError LU_DATA_OPTION, LU_DATA_NAN on fit, LU_DATA_SHAPE on transform.
 *
 * @example
 * minMax({ range: [-1, 1] }).fit(train.x).transform(test.x)
 */
export function minMax(options: MinMaxOptions = {}): Scaling {
  const kind = 'minMax';
  refuseUnknown('LU_DATA_OPTION', kind, options, ['range']);
  const [low, high] = options.range ?? [0, 1];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new LuthierError('LU_DATA_OPTION', `${kind}: range [${low}, ${high}] does not ascend`, {
      fix: 'Give two finite numbers, the smaller first.',
      where: 'range',
    });
  }
  const fit = (train: Tensor): FittedScaling => {
    const { data } = readTensor(kind, train);
    const width = rowSize(train);
    const least = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    const most = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0, j = 0; i < data.length; i++, j = j + 1 === width ? 0 : j + 1) {
      const value = data[i]!;
      if (value < least[j]!) least[j] = value;
      if (value > most[j]!) most[j] = value;
    }
    const scale = least.map((value, j) => (most[j]! > value ? (most[j]! - value) / (high - low) : 1));
    return scaling(
      kind,
      least.map((value, j) => value - low * scale[j]!),
      scale,
    );
  };
  return { kind, fit };
}
