import { LuthierError } from '@luthier/core';
import { rowSize } from '../data/dataset.ts';
import { readTensor, type TensorLike } from '../training/tables.ts';

/** Rows of float64 numbers, one after another. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** A copy of numbers in any accepted form, each sample flattened into a row; throws for shapes that do not fit, and NaN. */
export function toMatrix(where: string, given: TensorLike): Matrix {
  const tensor = readTensor(where, given);
  return { data: Float64Array.from(tensor.data), rows: tensor.shape[0]!, columns: rowSize(tensor) };
}

/** The mean of every column. */
export function columnMeans({ data, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < data.length; i += columns) {
    for (let j = 0; j < columns; j++) means[j]! += data[i + j]!;
  }
  return means.map((sum) => sum / rows);
}

/** Takes `offset` off every row, in place. */
export function subtract({ data, columns }: Matrix, offset: Float64Array): void {
  for (let i = 0; i < data.length; i += columns) {
    for (let j = 0; j < columns; j++) data[i + j]! -= offset[j]!;
  }
}

/** The squared length of every row. */
export function squaredNorms({ data, rows, columns }: Matrix): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = i * columns; j < (i + 1) * columns; j++) sum += data[j]! * data[j]!;
    norms[i] = sum;
  }
  return norms;
}

/** Rows by their numbers, copied. */
export function pickRows({ data, columns }: Matrix, rows: ArrayLike<number>): Matrix {
  const picked = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    picked.set(data.subarray(rows[i]! * columns, (rows[i]! + 1) * columns), i * columns);
  }
  return { data: picked, rows: rows.length, columns };
}

/** Refuses a matrix of another width than the fitted one. */
export function requireWidth(where: string, columns: number, fitted: number): void {
  if (columns === fitted) return;
  throw new LuthierError(
    'LU_DATA_SHAPE',
    `${where}: samples have ${columns} values, in the fit they had ${fitted}`,
    {
      fix: 'Give samples with the columns that were fitted, in the same order.',
      where,
    },
  );
}
