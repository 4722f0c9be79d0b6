import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, luthier } from './luthier-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-large-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Warned {
  readonly size?: { readonly parameters: number; readonly samples: number; readonly text: string };
}

const run = async (...args: readonly string[]): Promise<Warned> => {
  const { code, stdout, stderr } = await luthier([...args, '--json'], folder);
  expect(code, stderr).toBe(0);
  return decodeJson(stdout) as Warned;
};

describe('[#26] parameters against samples', () => {
  const file = fixture('large-model.ts');

  test('train counts the parameters of the configuration that it trains and its training samples', async () => {
    expect((await run('train', file, '--set', 'units=20')).size).toBeUndefined();
    const { size } = await run('train', file, '--set', 'units=1000');
    // 2 x 1000 + 1000 weights and biases, then 1000 x 3 + 3.
    expect(size).toMatchObject({ parameters: 6003, samples: 40 });
    expect(size!.text).toContain('6,003 trainable parameters for 40 training samples');
  });

  test('tune and doctor say it of the winner and of each trial', async () => {
    const store = ['--store', 'studies.db'];
    const report = await run('tune', file, ...store, '--sampler', 'grid', '--scheduler', 'none');
    const { best, trials } = (await run('doctor', ...store)) as {
      readonly best: Warned;
      readonly trials: readonly Warned[];
    };
    expect(trials.map(({ size }) => size?.parameters).toSorted()).toEqual([6003, undefined]);
    expect(report.size).toEqual(best.size);
  });

  test('of folds the smallest training part counts', async () => {
    const { size } = await run('cv', file, '--folds', '3', '--set', 'units=1000');
    expect(size).toMatchObject({ parameters: 6003, samples: 40 });
  });
});
