import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LrScanReport } from '../src/tune/contract.ts';
import { fixture, luthier } from './luthier-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-scan-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('[#15] luthier lr-scan scans 1e-4 to 1e-1 in the batch size of the file and draws the picture', async () => {
  const run = await luthier(['lr-scan', fixture('small-tune.ts'), '--json', '-q', '--seeds', '2'], folder);
  expect(run.code, run.stderr).toBe(0);
  const { scan, files, next } = decodeJson(run.stdout) as unknown as LrScanReport;
  expect(scan.rates[0]).toBeCloseTo(1e-4, 12);
  expect(scan.curves).toHaveLength(2);
  expect(scan.curves[0]!.rates.at(-1)).toBeCloseTo(1e-1, 3);
  expect(scan.batchSize).toBe(16);
  expect(scan.suggestion).toBeGreaterThan(5e-4);
  expect(scan.suggestion).toBeLessThan(5e-2);
  expect(files.map(({ path }) => path)).toEqual(['runs/lr-scan.svg']);
  const svg = await readFile(join(folder, 'runs/lr-scan.svg'), 'utf8');
  expect(svg).toContain('small: learning rate');
  // The file's rate is a choice that does not hold the suggestion: what is printed must work.
  expect(next[0]!.command).toContain('npx luthier tune');
});

test('a range that is none is refused with the option named', async () => {
  const run = await luthier(['lr-scan', fixture('small-tune.ts'), '--min', '1', '--max', '0.1'], folder);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('the scan would go from 1 to 0.1');
});
