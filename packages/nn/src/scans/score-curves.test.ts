import { describe, expect, test } from 'vitest';
import { blobs } from '../data/generators.ts';
import { kFold, stratifiedKFold } from '../data/k-fold.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { crossValidate } from '../training/cross-validate.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { learningCurve, validationCurve } from './score-curves.ts';

const data = blobs({ count: 90, classes: 3, spread: 1.5, seed: 3 });

function build(units = 8): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units, activation: 'relu' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.05 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

const fit = { epochs: 3, batchSize: 16 };

describe('learningCurve', () => {
  test('trains on growing parts of the training rows and scores the whole held-out part', async () => {
    const seen: number[] = [];
    const curve = await learningCurve(() => build(), data, {
      folds: 3,
      fit,
      onPoint: (samples) => seen.push(samples),
    });
    // 60 rows to train on: 0.1, 0.325, 0.55, 0.775 and 1 of them, rounded down as in scikit-learn.
    expect(seen).toEqual([6, 19, 33, 46, 60]);
    expect(curve.points.map(({ at }) => at)).toEqual(seen);
    expect(curve.points.every(({ validation }) => validation.accuracy!.values.length === 3)).toBe(true);
  });

  test('its last point is the cross-validation of all rows', async () => {
    const folds = stratifiedKFold({ k: 3 });
    const { points } = await learningCurve(() => build(), data, { folds, fit, sizes: [1], shuffle: false });
    const whole = await crossValidate(() => build(), data, { folds, fit, trainScores: true });
    expect(points[0]!.validation.accuracy!.values).toEqual(whole.folds.map(({ scores }) => scores.accuracy));
    expect(points[0]!.train.loss!.values).toEqual(whole.folds.map(({ trainScores }) => trainScores!.loss));
    expect(points[0]!.validation.accuracy!.mean).toBeCloseTo(whole.scores.accuracy!.mean, 12);
    expect(points[0]!.validation.accuracy!.spread).toBeCloseTo(whole.scores.accuracy!.spread, 12);
  });

  test('refuses sizes that hold no sample or more than there are', async () => {
    for (const sizes of [[0], [0.001], [61], [1.5], []]) {
      await expect(learningCurve(() => build(), data, { folds: 3, fit, sizes })).rejects.toMatchObject({
        code: 'LU_CURVE_OPTION',
        where: 'sizes',
      });
    }
  });
});

describe('validationCurve', () => {
  test('cross-validates every value on the same folds', async () => {
    const folds = kFold({ k: 2, shuffle: true, seed: 1 });
    const curve = await validationCurve((units) => build(units), data, {
      parameter: 'units',
      values: [1, 8],
      folds,
      fit: (units) => ({ ...fit, epochs: units === 1 ? 1 : 3 }),
    });
    const alone = await crossValidate(() => build(8), data, { folds, fit });
    expect(curve.parameter).toBe('units');
    expect(curve.points.map(({ at }) => at)).toEqual([1, 8]);
    expect(curve.points[1]!.validation.loss!.values).toEqual(alone.folds.map(({ scores }) => scores.loss));
  });

  test('needs at least one value', async () => {
    const options = { parameter: 'units', values: [] as number[] };
    await expect(validationCurve(() => build(), data, options)).rejects.toMatchObject({
      code: 'LU_CURVE_OPTION',
    });
  });
});
