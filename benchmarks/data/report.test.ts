import { parseCsv } from '@luthier/nn';
import { expect, test } from 'vitest';
import { report } from './report.ts';
import { csvText } from './table.ts';

test('a report gives first, least and median times, and the ratios of neighbouring rounds', () => {
  const round = (ms: number, cpu: number, note: string) => ({ ms, cpu, note });
  const text = report({
    date: '2026-01-01',
    machine: 'a machine',
    versions: 'peers 1',
    rounds: 3,
    load: [0.5, 1],
    outcomes: [
      {
        title: 'A job',
        limitMs: 100,
        sides: {
          Luthier: [round(30, 20, 'x'), round(10, 10, 'x'), round(20, 15, '7 words')],
          peer: [round(60, 10, 'y'), round(40, 20, 'y'), round(10, 5, '7 words')],
        },
      },
    ],
  });
  expect(text).toContain('| Luthier | 30.0 | 10.0 | 20.0 | 15.0 |  |  | 7 words |');
  // Ratios of wall times 0.5, 0.25, 2; of CPU times 2, 0.5, 3.
  expect(text).toContain('| peer | 60.0 | 10.0 | 40.0 | 10.0 | 0.50 | 2.00 | 7 words |');
  expect(text).toContain('at most 100 ms');
});

test('the table that is read has ten columns of the kinds that it promises', () => {
  const { rows, columns } = parseCsv(csvText(500));
  expect(rows).toBe(500);
  expect(columns.map(({ kind }) => kind)).toEqual([...new Array(8).fill('number'), 'text', 'text']);
  expect(columns.slice(0, 8).every(({ missing }) => missing > 0 && missing < 30)).toBe(true);
  expect(new Set<unknown>([...columns[9]!.values])).toEqual(
    new Set(['Ulm, Donau', 'Halle "an der Saale"', 'Bonn']),
  );
});
