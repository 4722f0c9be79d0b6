import { generator, randomKey } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { digits } from '../data/digits.ts';
import { blobs } from '../data/generators.ts';
import { prepareDataset } from '../data/preprocessor.ts';
import { standardize } from '../data/scaling.ts';
import { diabetes, wine } from '../data/small-sets.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { schedules } from '../schedules/schedules.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { lrScan } from './lr-scan.ts';

const data = blobs({ count: 200, classes: 3, spread: 1, seed: 3 });

function classifier(optimizer = optimizers.adam()): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units: 16, activation: 'relu' }),
    layers.dropout({ rate: 0.2 }),
    layers.batchNormalization(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
}

/** SHA-256 over weights, optimizer states, counts and cursor: all that a checkpoint holds. */
async function stateAfter(model: Model, epochs: number, initialEpoch: number): Promise<string> {
  let digest = '';
  await model.fit(data, {
    epochs,
    initialEpoch,
    seed: 9,
    checkpoint: {
      everyMs: Number.POSITIVE_INFINITY,
      save: async (bytes) => {
        const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
        digest = Buffer.from(hash).toString('hex');
      },
    },
  });
  return digest;
}

describe('lrScan', () => {
  test('[#15] leaves weights, optimizer states, counts and random numbers as they are', async () => {
    const [scanned, undisturbed] = [classifier(), classifier()];
    expect(await stateAfter(scanned, 2, 0)).toBe(await stateAfter(undisturbed, 2, 0));
    const weights = scanned.getWeights();
    await lrScan(scanned, data, { steps: 40, seeds: 2 });
    expect(scanned.getWeights()).toEqual(weights);
    expect(scanned.isFitted).toBe(true);
    // What follows is the same to the last bit, so that nothing that is kept has moved.
    expect(await stateAfter(scanned, 4, 2)).toBe(await stateAfter(undisturbed, 4, 2));
  });

  test('a model that was never trained stays untouched, too', async () => {
    const [scanned, other] = [classifier(), classifier()];
    await lrScan(scanned, data, { steps: 20, seeds: 1 });
    expect(scanned.isFitted).toBe(false);
    expect(await stateAfter(scanned, 1, 0)).toBe(await stateAfter(other, 1, 0));
  });

  test('passes over the rates from min to max, whatever rate the model has', async () => {
    for (const optimizer of [
      optimizers.sgd({ learningRate: 7 }),
      optimizers.adam({ learningRate: schedules.cosine({ initialLearningRate: 0.1, decaySteps: 10 }) }),
    ]) {
      const { curves } = await lrScan(classifier(optimizer), data, { steps: 30, seeds: 1, batchSize: 20 });
      expect(curves[0]!.rates).toHaveLength(30);
      expect(curves[0]!.rates[0]).toBeCloseTo(1e-4, 12);
      expect(curves[0]!.rates.at(-1)).toBeCloseTo(1e-1, 12);
      expect(curves[0]!.rates[10]! / curves[0]!.rates[9]!).toBeCloseTo(1000 ** (1 / 29), 9);
    }
  });

  test.each([2, 5, 10, 20])(
    '[#15] on a quadratic (inputs of %s) the rate of divergence is within a factor 2 of 2 / curvature',
    async (input) => {
      // Loss (w x - y)^2 has the curvature 2 x^2; gradient descent is stable below 2 / (2 x^2). The targets scatter, as a
      // minimum that is met to the last bit is never left.
      const limit = 1 / input ** 2;
      const random = generator(randomKey(1, 'quadratic'));
      const y = Array.from({ length: 320 }, () => [1 + random.normal()]);
      const x = y.map(() => [input]);
      const { divergence } = await lrScan(
        () =>
          sequential([layers.input({ shape: [1] }), layers.dense({ units: 1, useBias: false })]).compile({
            optimizer: optimizers.sgd(),
            loss: 'meanSquaredError',
          }),
        { x, y },
        { max: 1, min: 1e-3 },
      );
      expect(divergence).toBeGreaterThan(limit / 2);
      expect(divergence).toBeLessThan(limit * 2);
    },
  );

  test('the same seed gives the same scan, and runs differ in order and first weights', async () => {
    const options = { steps: 30, seeds: 2, seed: 4 };
    const [a, b] = [
      await lrScan(() => classifier(), data, options),
      await lrScan(() => classifier(), data, options),
    ];
    expect(a).toEqual(b);
    expect(a.curves[0]!.losses).not.toEqual(a.curves[1]!.losses);
    expect(a.low.every((low, i) => low <= a.high[i]!)).toBe(true);
  });

  test('refuses bad options, bad data and an optimizer without a rate', async () => {
    for (const [option, bad] of [
      ['min', 0],
      ['max', 1e-5],
      ['steps', 10],
      ['seeds', 0],
      ['batchSize', 1.5],
    ] as const) {
      await expect(lrScan(classifier(), data, { [option]: bad })).rejects.toMatchObject({
        code: 'LU_SCAN_OPTION',
        message: expect.stringContaining(option),
      });
    }
    const { withRate: _, ...fixed } = optimizers.sgd();
    await expect(lrScan(classifier(fixed), data)).rejects.toMatchObject({ code: 'LU_MODEL_RATE' });
    const broken = {
      ...data,
      x: { ...data.x, data: Float64Array.from(data.x.data, () => Number.MAX_VALUE) },
    };
    await expect(lrScan(() => classifier(), broken)).rejects.toMatchObject({ code: 'LU_SCAN_LOSS' });
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(lrScan(classifier(), data, { signal: stop })).rejects.toThrow('enough');
  });
});

