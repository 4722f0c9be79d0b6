import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import type { Samples, Tensor } from './dataset.ts';
import { labelEncoder } from './encoding.ts';
import { type Column, columnOf, type DataTable, refuseMissing } from './table.ts';

/** Which columns of a table become inputs and targets. */
export interface TableSamplesOptions {
  /** The column to be predicted. */
  readonly target: string;
  /** The columns that inputs are made of, in this order. Default all but the target. */
  readonly features?: readonly string[];
  /**
   * Columns of text among the features: their values become whole numbers from 0 in ascending order of the texts, names for
   * the categories only, to be encoded by `oneHot` in a preparation. Default none; text is then refused.
   */
  readonly categories?: readonly string[];
  /** Whether targets are classes. Default true for a column of texts or booleans, false for numbers. */
  readonly classify?: boolean;
  /** What to do with rows that miss a value: refuse them, leave them out, or keep NaN for `impute`. Default `refuse`. */
  readonly missing?: 'refuse' | 'drop' | 'keep';
}

/** Samples made of a table. */
export interface TableSamples extends Samples {
  /** The name of every input, in the order of the columns of x. */
  readonly features: readonly string[];
  /** The texts of each column of categories, in the order of their numbers. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
  /** The name of every class, in the order of the labels. */
  readonly classes?: readonly string[];
}

const KIND = 'tableSamples';
const MISSING = ['refuse', 'drop', 'keep'];

const isMissing = (column: Column, row: number): boolean =>
  column.kind === 'text' ? column.values[row] === undefined : Number.isNaN(column.values[row]);

/** Rows that count, with those that miss a value refused, left out or kept; a missing target can never be kept. */
function rowsOf(
  table: DataTable,
  features: readonly Column[],
  target: Column,
  missing: TableSamplesOptions['missing'],
): readonly number[] {
  const checked = missing === 'keep' ? [target] : [...features, target];
  const incomplete = checked.filter((column) => column.missing > 0);
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const gap = incomplete.find((column) => isMissing(column, row));
    if (gap === undefined) rows.push(row);
    else if (missing !== 'drop') refuseMissing(table, gap.name, row);
  }
  if (rows.length > 0) return rows;
  throw new LuthierError('LU_DATA_EMPTY', `${KIND}: every row of ${table.name} misses a value`, {
    fix: "Leave out the columns with gaps, or use missing: 'keep' and impute().",
    where: 'missing',
  });
}

/** Distinct texts in ascending order, as the label encoder has them. */
function categoriesOf(column: Column): readonly string[] {
  const texts = column.kind === 'text' ? column.values.filter((text) => text !== undefined) : [];
  return texts.length === 0 ? [] : labelEncoder().fit(texts).classes;
}

function targetOf(
  column: Column,
  rows: readonly number[],
  classify: boolean,
): Pick<TableSamples, 'y' | 'classes'> {
  if (!classify) {
    if (column.kind !== 'text') {
      const data = Float64Array.from(rows, (row) => column.values[row]!);
      return { y: { data, shape: [rows.length, 1] } };
    }
    throw new LuthierError(
      'LU_TABLE_TEXT',
      `${KIND}: the target '${column.name}' holds text, which is no number`,
      {
        fix: 'Leave classify out to predict it as a class, or choose a column of numbers.',
        where: 'target',
      },
    );
  }
  if (column.kind === 'text') {
    const texts = rows.map((row) => column.values[row]!);
    const encoder = labelEncoder().fit(texts);
    return { y: encoder.transform(texts), classes: encoder.classes };
  }
  const numbers = rows.map((row) => column.values[row]!);
  const encoder = labelEncoder().fit(numbers);
  const classes = encoder.classes.map((value) =>
    column.kind === 'boolean' ? String(value === 1) : String(value),
  );
  return { y: encoder.transform(numbers), classes };
}

/**
 * The columns of a table as inputs, float64 of shape [n, features], and targets: labels of shape [n] for classes, float64
 * of shape [n, 1] for numbers.
 *
 * Nothing is learned from the rows here, so the samples may be divided afterwards; what must be learned (means of gaps,
 * spreads, which categories there are) belongs into a preparation, which is fitted on training parts.
 *
 * @throws LuthierError LU_TABLE_COLUMN, LU_TABLE_TEXT (a column of text without an encoder), LU_TABLE_MISSING,
 * LU_TABLE_OPTION, LU_DATA_EMPTY.
 *
 * @example
 * const table = parseCsv('rooms,city,price\n3,Ulm,200\n4,Bonn,300');
 * const samples = tableSamples(table, { target: 'price', categories: ['city'] }); // x [[3, 1], [4, 0]]
 */
export function tableSamples(table: DataTable, options: TableSamplesOptions): TableSamples {
  refuseUnknown('LU_TABLE_OPTION', KIND, options, [
    'target',
    'features',
    'categories',
    'classify',
    'missing',
  ]);
  const missing = options.missing ?? 'refuse';
  if (!MISSING.includes(missing)) {
    throw new LuthierError('LU_TABLE_OPTION', `${KIND}: missing is '${String(missing)}'`, {
      fix: `Use one of ${MISSING.join(', ')}.`,
      where: 'missing',
    });
  }
  const target = columnOf(table, options.target);
  const names = table.columns.map(({ name }) => name).filter((name) => name !== target.name);
  const features = (options.features ?? names).map((name) => columnOf(table, name));
  if (features.length === 0 || features.includes(target)) {
    throw new LuthierError(
      'LU_TABLE_OPTION',
      features.length === 0
        ? `${KIND}: there are no features`
        : `${KIND}: the target '${target.name}' is among the features`,
      { fix: 'Name at least one column other than the target as a feature.', where: 'features' },
    );
  }
  const encoded = (options.categories ?? []).map((name) => columnOf(table, name));
  const codes = new Map<Column, ReadonlyMap<string, number>>();
  const categories: Record<string, readonly string[]> = {};
  for (const column of features) {
    if (column.kind !== 'text') continue;
    if (!encoded.includes(column)) {
      const row = column.values.findIndex((value) => value !== undefined);
      throw new LuthierError(
        'LU_TABLE_TEXT',
        `${KIND}: column '${column.name}' of ${table.name} holds text ('${column.values[row]}' in row ${row + 1}), and no encoder is named for it`,
        {
          fix: `Name it in categories: ['${column.name}'] and encode it by oneHot(), vectorize it, or leave it out of features.`,
          where: 'categories',
        },
      );
    }
    categories[column.name] = categoriesOf(column);
    codes.set(column, new Map(categories[column.name]!.map((text, code) => [text, code])));
  }
  const rows = rowsOf(table, features, target, missing);
  const data = new Float64Array(rows.length * features.length);
  for (const [j, column] of features.entries()) {
    const known = codes.get(column);
    for (const [i, row] of rows.entries()) {
      const value = column.values[row];
      data[i * features.length + j] = typeof value === 'string' ? known!.get(value)! : (value ?? Number.NaN);
    }
  }
  const x: Tensor = { data, shape: [rows.length, features.length] };
  const classify = options.classify ?? target.kind !== 'number';
  return { x, ...targetOf(target, rows, classify), features: features.map(({ name }) => name), categories };
}
