import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generator, randomKey } from '@luthier/core';
import type { History, TrialRecord } from '@luthier/search';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../src/stores/open-store.ts';
import { readHistory } from '../src/stores/read-history.ts';
import { fixture, luthier, startLuthier } from './luthier-process.ts';

const STORE = 'studies.db';
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'luthier-chaos-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function historyIn(folder: string): Promise<History | undefined> {
  const store = await openStore(join(folder, STORE));
  try {
    const names = await store.log.studies();
    return names.length === 0 ? undefined : await readHistory(store.log, 'small');
  } finally {
    await store.close();
  }
}

/** What must be the same in a study that was killed and one that was not: everything but clocks and attempts. */
function essence(trial: TrialRecord) {
  const { seconds: _, ...reports } = trial.reports;
  return {
    number: trial.number,
    state: trial.state,
    params: trial.params,
    seed: trial.seed,
    purpose: trial.purpose,
    values: trial.values,
    metrics: trial.metrics,
    reports,
  };
}

const arguments_ = (workers: number): string[] => [
  'tune',
  fixture('small-tune.ts'),
  '--store',
  STORE,
  '--workers',
  String(workers),
  '--resume',
];

/** Kills the program's whole process group again and again, each time a random while after it began to train. */
async function runWithKills(folder: string, workers: number, kills: number, seed: number): Promise<number> {
  const random = generator(randomKey(seed, 'kills'));
  let made = 0;
  let acknowledged: readonly TrialRecord[] = [];
  for (;;) {
    const running = startLuthier(arguments_(workers), folder);
    if (made < kills) {
      const timer = setTimeout(() => running.signal('SIGKILL'), 700 + random.uniform() * 2500);
      const run = await running.ended;
      clearTimeout(timer);
      if (run.signal === 'SIGKILL') made += 1;
      else expect(run.code, run.stderr).toBe(0);
    } else {
      const run = await running.ended;
      expect(run.code, run.stderr).toBe(0);
    }
    const history = await historyIn(folder);
    const trials = history?.trials ?? [];
    for (const before of acknowledged) {
      expect(trials[before.number], `trial ${before.number} was acknowledged as ${before.state}`).toEqual(
        before,
      );
    }
    acknowledged = trials.filter((trial) => ['complete', 'pruned', 'failed'].includes(trial.state));
    if (running.child.exitCode === 0) return made;
  }
}

describe('[K5] a study killed with SIGKILL at random points and resumed', () => {
  test('equals the undisturbed study bit for bit with one worker', async () => {
    const calm = join(root, 'calm');
    const wild = join(root, 'wild');
    await mkdir(calm);
    await mkdir(wild);
    const undisturbed = await luthier(arguments_(1), calm);
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    const kills = await runWithKills(wild, 1, 4, 1);
    expect(kills).toBeGreaterThan(0);
    const expected = (await historyIn(calm))?.trials.map(essence);
    const actual = (await historyIn(wild))?.trials.map(essence);
    expect(actual?.length).toBeGreaterThanOrEqual(8);
    expect(actual).toEqual(expected);
  }, 240_000);

  test('has every trial once with two workers', async () => {
    const folder = join(root, 'two');
    await mkdir(folder);
    await runWithKills(folder, 2, 3, 2);
    const trials = (await historyIn(folder))?.trials ?? [];
    expect(trials.map((trial) => trial.number)).toEqual(trials.map((_, index) => index));
    expect(trials.filter((trial) => trial.purpose === 'search')).toHaveLength(8);
    expect(trials.filter((trial) => trial.purpose === 'repeat')).toHaveLength(4);
    for (const trial of trials) expect(['complete', 'pruned']).toContain(trial.state);
  }, 240_000);
});
