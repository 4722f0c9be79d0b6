import { readFileSync } from 'node:fs';
import { LuthierError } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { kMeans } from '../unsupervised/k-means.ts';
import { createSamples } from './collect.ts';
import { parseCsv } from './csv.ts';
import type { Samples } from './dataset.ts';
import { oneHot } from './encoding.ts';
import { decodeIdx } from './idx.ts';
import { groupKFold, kFold, stratifiedKFold } from './k-fold.ts';
import { mnist } from './mnist.ts';
import { trainTestSplit, trainValTest } from './parts.ts';
import { standardize } from './scaling.ts';
import { tableSamples } from './table-samples.ts';
import { countVectorizer } from './text/count-vectorizer.ts';

const page = readFileSync(new URL('../../../../docs/data.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## Bad input'));
const rows = new Map(
  [...section.matchAll(/^\| (.+?) \| refused: (.+?) \|$/gm)].map((match): [string, readonly string[]] => [
    match[1]!,
    [...match[2]!.matchAll(/`(\w+)`/g)].map(([, code]) => code!),
  ]),
);

function labelled(labels: readonly number[]): Samples {
  return {
    x: { data: new Float32Array(labels.length), shape: [labels.length, 1] },
    y: { data: Int32Array.from(labels), shape: [labels.length] },
  };
}

const four = labelled([0, 0, 0, 1]);
const flats = parseCsv('size,town,rooms\n40,Ulm,2\n50,Bonn,', { name: 'flats.csv' });
const oneColumn = { data: Float64Array.of(1, 2), shape: [2, 1] };

/** What is done, by row of the page; each with the argument or place that the error must name. */
const CASES: Readonly<Record<string, readonly [names: string, ...run: (() => unknown)[]]>> = {
  'inputs and targets of unequal lengths': [
    'x has 4 samples, y has 3',
    () => kFold().split({ x: four.x, y: labelled([0, 1, 0]).y }),
  ],
  'rows of unequal lengths': ['row 1', () => createSamples({ x: [[1, 2], [3]], y: [0, 1] })],
  'no samples': ['x has no rows', () => createSamples({ x: [], y: [] })],
  'NaN in an array': ['row 0, column 1', () => createSamples({ x: [[1, Number.NaN]], y: [0] })],
  'a part that would be empty': ['train part', () => trainTestSplit(four, { test: 4 })],
  'parts larger than the data': [
    'validation 3',
    () => trainValTest(labelled([0, 1, 0, 1, 0]), { validation: 3, test: 3 }),
  ],
  'a class too small for stratified parts': ['class 1', () => trainTestSplit(four, { stratify: true })],
  'one group to be divided': ['one group', () => trainTestSplit(four, { groups: ['a', 'a', 'a', 'a'] })],
  'more folds than samples': ['k is 5', () => kFold({ k: 5 }).split(four)],
  'more folds than groups': ['k is 3', () => groupKFold({ k: 3, groups: [1, 1, 2, 2] }).split(four)],
  'a class with fewer members than folds': ['class 1', () => stratifiedKFold({ k: 2 }).split(four)],
  'groups of other samples': [
    '3 groups for 4 samples',
    () => groupKFold({ k: 2, groups: [1, 2, 3] }).split(four),
  ],
  'stratified folds of real targets in several columns': [
    'labels of shape [4, 2]',
    () => stratifiedKFold({ k: 2 }).split({ x: four.x, y: { data: new Float64Array(8), shape: [4, 2] } }),
  ],
  'a CSV row with too few cells': ['row 2 (line 3)', () => parseCsv('a,b\n1,2\n3')],
  'a CSV row with too many cells': ['row 1 (line 2)', () => parseCsv('a,b\n1,2,3\n3,4')],
  'an open quote in CSV': ['line 2', () => parseCsv('a,b\n1,"2\n3,4')],
  'CSV without rows': ['no row of data', () => parseCsv('a,b\n')],
  'two CSV columns of one name': ["'a'", () => parseCsv('a,a\n1,2')],
  'a cell that is not of the kind its column is said to be': [
    "column 'a' has 'x' in row 1",
    () => parseCsv('a\nx', { types: { a: 'number' } }),
  ],
  'a column of text without an encoder': [
    "column 'town'",
    () => tableSamples(flats, { target: 'size', features: ['town'] }),
  ],
  'a column that is not there': ["'sise'", () => tableSamples(flats, { target: 'sise' })],
  'a missing value where none is expected': [
    "column 'rooms'",
    () => tableSamples(flats, { target: 'size', features: ['rooms'] }),
  ],
  'a category not met in training': [
    'value 3',
    () =>
      oneHot()
        .fit(oneColumn)
        .transform({ data: Float64Array.of(3), shape: [1, 1] }),
  ],
  'other columns than those fitted': [
    '2 values',
    () =>
      standardize()
        .fit(oneColumn)
        .transform({ data: new Float64Array(2), shape: [1, 2] }),
  ],
  'a file with a wrong magic number': [
    'labels',
    () => decodeIdx(Uint8Array.of(9, 9, 8, 1, 0, 0, 0, 0), 'labels'),
  ],
  'a file cut short': ['labels', () => decodeIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1), 'labels')],
  'a file still compressed': ['labels', () => decodeIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 'labels')],
  'a package that is not installed': ["'mnist-absent'", () => mnist({ package: 'mnist-absent' })],
  'no texts, or a text that is missing': [
    'text',
    () => countVectorizer().fit([]),
    () => countVectorizer().fit(['a word', undefined as unknown as string]),
  ],
  'training texts without words': ['no words', () => countVectorizer().fit(['!', '?'])],
  'fewer samples than clusters': ['2 samples cannot form 3 clusters', () => kMeans({ k: 3 }).fit(oneColumn)],
  'an option there is not': ["'tests'", () => trainTestSplit(four, { tests: 1 } as object)],
};

test('every row of the page is tested, and every test has its row', () => {
  expect([...rows.keys()].sort()).toEqual(Object.keys(CASES).sort());
});

describe('bad input', () => {
  test.each([...rows])('%s is refused by name, with the mend', async (input, codes) => {
    const [names, ...runs] = CASES[input]!;
    expect(runs).toHaveLength(codes.length);
    for (const [i, run] of runs.entries()) {
      const error: unknown = await Promise.resolve()
        .then(run)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LuthierError);
      const { code, message, fix } = error as LuthierError;
      expect(code).toBe(codes[i]);
      expect(message).toContain(names);
      expect(fix.length).toBeGreaterThan(15);
    }
  });
});
