import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import { digits } from '@luthier/nn';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TuningReport } from '../src/tune/contract.ts';
import { fixture, luthier, type Run, startLuthier } from './luthier-process.ts';

let folder: string;
let first: Run;
let report: TuningReport;
const tuneArgs = ['tune', fixture('small-tune.ts'), '--store', 'studies.db', '--resume'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-tune-'));
  first = await luthier([...tuneArgs, '--json'], folder);
  if (first.code === 0) report = decodeJson(first.stdout) as TuningReport;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('[#86] luthier tune on a tuning file', () => {
  test('runs to its end and writes what it names', () => {
    expect(first.code, first.stderr).toBe(0);
    expect(report.counts.complete + report.counts.pruned).toBe(8);
    expect(report.spaceSize).toBe(4 * 5 * 3);
    const names = report.files.map((file) => file.path);
    expect(names).toEqual([
      'small/best.onnx',
      'small/history.svg',
      'small/curves.svg',
      'studies.db',
      'small/report.json',
    ]);
    for (const name of names) expect(existsSync(join(folder, name)), name).toBe(true);
  });

  test('begins with the baseline, all defaults', async () => {
    const { stdout } = await luthier(['trials', '--store', 'studies.db', '--json'], folder);
    const { trials } = decodeJson(stdout) as { trials: { number: number; params: unknown }[] };
    expect(trials[0]).toMatchObject({ number: 0, params: { units: 16, dropout: 0.1, learningRate: 0.0001 } });
  });

  test('keeps a model that plain ONNX Runtime scores as printed', async () => {
    const { validation, test: testSet } = await digits({ seed: 1 });
    const session = await ort.InferenceSession.create(join(folder, 'small', 'best.onnx'));
    const accuracy = async (samples: NonNullable<typeof validation>): Promise<number> => {
      const [rows = 0, width = 0] = samples.x.shape;
      const input = new ort.Tensor('float32', Float32Array.from(samples.x.data as Uint8Array), [rows, width]);
      const { output } = await session.run({ input });
      const scores = output?.data as Float32Array;
      let right = 0;
      for (let row = 0; row < rows; row++) {
        const part = scores.subarray(row * 10, row * 10 + 10);
        if (part.indexOf(Math.max(...part)) === Number(samples.y.data[row])) right += 1;
      }
      return right / rows;
    };
    expect(validation && (await accuracy(validation))).toBeCloseTo(report.model.score, 7);
    expect(testSet && (await accuracy(testSet))).toBeCloseTo(report.test?.value ?? Number.NaN, 7);
  });

  test('trains the best two configurations on the same two seeds and says how sure it is', () => {
    expect(report.finalists.map((finalist) => finalist.scores.length)).toEqual([2, 2]);
    const [best, other] = report.finalists;
    expect(best?.mean).toBeGreaterThanOrEqual(other?.mean ?? Number.NaN);
    expect(report.probabilityFirstBetter).toBeGreaterThanOrEqual(0.5);
    expect(report.probabilityFirstBetter).toBeLessThanOrEqual(1);
  });

  test('shows the same report again without training, and uses the test data no second time', async () => {
    const again = await luthier([...tuneArgs, '--json'], folder);
    expect(again.code, again.stderr).toBe(0);
    const { seconds: _, ...rest } = decodeJson(again.stdout) as TuningReport;
    const { seconds: __, ...before } = report;
    expect(rest).toEqual(before);
  });

  test('prints next commands that work as printed', async () => {
    expect(report.next.length).toBeGreaterThanOrEqual(3);
    for (const { command } of report.next.toReversed()) {
      expect(command).toMatch(/^npx luthier /);
      const words = command.split(' ').slice(2);
      const run = await luthier(words, folder);
      expect(run.code, `${command}\n${run.stderr}`).toBe(0);
      expect(run.stdout.length).toBeGreaterThan(0);
    }
  }, 120_000);
});

test('luthier train trains the one configuration that is asked for', async () => {
  const run = await luthier(
    ['train', fixture('small-tune.ts'), '--set', 'units=32', '--set', 'learningRate=0.01', '--json'],
    folder,
  );
  expect(run.code, run.stderr).toBe(0);
  expect(decodeJson(run.stdout)).toMatchObject({ params: { units: 32, dropout: 0.1, learningRate: 0.01 } });
});

test('a signal drains: exit code, checkpoints, and the command that goes on', async () => {
  const slow = ['tune', fixture('small-tune.ts'), '--store', 'stopped.db', '--resume', '--trials', '40'];
  const running = startLuthier(slow, folder);
  while (!running.stderr().includes('#2 ')) await new Promise((resolve) => setTimeout(resolve, 20));
  running.signal('SIGINT');
  const run = await running.ended;
  expect(run.code, run.stderr).toBe(130);
  const resume = /npx luthier (tune .*--resume)/.exec(run.stderr.slice(run.stderr.indexOf('stopped')))?.[1];
  const after = await luthier(['trials', '--store', 'stopped.db', '--json'], folder);
  const before = decodeJson(after.stdout) as { trials: { state: string }[] };
  expect(before.trials.filter(({ state }) => state === 'running')).toEqual([]);
  const gone = await luthier([...(resume ?? '').split(' '), '--trials', '8'], folder);
  expect(gone.code, gone.stderr).toBe(0);
}, 120_000);
