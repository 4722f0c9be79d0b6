import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixture, luthier } from './luthier-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-failing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Listed {
  readonly trials: readonly {
    readonly params: { readonly ending: string };
    readonly state: string;
    readonly reason?: string;
    readonly message?: string;
    readonly metrics?: Readonly<Record<string, number>>;
  }[];
}

test('a trial that throws, diverges, dies, hangs or runs out of memory is recorded as such and the study goes on', async () => {
  const run = await luthier(
    ['tune', fixture('failing-tune.ts'), '--store', 'studies.db', '--trial-timeout', '4'],
    folder,
  );
  expect(run.code, run.stderr).toBe(0);
  const listed = await luthier(['trials', '--store', 'studies.db', '--json'], folder);
  const { trials } = decodeJson(listed.stdout) as Listed;
  const endings = Object.fromEntries(
    trials.map((trial) => [trial.params.ending, [trial.state, trial.reason]]),
  );
  expect(endings).toEqual({
    completes: ['complete', undefined],
    throws: ['failed', 'error'],
    diverges: ['failed', 'diverged'],
    exits: ['failed', 'crashed'],
    hangs: ['failed', 'timeout'],
    needsMemory: ['failed', 'outOfMemory'],
  });
  const thrown = trials.find((trial) => trial.params.ending === 'throws');
  expect(thrown?.message).toContain('no such layer today');
  const diverged = trials.find((trial) => trial.params.ending === 'diverges');
  expect(Number.isFinite(diverged?.metrics?.loss)).toBe(false);
}, 60_000);

test('a study in which nothing completes ends with exit code 3 and says why', async () => {
  const run = await luthier(
    ['tune', fixture('throwing-tune.ts'), '--store', 'throwing.db', '--trials', '2'],
    folder,
  );
  expect(run.code, run.stderr).toBe(3);
  expect(run.stderr).toContain('out of order');
}, 60_000);
