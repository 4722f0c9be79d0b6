import { LuthierError } from '@luthier/core';
import papaparse from 'papaparse';
import { refuseUnknown } from '../layers/options.ts';
import { inferColumn } from './infer-column.ts';
import { type Column, type DataTable, requireColumn } from './table.ts';

/** How CSV text is read. */
export interface CsvOptions {
  /** Whether the first row holds the names of the columns, or the names of a file without them. Default true. */
  readonly header?: boolean | readonly string[];
  /** What is between cells. Default: guessed among comma, tab, bar and semicolon. */
  readonly delimiter?: string;
  /** Texts that mean a missing value, beside the empty one, NA, N/A, NaN, null and None. */
  readonly missing?: readonly string[];
  /** Kinds of columns by name, where the one inferred is not meant, such as `{ zip: 'text' }`. */
  readonly types?: Readonly<Record<string, Column['kind']>>;
  /** Lines that begin with this text are left out. Default none. */
  readonly comment?: string;
  /** What errors call the text. Default `csv`, or the path of the file. */
  readonly name?: string;
}

/** Where CSV text comes from: a path (Node), or pieces of text or UTF-8 bytes, such as the body of a `fetch`. */
export type CsvSource = string | AsyncIterable<string | Uint8Array>;

const CODE = 'LU_CSV_OPTION';

/** The line on which a row begins; only asked for when an error needs it, as the parser counts rows alone. */
function lineOf(text: string, row: number, config: papaparse.ParseConfig<string[]>): number {
  let rows = 0;
  let start = 0;
  papaparse.parse<string[]>(text, {
    ...config,
    step: ({ meta }, parser) => {
      if (rows === row) parser.abort();
      else start = meta.cursor;
      rows += 1;
    },
  });
  const skipped = /^[\r\n]*/.exec(text.slice(start))![0].length;
  return text.slice(0, start + skipped).split(/\r\n|\n|\r/).length;
}

function columnNames(
  header: CsvOptions['header'],
  rows: readonly (readonly string[])[],
  name: string,
): readonly string[] {
  const first = rows[0]!;
  const given =
    typeof header === 'object' ? header : header === false ? first.map(() => '') : first.map((n) => n.trim());
  const names = given.map((text, i) => (text === '' ? `column${i + 1}` : text));
  const twice = names.find((text, i) => names.indexOf(text) !== i);
  if (twice === undefined) return names;
  throw new LuthierError('LU_CSV_HEADER', `${name}: two columns are called '${twice}'`, {
    fix: 'Give every column its own name, or set header: false if the first row holds data.',
    where: name,
  });
}

/**
 * Reads CSV text as a table: quoted cells, any usual delimiter, the kind of every column inferred.
 *
 * A column is of numbers when all its values are, of booleans when all are true or false, else of text; values that are
 * missing do not count. Blank lines are skipped, spaces around numbers ignored. Works in Node and browsers; parsing by
 * PapaParse (RFC 4180).
 *
 * @throws LuthierError LU_CSV_RAGGED (a row with another number of cells, named by row and line), LU_CSV_QUOTES,
 * LU_CSV_EMPTY, LU_CSV_HEADER, LU_CSV_TYPE, LU_CSV_OPTION, LU_TABLE_COLUMN.
 *
 * @example
 * parseCsv('city,rooms\nUlm,3\nBonn,NA').columns[1] // { kind: 'number', name: 'rooms', values: [3, NaN], missing: 1 }
 */
export function parseCsv(text: string, options: CsvOptions = {}): DataTable {
  const name = options.name ?? 'csv';
  refuseUnknown(CODE, name, options, ['header', 'delimiter', 'missing', 'types', 'comment', 'name']);
  const config: papaparse.ParseConfig<string[]> = {
    skipEmptyLines: true,
    delimiter: options.delimiter ?? '',
    ...(options.comment === undefined ? {} : { comments: options.comment }),
  };
  const { data, errors } = papaparse.parse<string[]>(text, config);
  const quotes = errors.find(({ type }) => type === 'Quotes');
  if (quotes !== undefined) {
    const line = lineOf(text, quotes.row ?? 0, config);
    throw new LuthierError('LU_CSV_QUOTES', `${name}: ${quotes.message} in the row of line ${line}`, {
      fix: 'Close the quoted cell, and double the quotes within it.',
      where: `${name}:${line}`,
    });
  }
  const first = options.header === undefined || options.header === true ? 1 : 0;
  if (data.length <= first) {
    throw new LuthierError('LU_CSV_EMPTY', `${name} has no row of data`, {
      fix: first === 1 ? 'Give at least one row after the header.' : 'Give at least one row.',
      where: name,
    });
  }
  const names = columnNames(options.header, data, name);
  const ragged = data.findIndex((cells) => cells.length !== names.length);
  if (ragged !== -1) {
    const line = lineOf(text, ragged, config);
    const cells = data[ragged]!.length;
    throw new LuthierError(
      'LU_CSV_RAGGED',
      `${name}: row ${ragged - first + 1} (line ${line}) has ${cells} ${cells === 1 ? 'cell' : 'cells'}, there are ${names.length} columns`,
      {
        fix: 'Complete or remove this row; put cells that contain the delimiter in quotes.',
        where: `${name}:${line}`,
      },
    );
  }
  const rows = first === 0 ? data : data.slice(first);
  const missing = new Set(options.missing);
  const types = options.types ?? {};
  for (const typed of Object.keys(types)) requireColumn(name, typed, names);
  return {
    name,
    rows: rows.length,
    columns: names.map((column, i) => inferColumn(name, column, rows, i, missing, types[column])),
  };
}

/** The whole text of a source. */
async function textOf(source: CsvSource): Promise<string> {
  if (typeof source !== 'string') {
    const decoder = new TextDecoder();
    let text = '';
    for await (const piece of source) {
      text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    }
    return text + decoder.decode();
  }
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(source, 'utf8');
  } catch (cause) {
    throw new LuthierError('LU_CSV_READ', `${source}: cannot be read (${(cause as Error).message})`, {
      fix: 'Give the path of a CSV file that exists and is readable; text itself is read by parseCsv.',
      where: source,
      cause,
    });
  }
}

/**
 * Reads a CSV file, or pieces of CSV text as they arrive, as a table; see `parseCsv`.
 *
 * @throws LuthierError LU_CSV_READ and those of `parseCsv`.
 *
 * @example
 * const table = await readCsv('houses.csv');
 * const other = await readCsv(process.stdin);
 */
export async function readCsv(source: CsvSource, options: CsvOptions = {}): Promise<DataTable> {
  const name = options.name ?? (typeof source === 'string' ? source : 'csv');
  return parseCsv(await textOf(source), { ...options, name });
}
