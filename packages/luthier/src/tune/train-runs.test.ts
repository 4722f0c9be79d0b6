import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  crossValidate,
  type Dataset,
  type Folds,
  generators,
  layers,
  nodeRuntime,
  optimizers,
  type Preparation,
  releasePrograms,
  sequential,
  standardize,
  useRuntime,
} from '@luthier/nn';
import { createHyperParameters, maximize, none } from '@luthier/search';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { type TrialMessage, TrialStopped } from '../runners/runner.ts';
import { defineTuning } from './define-tuning.ts';
import { type RunsSummary, trainRuns } from './train-runs.ts';
import { divideForTrials, learnable, planRuns, repeatedSeed } from './trial-plan.ts';

const all = generators.blobs({ count: 120, classes: 3, spread: 1.5, seed: 3 });
const dataset: Dataset = {
  name: 'blobs',
  train: {
    x: { data: all.x.data.subarray(0, 160), shape: [80, 2] },
    y: { data: all.y.data.subarray(0, 80), shape: [80] },
  },
  validation: {
    x: { data: all.x.data.subarray(160), shape: [40, 2] },
    y: { data: all.y.data.subarray(80), shape: [40] },
  },
};
const definition = defineTuning({
  name: 'blobs',
  data: () => dataset,
  build: () =>
    sequential([
      layers.input({ shape: [2] }),
      layers.dense({ units: 8, activation: 'relu' }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ]).compile({
      optimizer: optimizers.adam({ learningRate: 0.02 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    }),
  fit: () => ({ epochs: 4, batchSize: 16 }),
  objective: maximize('valAccuracy'),
  scheduler: none(),
});
const hp = () => createHyperParameters({ known: { parameters: [] }, params: {}, seed: 0, trial: 0 });
const make = () => ({ model: definition.build(hp()), settings: definition.fit(hp()) });
const prepare = { x: [standardize()] };

let blobs: string;
beforeAll(async () => {
  blobs = await mkdtemp(join(tmpdir(), 'luthier-runs-'));
});
afterAll(() => rm(blobs, { recursive: true, force: true }));

const job = (more: Partial<TrialJob> = {}): TrialJob => ({
  file: '/tune.ts',
  study: 'blobs',
  trial: 0,
  attempt: 1,
  params: {},
  seed: 5,
  blobs,
  checkpointEveryMs: Number.POSITIVE_INFINITY,
  secondsBefore: 0,
  keepModel: true,
  ...more,
});

interface Plan {
  readonly folds?: number | Folds;
  readonly repeats: number;
  readonly seed: number;
  readonly prepare?: Preparation;
}

const planned = ({ folds, prepare, ...rest }: Plan, data: Dataset = dataset) =>
  planRuns(divideForTrials(data, folds, prepare), rest);

async function run(
  plan: Plan,
  more: Partial<TrialJob> = {},
  stopAt?: number,
): Promise<{ readonly result: TrialResult; readonly messages: readonly TrialMessage[] }> {
  const messages: TrialMessage[] = [];
  const controller = new AbortController();
  const result = await trainRuns({
    job: job(more),
    definition,
    runs: planned(plan),
    make,
    port: {
      signal: controller.signal,
      send: (message) => {
        messages.push(message);
        if (message.type === 'reported' && message.block.steps[0] === stopAt) {
          controller.abort(new TrialStopped('interrupted', 'stop'));
        }
      },
    },
  });
  return { result, messages };
}

describe('trainRuns', () => {
  test('[#91] the score of a trial is the mean over the folds of a cross-validation', async () => {
    const { result, messages } = await run({ folds: 3, repeats: 1, seed: 5, prepare });
    const alone = await crossValidate(() => definition.build(hp()), learnable(dataset), {
      folds: 3,
      fit: { epochs: 4, batchSize: 16, seed: 5 },
      prepare,
    });
    expect(result.outcome).toBe('complete');
    expect(result.values![0]).toBeCloseTo(alone.scores.accuracy!.mean, 12);
    expect(result.metrics!.valLoss).toBeCloseTo(alone.scores.loss!.mean, 12);
    const { runs, spread } = result.details as unknown as RunsSummary;
    expect(runs.map(({ value }) => value)).toEqual(alone.folds.map(({ scores }) => scores.accuracy));
    expect(spread).toBeCloseTo(alone.scores.accuracy!.spread, 12);
    const blocks = messages.flatMap((message) => (message.type === 'reported' ? [message.block] : []));
    expect(blocks.map(({ steps }) => steps[0])).toEqual([1, 2, 3, 4]);
    expect(blocks.at(-1)!.metrics.valAccuracy![0]).toBeCloseTo(result.values![0]!, 6);
  });

  test('repeats train every fold with every seed, on the same folds', async () => {
    const plan = planned({ folds: 2, repeats: 3, seed: 5 });
    expect(plan.map(({ fold, repeat }) => [fold, repeat])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(plan[2]!.train).toBe(plan[0]!.train);
    expect(new Set(plan.map(({ seed }) => seed)).size).toBe(3);
    expect(plan[0]!.seed).toBe(5);
    const { result } = await run({ repeats: 2, seed: 5 });
    const { runs } = result.details as unknown as RunsSummary;
    expect(runs.map(({ seed, fold, validationCount }) => [seed, fold, validationCount])).toEqual([
      [5, undefined, 40],
      [repeatedSeed(5, 1), undefined, 40],
    ]);
  });

  test('[#87] a preparation sees the training part of its fold alone', () => {
    const shifted: Dataset = {
      ...dataset,
      validation: {
        ...dataset.validation!,
        x: { data: Float64Array.from(dataset.validation!.x.data, (x) => x + 1e6), shape: [40, 2] },
      },
    };
    const [first] = planned(
      {
        folds: {
          kind: 'tail',
          split: () => [
            {
              train: Int32Array.from({ length: 80 }, (_, i) => i),
              validation: Int32Array.from({ length: 40 }, (_, i) => 80 + i),
            },
          ],
        },
        repeats: 1,
        seed: 0,
        prepare,
      },
      shifted,
    );
    const [clean] = planned({ repeats: 1, seed: 0, prepare });
    expect(first!.train.x.data).toEqual(clean!.train.x.data);
    expect(Math.min(...Array.from(first!.validation!.x.data as Float64Array))).toBeGreaterThan(1000);
  });

  test('folds of different lengths keep their programs from epoch to epoch', async () => {
    const runtime = await nodeRuntime();
    let compiled = 0;
    useRuntime({
      ...runtime,
      createSession: (...given) => {
        compiled += 1;
        return runtime.createSession(...given);
      },
    });
    try {
      await releasePrograms();
      // 120 samples in 7 folds: parts of 102 and 103 to train on, 18 and 17 held out.
      await run({ folds: 7, repeats: 1, seed: 5 });
      // Of each of the two shapes: whole and last batch, evaluation, and the two of telemetry.
      expect(compiled).toBeLessThanOrEqual(2 * 5);
    } finally {
      useRuntime(runtime);
    }
  });

  test('an interrupted trial goes on from its checkpoint to the same numbers', async () => {
    const plan = { folds: 3, repeats: 1, seed: 5 };
    const whole = await run(plan);
    const cut = await run(plan, {}, 2);
    expect(cut.result).toMatchObject({ outcome: 'interrupted' });
    const saved = cut.messages.findLast((message) => message.type === 'checkpointed');
    expect(saved).toBeDefined();
    const rest = await run(plan, { checkpoint: saved!.blob });
    expect(rest.result.values).toEqual(whole.result.values);
    expect(rest.result.metrics).toEqual(whole.result.metrics);
    const steps = (messages: readonly TrialMessage[]): readonly (number | undefined)[] =>
      messages.flatMap((message) => (message.type === 'reported' ? [message.block.steps[0]] : []));
    expect(steps(rest.messages)).toEqual([3, 4]);
  });

  test('one fold that diverges fails the trial and names the fold', async () => {
    const broken = planned({ folds: 3, repeats: 1, seed: 5 });
    const bad = broken[1]!;
    const runs = broken.map((planned) =>
      planned === bad
        ? {
            ...bad,
            train: {
              ...bad.train,
              x: { ...bad.train.x, data: Float64Array.from(bad.train.x.data, () => Number.MAX_VALUE) },
            },
          }
        : planned,
    );
    const result = await trainRuns({
      job: job(),
      definition,
      runs,
      make,
      port: { signal: new AbortController().signal, send: () => {} },
    });
    expect(result).toMatchObject({ outcome: 'failed', reason: 'diverged' });
    expect(result.message).toContain('fold 2');
  });
});
