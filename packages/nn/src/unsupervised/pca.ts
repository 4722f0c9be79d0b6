import { LuthierError } from '@luthier/core';
import type { Tensor } from '../data/dataset.ts';
import { refuseUnknown, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import { columnMeans, requireWidth, subtract, toMatrix } from './matrix.ts';
import { squaredErrors } from './reconstruction.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Options of `pca`. */
export interface PcaOptions {
  /** A number of components, or a share of the variance in (0, 1) to be kept at least. Default all: min(n, values of a sample). */
  readonly components?: number;
}

/** Principal components of training data. */
export interface FittedPca {
  readonly mean: Float64Array;
  /** Unit vectors, float64 of shape [components, values of a sample], the largest variance first. */
  readonly components: Tensor;
  /** Variance along each component, divisor n - 1. */
  readonly explainedVariance: Float64Array;
  /** The same as shares of the whole variance. */
  readonly explainedVarianceRatio: Float64Array;
  /** Coordinates along the components, float64 of shape [n, components]. */
  readonly transform: (x: TensorLike) => Tensor;
  /** From coordinates back to samples; exact when all components are kept. */
  readonly inverse: (coordinates: TensorLike) => Tensor;
  /** Squared distance of every sample to its reconstruction: large for samples unlike the training data. */
  readonly reconstructionErrors: (x: TensorLike) => Float64Array;
}

/** A principal component analysis to be fitted. */
export interface Pca {
  readonly kind: string;
  readonly fit: (x: TensorLike) => FittedPca;
}

const KIND = 'pca';

function covariance(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(columns * columns);
  for (let i = 0; i < rows; i++) {
    const base = i * columns;
    for (let a = 0; a < columns; a++) {
      const value = data[base + a]!;
      if (value === 0) continue;
      for (let b = a; b < columns; b++) out[a * columns + b]! += value * data[base + b]!;
    }
  }
  for (let a = 0; a < columns; a++) {
    for (let b = a; b < columns; b++) {
      out[a * columns + b]! /= rows - 1;
      out[b * columns + a] = out[a * columns + b]!;
    }
  }
  return out;
}

function countFor(wanted: number | undefined, ratios: Float64Array, most: number): number {
  if (wanted === undefined) return most;
  if (wanted >= 1) {
    if (wanted <= most) return wanted;
    throw new LuthierError(
      'LU_PCA_OPTION',
      `${KIND}: components is ${wanted}, the data have at most ${most}`,
      {
        fix: `Use at most ${most} components.`,
        where: 'components',
      },
    );
  }
  let sum = 0;
  const enough = ratios.findIndex((ratio) => {
    sum += ratio;
    return sum >= wanted;
  });
  return enough === -1 ? most : Math.min(enough + 1, most);
}

function fitPca(x: TensorLike, wanted: number | undefined): FittedPca {
  const matrix = toMatrix(`${KIND}: x`, x);
  const { rows, columns: width } = matrix;
  if (rows < 2) {
    throw new LuthierError('LU_PCA_FEW', `${KIND}: one sample has no variance`, {
      fix: 'Give at least two samples.',
      where: 'x',
    });
  }
  const mean = columnMeans(matrix);
  subtract(matrix, mean);
  const { values, vectors } = symmetricEigen(covariance(matrix.data, rows, width), width);
  const variances = values.map((value) => Math.max(0, value));
  const total = variances.reduce((sum, value) => sum + value, 0);
  const ratios = variances.map((value) => (total === 0 ? 0 : value / total));
  const count = countFor(wanted, ratios, Math.min(rows, width));
  const components = vectors.slice(0, count * width);
  const transform = (given: TensorLike): Tensor => {
    const samples = toMatrix(`${KIND}: x`, given);
    requireWidth(KIND, samples.columns, width);
    subtract(samples, mean);
    const data = new Float64Array(samples.rows * count);
    for (let i = 0; i < samples.rows; i++) {
      for (let c = 0; c < count; c++) {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += samples.data[i * width + j]! * components[c * width + j]!;
        data[i * count + c] = sum;
      }
    }
    return { data, shape: [samples.rows, count] };
  };
  const inverse = (coordinates: TensorLike): Tensor => {
    const points = toMatrix(`${KIND}: coordinates`, coordinates);
    requireWidth(KIND, points.columns, count);
    const data = new Float64Array(points.rows * width);
    for (let i = 0; i < points.rows; i++) {
      data.set(mean, i * width);
      for (let c = 0; c < count; c++) {
        const along = points.data[i * count + c]!;
        for (let j = 0; j < width; j++) data[i * width + j]! += along * components[c * width + j]!;
      }
    }
    return { data, shape: [points.rows, width] };
  };
  const reconstructionErrors = (given: TensorLike): Float64Array => {
    const samples = toMatrix(`${KIND}: x`, given);
    return squaredErrors(samples.data, inverse(transform(given)).data, width);
  };
  return {
    mean,
    components: { data: components, shape: [count, width] },
    explainedVariance: variances.slice(0, count),
    explainedVarianceRatio: ratios.slice(0, count),
    transform,
    inverse,
    reconstructionErrors,
  };
}

/**
 * Principal component analysis: the directions of largest variance, as eigenvectors of the covariance matrix.
 *
 * Samples are flattened and centred, not scaled. Cost O(n d^2 + d^3) for n samples of d values. Also a preparation: fit on
 * training data, transform any. Default: all components.
 *
 * @throws LuthierError LU_PCA_OPTION, LU_PCA_FEW, LU_DATA_*.
 *
 * @example
 * const { transform, explainedVarianceRatio } = pca({ components: 2 }).fit(images);
 */
export function pca(options: PcaOptions = {}): Pca {
  refuseUnknown('LU_PCA_OPTION', KIND, options, ['components']);
  const wanted =
    options.components === undefined
      ? undefined
      : requireNumber('LU_PCA_OPTION', KIND, 'components', options.components, {
          text: '(0, 1) or the integers from 1',
          holds: (value) => (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1),
        });
  return { kind: KIND, fit: (x) => fitPca(x, wanted) };
}
