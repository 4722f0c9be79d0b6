import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson } from '@luthier/core';
import { fitPreparation, iris, joinSamples, standardize } from '@luthier/nn';
import type { TrialRecord } from '@luthier/search';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CvReport, TuningReport } from '../src/tune/contract.ts';
import { fixture, luthier, type Run, startLuthier } from './luthier-process.ts';

let folder: string;
let first: Run;
let report: TuningReport;
const tune = ['tune', fixture('folds-tune.ts'), '--store', 'studies.db'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-folds-'));
  first = await luthier([...tune, '--json'], folder);
  if (first.code === 0) report = decodeJson(first.stdout) as unknown as TuningReport;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('[#91] a study whose trials are cross-validated', () => {
  test('[#72] [#101] searches rate, layers, units and batch size by the mean over the folds', () => {
    expect(first.code, first.stderr).toBe(0);
    expect(Object.keys(report.best.params).sort()).toEqual(['batchSize', 'layers', 'learningRate', 'units']);
    const { runs, spread } = report.validation!;
    expect(runs.map(({ fold, trainCount, validationCount }) => [fold, trainCount, validationCount])).toEqual([
      [0, 80, 40],
      [1, 80, 40],
      [2, 80, 40],
    ]);
    const mean = runs.reduce((sum, { value }) => sum + value, 0) / 3;
    expect(report.best.values![0]).toBeCloseTo(mean, 12);
    expect(spread).toBeCloseTo(
      Math.sqrt(runs.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / 3),
      12,
    );
    expect(report.counts.complete + report.counts.pruned).toBe(6);
  });

  test('[#115] trains the winner again on training and validation data, and tests that model once', async () => {
    expect(report.retrained).toEqual({ samples: 120, epochs: expect.any(Number) });
    expect(report.test).toMatchObject({ samples: 30, uses: 1 });
    const { train, validation, test: held } = await iris({ seed: 1 });
    const prepare = fitPreparation({ x: [standardize()] }, joinSamples(train, validation!));
    const { x, y } = prepare(held!);
    const session = await ort.InferenceSession.create(join(folder, 'folds', 'best.onnx'));
    const { output } = await session.run({
      input: new ort.Tensor('float32', Float32Array.from(x.data), [30, 4]),
    });
    const right = Array.from({ length: 30 }, (_, row) => {
      const scores = Array.from((output!.data as Float32Array).subarray(row * 3, row * 3 + 3));
      return scores.indexOf(Math.max(...scores)) === Number(y.data[row]);
    });
    expect(right.filter(Boolean).length / 30).toBeCloseTo(report.test!.value, 7);
  });

  test('shows the same report again: nothing is trained, the test data are used no second time', async () => {
    const again = await luthier([...tune, '--resume', '--json'], folder);
    expect(again.code, again.stderr).toBe(0);
    const { seconds: _, ...rest } = decodeJson(again.stdout) as unknown as TuningReport;
    const { seconds: __, ...before } = report;
    expect(rest).toEqual(before);
  });

  test('the report for people has the folds and what the model was trained on', async () => {
    const { stdout } = await luthier([...tune, '--resume'], folder);
    expect(stdout).toContain('Trainings of the winner');
    expect(stdout).toContain('mean ± spread');
    expect(stdout).toContain('trained again on 120 samples');
    expect(stdout).toContain('used once');
  });

  test('another model that is tested afterwards is recorded as a further use', async () => {
    const more = await luthier([...tune, '--resume', '--json', '--trials', '10', '--finalists', '0'], folder);
    const later = decodeJson(more.stdout) as unknown as TuningReport;
    // The winner or the number of epochs it needs may stay the same; a new model is a new use.
    const isSame =
      JSON.stringify(later.retrained) === JSON.stringify(report.retrained) &&
      later.best.number === report.best.number;
    expect(later.test!.uses).toBe(isSame ? 1 : 2);
  });

  test('a study keeps its folds: others are refused, and resuming needs no flag', async () => {
    const other = await luthier([...tune, '--resume', '--folds', '4'], folder);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('scores its trials over folds 3 and one seed, not folds 4 and one seed');
    const flags = ['--store', 'flags.db', '--trials', '1', '--finalists', '0', '--json'];
    const plain = ['tune', fixture('small-tune.ts'), ...flags];
    const started = await luthier([...plain, '--folds', '2', '--repeats', '2'], folder);
    expect(started.code, started.stderr).toBe(0);
    const made = decodeJson(started.stdout) as unknown as TuningReport;
    expect(made.validation!.runs.map(({ fold, repeat }) => [fold, repeat])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const resumed = await luthier([...plain, '--resume'], folder);
    expect(resumed.code, resumed.stderr).toBe(0);
  }, 120_000);
});

test('[#91] luthier cv cross-validates the baseline over the folds of the file', async () => {
  const run = await luthier(['cv', fixture('folds-tune.ts'), '--json', '-q'], folder);
  expect(run.code, run.stderr).toBe(0);
  const cv = decodeJson(run.stdout) as unknown as CvReport;
  expect(cv).toMatchObject({ folds: 3, repeats: 1, params: { units: 4, layers: 1 } });
  expect(cv.runs).toHaveLength(3);
  expect(cv.metrics.valAccuracy).toBeCloseTo(cv.value, 12);
});

test('more folds than samples are refused before anything is trained', async () => {
  const run = await luthier(['cv', fixture('folds-tune.ts'), '--folds', '121'], folder);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('k is 121, but there are only 120 samples');
});

test('luthier show has every training of a trial and the notes of a study; luthier train trains once', async () => {
  const listed = await luthier(['trials', '--store', 'studies.db', '--study', 'folds', '--json'], folder);
  const { trials } = decodeJson(listed.stdout) as unknown as { readonly trials: readonly TrialRecord[] };
  // Which trials the scheduler stops after one training depends on the search.
  const { number } = trials.find(({ state, purpose }) => state === 'complete' && purpose === 'search')!;
  const trial = await luthier(['show', String(number), '--store', 'studies.db', '--study', 'folds'], folder);
  expect(trial.stdout).toMatch(/Trainings {2}its value is their mean\n +fold/);
  const study = await luthier(['show', '--store', 'studies.db', '--study', 'folds'], folder);
  expect(study.stdout).toMatch(
    /Notes\n(?: {3}.*\n)* {3}trial \d+ trained again on all 120 samples but the test data/,
  );
  expect(study.stdout).toContain('test data used (1)');
  const once = await luthier(['train', fixture('folds-tune.ts'), '--json', '-q'], folder);
  expect(once.code, once.stderr).toBe(0);
  expect(decodeJson(once.stdout)).toMatchObject({ files: [{ path: 'runs/train/model.onnx' }] });
}, 60_000);

test('a study with folds that is stopped goes on inside its folds to the same trials', async () => {
  const flags = ['--folds', '2', '--trials', '3', '--workers', '1', '--finalists', '0'];
  const tuneInto = (store: string, ...more: readonly string[]): readonly string[] => [
    'tune',
    fixture('small-tune.ts'),
    '--store',
    store,
    '--resume',
    ...flags,
    ...more,
  ];
  const trialsOf = async (
    store: string,
  ): Promise<readonly Pick<TrialRecord, 'state' | 'values' | 'reports'>[]> => {
    const { stdout } = await luthier(['trials', '--store', store, '--json'], folder);
    return (decodeJson(stdout) as unknown as { readonly trials: readonly TrialRecord[] }).trials;
  };
  expect((await luthier(tuneInto('whole.db'), folder)).code).toBe(0);
  const running = startLuthier(tuneInto('cut.db', '--jsonl'), folder);
  // The first trial has reported some of its 27 epochs.
  while (running.stdout().split('"trial-reported"').length < 5)
    await new Promise((done) => setTimeout(done, 5));
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect((await trialsOf('cut.db')).some(({ state }) => state === 'interrupted')).toBe(true);
  const resumed = await luthier(tuneInto('cut.db'), folder);
  expect(resumed.code, resumed.stderr).toBe(0);
  const seen = (trials: Awaited<ReturnType<typeof trialsOf>>): unknown =>
    trials.map(({ state, values, reports }) => [state, values, reports.steps, reports.metrics.valAccuracy]);
  expect(seen(await trialsOf('cut.db'))).toEqual(seen(await trialsOf('whole.db')));
}, 120_000);
