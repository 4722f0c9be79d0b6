import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson, type Params } from '@luthier/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TuneEnd } from '../src/tune/contract.ts';
import { fixture, luthier } from './luthier-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-cost-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tune = (study: string, ...more: readonly string[]) =>
  luthier(
    [
      'tune',
      fixture('small-tune.ts'),
      '--store',
      'studies.db',
      '--study',
      study,
      '--finalists',
      '0',
      ...more,
    ],
    folder,
  );

describe('the cost of a grid', () => {
  test('is reckoned from the pace of the baseline; above the limit nothing begins without a yes', async () => {
    const run = await tune('dear', '--sampler', 'grid', '--trials', '60', '--confirm-above', '0', '--json');
    expect(run.code, run.stderr).toBe(2);
    expect(run.stderr).toMatch(/not begun: 60 configurations x 27 epochs x [\d.]+ s = /);
    const end = decodeJson(run.stdout) as unknown as Extract<TuneEnd, { kind: 'declined' }>;
    expect(end.kind).toBe('declined');
    expect(end.cost.combinations).toBe(60);
    expect(end.cost.trainingSeconds).toBeGreaterThan(0);
    expect(end.cost.seconds).toBeLessThanOrEqual(end.cost.trainingSeconds);
    const { stdout } = await luthier(['trials', '--store', 'studies.db', '--json'], folder);
    expect((decodeJson(stdout) as { readonly trials: readonly unknown[] }).trials).toEqual([]);
  });

  test('with --yes it begins, and a study of another sampler is not reckoned', async () => {
    const run = await tune('agreed', '--sampler', 'grid', '--trials', '2', '--confirm-above', '0', '--yes');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('the search: 2 configurations x 27 epochs');
    const random = await tune('random', '--sampler', 'random', '--trials', '1', '--confirm-above', '0');
    expect(random.code, random.stderr).toBe(0);
    expect(random.stderr).not.toContain('the search:');
  });
});

test('one at a time: each trial changes the best so far in one hyperparameter, and says which', async () => {
  const run = await tune('single', '--sampler', 'oneAtATime', '--trials', '4', '--workers', '1', '--json');
  expect(run.code, run.stderr).toBe(0);
  const { stdout } = await luthier(
    ['trials', '--store', 'studies.db', '--study', 'single', '--json'],
    folder,
  );
  const { trials } = decodeJson(stdout) as unknown as {
    readonly trials: readonly { readonly params: Params; readonly why: { readonly text: string } }[];
  };
  expect(trials).toHaveLength(4);
  for (const [number, { params, why }] of trials.entries()) {
    if (number === 0) continue;
    const differences = trials
      .slice(0, number)
      .map((other) => Object.keys(params).filter((name) => params[name] !== other.params[name]));
    const [single] = differences.filter((names) => names.length === 1);
    expect(single, why.text).toBeDefined();
    expect(why.text).toContain(`with ${single![0]} `);
  }
});
