import { LuthierError } from '@luthier/core';
import { requireName } from '../layers/options.ts';
import type { Column, NumberColumn, TextColumn } from './table.ts';

type Rows = readonly (readonly string[])[];

/** Those that pandas takes for missing, without its printed forms of Windows. */
const MISSING = new Set([
  '',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  '-NaN',
  '-nan',
  'NULL',
  'null',
  'None',
]);
const RADIX = /^[-+]?0[xbo]/i;

function isMissing(cell: string, more: ReadonlySet<string>): boolean {
  const text = cell.trim();
  return MISSING.has(text) || more.has(text) || more.has(cell);
}

/** The number of a cell, NaN for a missing one, undefined for anything else. */
function numberOf(cell: string, more: ReadonlySet<string>): number | undefined {
  if (cell === '') return Number.NaN;
  const value = Number(cell);
  // Number takes blanks for 0, and hexadecimal numbers, which no table means.
  const isPlain = Number.isFinite(value) && cell.charCodeAt(0) > 32 && !(cell.length > 2 && RADIX.test(cell));
  if (isPlain) return more.size > 0 && more.has(cell) ? Number.NaN : value;
  if (isMissing(cell, more)) return Number.NaN;
  return Number.isFinite(value) && !RADIX.test(cell.trim()) ? value : undefined;
}

/** 1 for true, 0 for false, NaN for a missing cell, undefined for anything else. */
function booleanOf(cell: string, more: ReadonlySet<string>): number | undefined {
  const text = cell.trim().toLowerCase();
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  return isMissing(cell, more) ? Number.NaN : undefined;
}

/** Reads a column as numbers or booleans; gives the row of the first cell that is neither. */
function readNumbers(
  kind: NumberColumn['kind'],
  name: string,
  rows: Rows,
  at: number,
  more: ReadonlySet<string>,
): NumberColumn | number {
  const read = kind === 'number' ? numberOf : booleanOf;
  const values = new Float64Array(rows.length);
  let missing = 0;
  for (let row = 0; row < rows.length; row++) {
    const value = read(rows[row]![at]!, more);
    if (value === undefined) return row;
    if (Number.isNaN(value)) missing += 1;
    values[row] = value;
  }
  return { kind, name, values, missing };
}

function readTexts(name: string, rows: Rows, at: number, more: ReadonlySet<string>): TextColumn {
  let missing = 0;
  const values = rows.map((cells) => {
    if (!isMissing(cells[at]!, more)) return cells[at]!;
    missing += 1;
    return undefined;
  });
  return { kind: 'text', name, values, missing };
}

const KINDS: Readonly<Record<Column['kind'], true>> = { number: true, boolean: true, text: true };

/**
 * A column of cells as numbers if all are, else as booleans if all are, else as texts; missing cells fit any kind, and
 * a column of nothing else is one of numbers.
 *
 * With a `kind` given, a cell that is not of it is refused (LU_CSV_TYPE).
 */
export function inferColumn(
  where: string,
  name: string,
  rows: Rows,
  at: number,
  more: ReadonlySet<string>,
  kind?: Column['kind'],
): Column {
  if (kind !== undefined) requireName('LU_CSV_OPTION', where, `type of column '${name}',`, kind, KINDS);
  if (kind === 'text') return readTexts(name, rows, at, more);
  for (const candidate of kind === undefined ? (['number', 'boolean'] as const) : [kind]) {
    const found = readNumbers(candidate, name, rows, at, more);
    if (typeof found !== 'number') return found;
    if (kind === undefined) continue;
    throw new LuthierError(
      'LU_CSV_TYPE',
      `${where}: column '${name}' has '${rows[found]![at]}' in row ${found + 1}, which is no ${kind}`,
      { fix: `Correct the cell, name it in missing, or read the column as 'text'.`, where: name },
    );
  }
  return readTexts(name, rows, at, more);
}
