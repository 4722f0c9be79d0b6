import { describe, expect, test } from 'vitest';
import type { Samples, Tensor } from '../data/dataset.ts';
import { blobs } from '../data/generators.ts';
import { kFold } from '../data/k-fold.ts';
import type { Preprocessor } from '../data/preprocessor.ts';
import { timeSeriesSplit } from '../data/resampling.ts';
import { standardize } from '../data/scaling.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { crossValidate, crossValidationTable, type FoldResult } from './cross-validate.ts';
import { earlyStopping } from './early-stopping.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';

const data = blobs({ count: 90, classes: 3, spread: 1, seed: 3 });

function build(): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

const fit = { epochs: 3, batchSize: 16 };

describe('crossValidate', () => {
  test('[#89] builds a new model a fold, all from the same first weights', async () => {
    const built: Model[] = [];
    const first: number[][] = [];
    const result = await crossValidate(
      () => {
        const model = build();
        built.push(model);
        first.push(Array.from(model.getWeights()['dense.kernel'] ?? Object.values(model.getWeights())[0]!));
        return model;
      },
      data,
      { folds: kFold({ k: 3 }), fit, keepModels: true },
    );
    expect(new Set(built).size).toBe(3);
    expect(first[1]).toEqual(first[0]);
    expect(result.folds.map(({ model }) => model)).toEqual(built);
    const trained = built.map((model) => String(Object.values(model.getWeights())[0]));
    expect(new Set(trained).size).toBe(3);
  });

  test('[#89] a fold scores what a model trained alone on its rows scores', async () => {
    const rows = kFold({ k: 3 }).split(data)[1]!;
    const pick = ({ data: values, shape }: Tensor, of: Int32Array): Tensor => {
      const width = values.length / shape[0]!;
      return {
        data: Float64Array.from(
          Array.from(of).flatMap((row) => Array.from(values.subarray(row * width, (row + 1) * width))),
        ),
        shape: [of.length, ...shape.slice(1)],
      };
    };
    const alone = build();
    await alone.fit({ x: pick(data.x, rows.train), y: pick(data.y, rows.train) }, fit);
    const expected = await alone.evaluate({
      x: pick(data.x, rows.validation),
      y: pick(data.y, rows.validation),
    });
    const { folds } = await crossValidate(build, data, { folds: kFold({ k: 3 }), fit });
    expect(folds[1]!.scores).toEqual(expected);
  });

  test('[#89] refuses a fitted model and says why', async () => {
    const fitted = build();
    await fitted.fit(data, { epochs: 1 });
    await expect(crossValidate(() => fitted, data, { fit })).rejects.toMatchObject({
      code: 'LU_CV_FITTED',
      message: expect.stringContaining('may have seen the samples that this fold holds out'),
    });
    const compiledAnew = fitted.compile({ loss: 'sparseCategoricalCrossentropy' });
    await expect(crossValidate(() => compiledAnew, data, { fit })).rejects.toMatchObject({
      code: 'LU_CV_FITTED',
    });
    await expect(crossValidate(build() as unknown as () => Model, data)).rejects.toMatchObject({
      code: 'LU_CV_BUILD',
    });
  });

  test('[#89] refuses the same model object given twice', async () => {
    const one = build();
    await expect(crossValidate(() => one, data, { fit })).rejects.toMatchObject({
      code: 'LU_CV_SAME_MODEL',
      message: expect.stringContaining('fold 1'),
    });
  });

  test('a model with given weights is not a fitted one, and a released one is new again', async () => {
    const model = build();
    expect(model.isFitted).toBe(false);
    model.setWeights(model.getWeights());
    expect(model.isFitted).toBe(false);
    await model.fit(data, { epochs: 1 });
    expect(model.isFitted).toBe(true);
    model.dispose();
    expect(model.isFitted).toBe(false);
  });

  test('[#90] mean, population spread and interval follow from the scores of the folds', async () => {
    const seen: FoldResult[] = [];
    const result = await crossValidate(build, data, {
      folds: kFold({ k: 4 }),
      fit,
      trainScores: true,
      onFold: (fold) => {
        seen.push(fold);
      },
    });
    expect(seen).toEqual(result.folds);
    const scores = result.folds.map((fold) => fold.scores.loss!);
    const mean = (scores[0]! + scores[1]! + scores[2]! + scores[3]!) / 4;
    const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
    const loss = result.scores.loss!;
    expect(loss.mean).toBeCloseTo(mean, 12);
    expect(loss.spread).toBeCloseTo(Math.sqrt(squares / 4), 12);
    // The 0.975 quantile of Student's t with three degrees of freedom.
    const half = 3.182446305284263 * Math.sqrt(squares / 3 / 4);
    expect(loss.interval[0]).toBeCloseTo(mean - half, 9);
    expect(loss.interval[1]).toBeCloseTo(mean + half, 9);
    expect(Object.keys(result.trainScores!)).toEqual(['loss', 'accuracy']);
    const lines = crossValidationTable(result).split('\n');
    expect(lines.length).toBe(7);
    expect(lines[0]!.trim().split(/\s{2,}/)).toEqual(['fold', 'train', 'held out', 'loss', 'accuracy']);
    expect(lines[1]).toContain(scores[0]!.toFixed(4));
    expect(lines[5]).toContain(mean.toFixed(4));
  });

  test('[#90] no number of a held-out part reaches its training part through a preparation', async () => {
    const n = 40;
    const x = Float64Array.from({ length: n }, (_, row) => row);
    const samples: Samples = {
      x: { data: x, shape: [n, 1] },
      y: { data: Float64Array.from(x, (value) => value / n), shape: [n, 1] },
    };
    const folds = kFold({ k: 4, shuffle: true });
    const met: number[][] = [];
    const spy: Preprocessor = {
      fit: (train) => {
        met.push(Array.from(train.data));
        return standardize().fit(train);
      },
    };
    const line = (): Model =>
      sequential([layers.input({ shape: [1] }), layers.dense({ units: 1 })]).compile({
        loss: 'meanSquaredError',
      });
    await crossValidate(line, samples, { folds, fit, prepare: { x: [spy] } });
    expect(met).toEqual(folds.split(n).map(({ train }) => Array.from(train)));
  });

  test('a number of folds is stratified for integer labels and plain for real targets', async () => {
    const sorted: Samples = {
      x: { data: new Float32Array(18), shape: [9, 2] },
      y: { data: Uint8Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2), shape: [9] },
    };
    const counts: number[][] = [];
    const spy: Preprocessor = {
      fit: (train) => {
        counts.push(
          [0, 1, 2].map((label) => Array.from(train.data).filter((value) => value === label).length),
        );
        return { transform: (y) => y };
      },
    };
    await crossValidate(build, sorted, { folds: 3, fit: { epochs: 1 }, prepare: { y: [spy] } });
    expect(counts).toEqual(Array(3).fill([2, 2, 2]));
    const line = (): Model =>
      sequential([layers.input({ shape: [2] }), layers.dense({ units: 1 })]).compile({
        loss: 'meanSquaredError',
      });
    const real = { x: sorted.x, y: { data: Float32Array.from(sorted.y.data), shape: [9, 1] } };
    expect((await crossValidate(line, real, { folds: 4 })).folds.map((fold) => fold.validationCount)).toEqual(
      [3, 2, 2, 2],
    );
  });

  test('early stopping watches a part of the training samples, or the held-out part on request', async () => {
    const callbacks = [earlyStopping({ monitor: 'valLoss', patience: 1 })];
    const folds = timeSeriesSplit({ splits: 2 });
    await expect(crossValidate(build, data, { folds, fit: { ...fit, callbacks } })).rejects.toMatchObject({
      code: 'LU_TRAIN_MONITOR',
    });
    const inner = await crossValidate(build, data, {
      folds,
      fit: { ...fit, callbacks, validationSplit: 0.2 },
    });
    expect(inner.folds[0]!.history.epochs[0]!.metrics.valLoss).toBeGreaterThan(0);
    const watched = await crossValidate(build, data, { folds, fit: { epochs: 2 }, watchHeldOut: true });
    for (const { history, scores } of watched.folds) {
      expect(history.epochs.at(-1)!.metrics.valLoss).toBeCloseTo(scores.loss!, 6);
    }
  });

  test('options of a fold may depend on the fold', async () => {
    const { folds } = await crossValidate(build, data, {
      folds: 3,
      fit: ({ fold }) => ({ epochs: fold + 1 }),
    });
    expect(folds.map(({ history }) => history.epochs.length)).toEqual([1, 2, 3]);
  });

  test('an aborted signal ends it with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = crossValidate(build, data, {
      folds: 3,
      fit: { ...fit, signal: controller.signal },
      onFold: () => controller.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
  });

  test('options that cannot be are refused', async () => {
    const refused = async (options: object, message: string): Promise<void> => {
      await expect(crossValidate(build, data, options)).rejects.toThrow(message);
    };
    await refused({ cv: 3 }, "crossValidate has no option 'cv'");
    await refused({ fit: { validationData: data } }, 'fit.validationData cannot be given');
    await refused({ fit: { resume: new Uint8Array(1) } }, 'fit.resume cannot be given');
    await refused({ watchHeldOut: true, fit: { validationSplit: 0.2 } }, 'both name what valLoss measures');
    await refused({ folds: 91 }, 'only 90 samples');
    await expect(crossValidate(() => 7 as unknown as Model, data)).rejects.toThrow(
      'build gave no model for fold 0',
    );
  });
});
