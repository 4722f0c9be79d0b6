import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LuthierError } from '@luthier/core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type CsvOptions, parseCsv, readCsv } from './csv.ts';
import { columnOf, textsOf } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'luthier-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failure(text: string, options?: CsvOptions): LuthierError {
  try {
    parseCsv(text, options);
  } catch (error) {
    if (error instanceof LuthierError) return error;
    throw error;
  }
  return expect.fail('no error');
}

describe('parseCsv', () => {
  test('infers numbers, booleans and texts, with what is missing', () => {
    const table = parseCsv('n,b,t\n1.5,true,Ulm\n-2e3,False,"a, ""b"""\nNA,,\n 7 ,TRUE,NULL\n');
    expect(table.rows).toBe(4);
    const nan = Number.NaN;
    expect(table.columns).toEqual([
      { kind: 'number', name: 'n', values: Float64Array.of(1.5, -2000, nan, 7), missing: 1 },
      { kind: 'boolean', name: 'b', values: Float64Array.of(1, 0, nan, 1), missing: 1 },
      { kind: 'text', name: 't', values: ['Ulm', 'a, "b"', undefined, undefined], missing: 2 },
    ]);
  });

  test('takes no blank, hexadecimal or infinite cell for a number', () => {
    const kindOf = (cells: string): string =>
      parseCsv(cells, { header: ['c'], delimiter: ',' }).columns[0]!.kind;
    expect(kindOf('1\n0x1F')).toBe('text');
    expect(kindOf('1\nInfinity')).toBe('text');
    expect(kindOf('1\n1e400')).toBe('text');
    expect(kindOf('1\n+.5\n1.\n-0')).toBe('number');
    const blanks = parseCsv('a,b\n1,2\n  ,3').columns[0]!;
    expect(blanks).toEqual({ kind: 'number', name: 'a', values: Float64Array.of(1, Number.NaN), missing: 1 });
  });

  test('reads files without a header, with given names, comments, other delimiters and further words for missing', () => {
    expect(parseCsv('1,2\n3,4', { header: false }).columns.map(({ name }) => name)).toEqual([
      'column1',
      'column2',
    ]);
    expect(parseCsv('1;2\n3;4', { header: ['a', 'b'] }).columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(parseCsv('a\tb\n1\t2').columns.map(({ name }) => name)).toEqual(['a', 'b']);
    const table = parseCsv('\uFEFF# made by hand\r\na,b\r\n?,1\r\n\r\n-1,2\r\n', {
      comment: '#',
      missing: ['?', '-1'],
    });
    expect(table.columns[0]).toEqual({
      kind: 'number',
      name: 'a',
      values: Float64Array.of(Number.NaN, Number.NaN),
      missing: 2,
    });
  });

  test('keeps the kind it is told, and names the cell that is not of it', () => {
    expect(textsOf(parseCsv('zip\n01234', { types: { zip: 'text' } }), 'zip')).toEqual(['01234']);
    const error = failure('rooms\n3\nmany', { types: { rooms: 'number' } });
    expect(error.code).toBe('LU_CSV_TYPE');
    expect(error.message).toBe("csv: column 'rooms' has 'many' in row 2, which is no number");
    expect(failure('a\n1', { types: { b: 'text' } }).code).toBe('LU_TABLE_COLUMN');
  });

  test('names a ragged row by its number and its line, quoted line breaks and blank lines counted', () => {
    const error = failure('a,b\n1,"x\ny"\n\n2,3\n4\n5,6', { name: 'prices.csv' });
    expect(error.code).toBe('LU_CSV_RAGGED');
    expect(error.message).toBe('prices.csv: row 3 (line 6) has 1 cell, there are 2 columns');
    expect(error.where).toBe('prices.csv:6');
    expect(error.fix).toContain('quotes');
    expect(failure('1,2\n3,4,5', { header: false }).message).toContain('row 2 (line 2) has 3 cells');
    expect(failure('a,b\n1,2,3').message).toContain('row 1 (line 2) has 3 cells, there are 2 columns');
  });

  test('refuses what is no table', () => {
    expect(failure('').code).toBe('LU_CSV_EMPTY');
    expect(failure('a,b\n').message).toBe('csv has no row of data');
    expect(failure('a,b,a\n1,2,3').message).toBe("csv: two columns are called 'a'");
    expect(failure('a,b\n1,"2\n3,4').code).toBe('LU_CSV_QUOTES');
    expect(failure('a\n1', { seperator: ';' } as object).message).toContain("no option 'seperator'");
    expect(failure('a\n1', { types: { a: 'numbr' as 'number' } }).message).toContain(
      "did you mean 'number'?",
    );
  });

  test('reads back any numbers and texts that are written as CSV', () => {
    const cell = fc
      .string({ minLength: 1 })
      .filter(
        (text) =>
          /[a-z]/.test(text) &&
          !/^\s*(na|nan|null|none|true|false)\s*$/i.test(text) &&
          !/^\s*#?<?-?n\/?a/i.test(text),
      );
    const rows = fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), cell), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (written) => {
        const text = written.map(([n, t]) => `${n},"${t.replaceAll('"', '""')}"`).join('\r\n');
        const table = parseCsv(text, { header: ['n', 't'], delimiter: ',', types: { t: 'text' } });
        // Text cannot tell -0 from 0 apart here: `${-0}` is '0'.
        expect([...columnOf(table, 'n').values]).toEqual(written.map(([n]) => n + 0));
        expect(columnOf(table, 't').values).toEqual(written.map(([, t]) => t));
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe('readCsv', () => {
  test('reads files and pieces of text or bytes, split anywhere', async () => {
    const path = join(folder, 'towns.csv');
    const text = 'town,rooms\nMünchen,3\nUlm,4';
    writeFileSync(path, text);
    const expected = parseCsv(text, { name: path });
    expect(await readCsv(path)).toEqual(expected);
    async function* pieces() {
      const bytes = new TextEncoder().encode(text);
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    expect(await readCsv(pieces(), { name: path })).toEqual(expected);
    const stream = new Blob([text]).stream();
    expect(await readCsv(stream, { name: path })).toEqual(expected);
  });

  test('names the file that cannot be read', async () => {
    await expect(readCsv(join(folder, 'absent.csv'))).rejects.toMatchObject({
      code: 'LU_CSV_READ',
      message: expect.stringContaining('absent.csv'),
    });
  });
});

describe('a table', () => {
  const table = parseCsv('town,rooms\nUlm,3\n,4');

  test('gives its columns by name, or says which there are', () => {
    expect(columnOf(table, 'rooms').kind).toBe('number');
    expect(() => columnOf(table, 'room')).toThrow("csv has no column 'room'; did you mean 'rooms'?");
  });

  test('gives texts only where all are there', () => {
    expect(() => textsOf(table, 'rooms')).toThrow("column 'rooms' holds no texts but numbers");
    expect(() => textsOf(table, 'town')).toThrow("the value of column 'town' is missing in row 2");
  });
});
