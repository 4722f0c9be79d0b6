import { didYouMean, LuthierError } from '@luthier/core';

/** A column of numbers, or of true (1) and false (0); NaN where a value is missing. */
export interface NumberColumn {
  readonly kind: 'number' | 'boolean';
  readonly name: string;
  readonly values: Float64Array;
  /** How many values are missing. */
  readonly missing: number;
}

/** A column of texts; undefined where a value is missing. */
export interface TextColumn {
  readonly kind: 'text';
  readonly name: string;
  readonly values: readonly (string | undefined)[];
  /** How many values are missing. */
  readonly missing: number;
}

/** Named values of the same kind, one a row. */
export type Column = NumberColumn | TextColumn;

/** Rows and named columns, as read from a CSV file. */
export interface DataTable {
  /** What errors call the table. */
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Refuses a name that no column has. */
export function requireColumn(where: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new LuthierError(
    'LU_TABLE_COLUMN',
    `${where} has no column '${name}'${didYouMean(name, names) || '.'}`,
    {
      fix: `Use one of ${names.slice(0, 20).join(', ')}.`,
      where,
    },
  );
}

/**
 * The column of that name.
 *
 * @throws LuthierError LU_TABLE_COLUMN.
 *
 * @example
 * columnOf(parseCsv('city,rooms\nUlm,3'), 'rooms').values // Float64Array [3]
 */
export function columnOf(table: DataTable, name: string): Column {
  requireColumn(
    table.name,
    name,
    table.columns.map((column) => column.name),
  );
  return table.columns.find((column) => column.name === name)!;
}

/**
 * The texts of a column, in the order of the rows.
 *
 * @throws LuthierError LU_TABLE_COLUMN, LU_TABLE_TEXT for a column of numbers, LU_TABLE_MISSING.
 *
 * @example
 * textsOf(await readCsv('reviews.csv'), 'review')
 */
export function textsOf(table: DataTable, name: string): readonly string[] {
  const column = columnOf(table, name);
  if (column.kind !== 'text') {
    throw new LuthierError('LU_TABLE_TEXT', `${table.name}: column '${name}' holds no texts but numbers`, {
      fix: `Read the file with types: { '${name}': 'text' }.`,
      where: name,
    });
  }
  return column.values.map((value, row) => value ?? refuseMissing(table, name, row));
}

/** Says which value is missing. */
export function refuseMissing(table: DataTable, name: string, row: number): never {
  throw new LuthierError(
    'LU_TABLE_MISSING',
    `${table.name}: the value of column '${name}' is missing in row ${row + 1}`,
    {
      fix: "Leave such rows out with missing: 'drop', or keep them with missing: 'keep' and fill them in with impute().",
      where: name,
    },
  );
}
