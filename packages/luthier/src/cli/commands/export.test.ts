import { decodeJson } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { readHistory } from '../../stores/read-history.ts';
import { lossCurves, smallStudy } from '../fixtures/study-log.ts';
import { cli } from '../fixtures/test-context.ts';

const curves = lossCurves(
  2,
  (epoch) => (epoch === 1 ? Number.NaN : 1),
  () => 0.1 + 0.2,
);
const message = 'loss is NaN,\nsaid "the trainer"';
const trials = [
  { value: 0.1 + 0.2 },
  { outcome: 'failed', reason: 'diverged', message, epochs: curves },
  { value: 0.5, of: 0 },
] as const;

/** A reader of RFC 4180 written for the test. */
function parseCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  const [header, ...body] = rows.slice(0, -1);
  return body.map((row) => {
    expect(row).toHaveLength(header!.length);
    return Object.fromEntries(header!.map((name, i) => [name, row[i]!]));
  });
}

describe('luthier export', () => {
  it('prints a row a trial as CSV that reads back exactly', async () => {
    const { code, out, err } = await cli('export', { log: await smallStudy(trials) });
    expect([code, err()]).toEqual([0, '']);
    const rows = parseCsv(out());
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      trial: '0',
      state: 'complete',
      purpose: 'search',
      of: '',
      'params.learningRate': '0.001',
      'params.kind': 'a',
      steps: '25',
      seconds: '50',
      why: 'for the test, "quoted"',
    });
    expect(Number(rows[0]!.valAccuracy)).toBe(0.1 + 0.2);
    expect(rows[1]).toMatchObject({ state: 'failed', reason: 'diverged', message, valAccuracy: '' });
    expect(rows[2]).toMatchObject({ purpose: 'repeat', of: '0' });
  });

  it('prints a row an epoch with --curves, NaN kept', async () => {
    const rows = parseCsv((await cli('export --curves', { log: await smallStudy(trials) })).out());
    expect(rows).toHaveLength(25 + 2 + 25);
    const failed = rows.filter(({ trial }) => trial === '1');
    expect(failed.map(({ step, seconds, loss }) => [step, seconds, loss])).toEqual([
      ['1', '2', '1'],
      ['2', '4', 'NaN'],
    ]);
    expect(Number(failed[0]!.valLoss)).toBe(0.1 + 0.2);
  });

  it('prints the whole history as JSON with --format json or --json', async () => {
    const log = await smallStudy(trials);
    const { out } = await cli('export small --format json', { log });
    expect(decodeJson(out())).toEqual({ study: 'small', history: await readHistory(log, 'small') });
    expect((await cli('export --json', { log })).out()).toBe(out());
  });

  it.each([
    ['export --format jsn', "--format knows no 'jsn'; did you mean 'json'?"],
    ['export --format html', "--format knows no 'html'"],
    ['export --format csv --json', 'exclude each other'],
    ['export --format json --curves', '--curves is for csv'],
    ['export small --study other', 'two studies are named'],
    ['export smal', "no study 'smal'"],
  ])('%s is refused', async (line, text) => {
    const { code, err, out } = await cli(line, { log: await smallStudy(trials) });
    expect([code, out()]).toEqual([2, '']);
    expect(err()).toContain(text);
  });
});
