import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import type { History } from '@luthier/search';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../src/stores/open-store.ts';
import { readHistory } from '../src/stores/read-history.ts';
import type { TuningReport } from '../src/tune/contract.ts';
import { fixture, luthier } from './luthier-process.ts';

let folder: string;
const common = ['--store', 'studies.db', '--finalists', '0', '--json'];

async function historyOf(study: string): Promise<History> {
  const store = await openStore(join(folder, 'studies.db'));
  try {
    return await readHistory(store.log, study);
  } finally {
    await store.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-space-'));
  const run = await luthier(['tune', fixture('small-tune.ts'), ...common], folder);
  expect(run.code, run.stderr).toBe(0);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('luthier tune', () => {
  test('refuses a changed space, and goes on in it with --change-space, the history kept', async () => {
    const args = ['tune', fixture('wider-tune.ts'), ...common, '--resume', '--trials', '12'];
    const refused = await luthier(args, folder);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--change-space');
    const run = await luthier([...args, '--change-space'], folder);
    expect(run.code, run.stderr).toBe(0);
    const history = await historyOf('small');
    expect(history.trials).toHaveLength(12);
    expect(history.space.parameters[0]).toMatchObject({ name: 'units', max: 128 });
    for (const { params } of history.trials.slice(8))
      expect(Number(params.units) <= 96 || Number(params.learningRate) < 0.01).toBe(true);
  }, 120_000);

  test('learns from a past study with --warm-start and ends at a target', async () => {
    const args = ['tune', fixture('small-tune.ts'), ...common, '--study', 'second', '--warm-start'];
    const unknown = await luthier([...args, 'smal'], folder);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("did you mean 'small'");
    const run = await luthier([...args, 'small', '--target', '0.1', '--workers', '1'], folder);
    expect(run.code, run.stderr).toBe(0);
    const history = await historyOf('second');
    expect(history.trials[0]!.why.text).toContain('from small');
    expect(history.trials.length).toBeLessThan(8);
    expect((decodeJson(run.stdout) as TuningReport).model.score).toBeGreaterThan(0.1);
  }, 120_000);

  test('ends with a budget of epochs', async () => {
    const run = await luthier(
      [
        'tune',
        fixture('small-tune.ts'),
        ...common,
        '--study',
        'third',
        '--max-epochs',
        '5',
        '--workers',
        '1',
      ],
      folder,
    );
    expect(run.code, run.stderr).toBe(0);
    const history = await historyOf('third');
    const epochs = history.trials.reduce((sum, { reports }) => sum + (reports.steps.at(-1) ?? 0), 0);
    expect(epochs).toBeGreaterThanOrEqual(5);
    expect(history.trials.length).toBeLessThan(8);
  }, 120_000);

  test('goes on with a study whose trials found a hyperparameter on the way', async () => {
    const args = ['tune', fixture('growing-tune.ts'), ...common, '--resume', '--trials'];
    const first = await luthier([...args, '4'], folder);
    expect(first.code, first.stderr).toBe(0);
    expect((await historyOf('growing')).space.parameters.map(({ name }) => name)).toContain('batchSize');
    const again = await luthier([...args, '5'], folder);
    expect(again.code, again.stderr).toBe(0);
    expect((await historyOf('growing')).trials).toHaveLength(5);
  }, 120_000);
});
