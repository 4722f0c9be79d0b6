import { didYouMean, LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { readTensor } from '../training/tables.ts';
import { rowSize, type Tensor } from './dataset.ts';
import { type FittedPreprocessor, type Preprocessor, requireColumns } from './preprocessor.ts';

/** Options of `oneHot`. */
export interface OneHotOptions {
  /** What a value not met in training becomes: an error, or zeros in all columns of its feature. Default `error`. */
  readonly unknown?: 'error' | 'zeros';
}

/** A fitted `oneHot`. */
export interface FittedOneHot extends FittedPreprocessor {
  /** The values of every column met in training, ascending. */
  readonly categories: readonly (readonly number[])[];
}

/** A one-hot encoding to be fitted. */
export interface OneHot extends Preprocessor {
  readonly kind: string;
  readonly fit: (train: Tensor) => FittedOneHot;
}

/** Names or numbers that stand for classes. */
export type ClassName = string | number;

/** A fitted `labelEncoder`. */
export interface FittedLabelEncoder<T extends ClassName> {
  /** The classes in the order of their labels. */
  readonly classes: readonly T[];
  /** Labels of shape [n]. */
  readonly transform: (values: readonly ClassName[]) => Tensor;
  readonly inverse: (labels: Tensor) => readonly T[];
}

function ascending(a: ClassName, b: ClassName): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Each column of categories (numbers) as one column of 0 and 1 a category met in training.
 *
 * A tensor of shape [n] counts as one column. Results are bytes of shape [n, all categories]; columns in order, their
 * categories ascending. Default: an unknown value is an error.
 *
 * @throws LuthierError LU_DATA_OPTION; on transform LU_DATA_CATEGORY and LU_DATA_SHAPE.
 *
 * @example
 * oneHot().fit(train.y).transform(test.y) // labels [n] -> rows [n, classes]
 */
export function oneHot(options: OneHotOptions = {}): OneHot {
  const kind = 'oneHot';
  refuseUnknown('LU_DATA_OPTION', kind, options, ['unknown']);
  const unknown = options.unknown ?? 'error';
  if (unknown !== 'error' && unknown !== 'zeros') {
    throw new LuthierError('LU_DATA_OPTION', `${kind}: unknown is '${String(unknown)}'`, {
      fix: "Use 'error' or 'zeros'.",
      where: 'unknown',
    });
  }
  const fit = (train: Tensor): FittedOneHot => {
    const { data } = readTensor(kind, train);
    const columns = rowSize(train);
    const met = Array.from({ length: columns }, () => new Set<number>());
    for (let i = 0; i < data.length; i++) met[i % columns]!.add(data[i]!);
    const categories = met.map((values) => [...values].sort(ascending));
    let width = 0;
    const positions = categories.map((values) => new Map(values.map((value) => [value, width++])));
    const transform = (x: Tensor): Tensor => {
      requireColumns(kind, rowSize(x), columns);
      const rows = x.data.length / columns;
      const out = new Uint8Array(rows * width);
      for (let i = 0; i < x.data.length; i++) {
        const [row, column] = [Math.floor(i / columns), i % columns];
        const position = positions[column]!.get(x.data[i]!);
        if (position !== undefined) out[row * width + position] = 1;
        else if (unknown === 'error') {
          throw new LuthierError(
            'LU_DATA_CATEGORY',
            `${kind}: row ${row}, column ${column} has the value ${x.data[i]}, which the training data have not`,
            { fix: "Add training samples of it, or set unknown: 'zeros'.", where: kind },
          );
        }
      }
      return { data: out, shape: [rows, width] };
    };
    return { categories, transform };
  };
  return { kind, fit };
}

/** An encoder to be fitted. */
export interface LabelEncoder {
  readonly kind: string;
  readonly fit: <T extends ClassName>(train: readonly T[]) => FittedLabelEncoder<T>;
}

function fitLabels<T extends ClassName>(kind: string, train: readonly T[]): FittedLabelEncoder<T> {
  if (train.length === 0) {
    throw new LuthierError('LU_DATA_EMPTY', `${kind}: no values to learn classes from`, {
      fix: 'Give at least one class name.',
      where: kind,
    });
  }
  const classes = [...new Set(train)].sort(ascending);
  const labels = new Map<ClassName, number>(classes.map((name, label) => [name, label]));
  const refuse = (what: string, hint: string): never => {
    throw new LuthierError('LU_DATA_CATEGORY', `${kind}: ${what} is not of the training data${hint}`, {
      fix: `Use one of ${classes.slice(0, 20).join(', ')}.`,
      where: kind,
    });
  };
  const encode = (name: ClassName, i: number): number =>
    labels.get(name) ?? refuse(`value ${i}, '${name}',`, didYouMean(String(name), classes.map(String)));
  return {
    classes,
    transform: (values) => ({ data: Int32Array.from(values, encode), shape: [values.length] }),
    inverse: ({ data }) => Array.from(data, (label) => classes[label] ?? refuse(`label ${label}`, '')),
  };
}

/**
 * Class names as whole numbers from 0, in ascending order of the names.
 *
 * @throws LuthierError LU_DATA_EMPTY on fit; LU_DATA_CATEGORY for a name or label that was not fitted.
 *
 * @example
 * labelEncoder().fit(['ham', 'spam', 'ham']).transform(['spam']).data // Int32Array [1]
 */
export function labelEncoder(): LabelEncoder {
  const kind = 'labelEncoder';
  return { kind, fit: (train) => fitLabels(kind, train) };
}