const RATES = Array.from({ length: 15 }, (_, i) => 10 ** (-4 + (3 * i) / 14));
const problems: readonly (readonly [string, () => Promise<Dataset>, (rate: number) => Model, number])[] = [
  [
    'digits',
    () => digits({ seed: 1 }),
    (rate) =>
      sequential([
        layers.input({ shape: [64] }),
        layers.rescaling({ scale: 1 / 16 }),
        layers.dense({ units: 32, activation: 'relu' }),
        layers.dense({ units: 10, activation: 'softmax' }),
      ]).compile({
        optimizer: optimizers.adam({ learningRate: rate }),
        loss: 'sparseCategoricalCrossentropy',
      }),
    12,
  ],
  [
    'wine',
    async () => prepareDataset(await wine({ seed: 1 }), { x: [standardize()] }),
    (rate) =>
      sequential([
        layers.input({ shape: [13] }),
        layers.dense({ units: 16, activation: 'relu' }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ]).compile({
        optimizer: optimizers.adam({ learningRate: rate }),
        loss: 'sparseCategoricalCrossentropy',
      }),
    30,
  ],
  [
    'diabetes',
    async () => prepareDataset(await diabetes({ seed: 1 }), { x: [standardize()], y: [standardize()] }),
    (rate) =>
      sequential([
        layers.input({ shape: [10] }),
        layers.dense({ units: 16, activation: 'relu' }),
        layers.dense({ units: 1 }),
      ]).compile({ optimizer: optimizers.adam({ learningRate: rate }), loss: 'meanSquaredError' }),
    10,
  ],
];

describe('[#15] the suggestion against an exhaustive sweep of 15 rates on two seeds', () => {
  test.each(problems)('%s: in the best fifth', { timeout: 120_000 }, async (_name, load, build, epochs) => {
    const { train, validation } = await load();
    const lossOf = async (rate: number): Promise<number> => {
      let sum = 0;
      for (const seed of [1, 2]) {
        const model = build(rate);
        await model.fit(train, { epochs, seed });
        sum += (await model.evaluate(validation!)).loss!;
        model.dispose();
      }
      return sum;
    };
    const { suggestion } = await lrScan(() => build(0.001), train);
    const own = await lossOf(suggestion!);
    let better = 0;
    let best = { rate: 0, loss: Number.POSITIVE_INFINITY };
    for (const rate of RATES) {
      const loss = await lossOf(rate);
      if (loss < own) better += 1;
      if (loss < best.loss) best = { rate, loss };
    }
    expect(better).toBeLessThanOrEqual(RATES.length / 5);
    expect(Math.abs(Math.log10(suggestion! / best.rate))).toBeLessThan(1);
  });
});
