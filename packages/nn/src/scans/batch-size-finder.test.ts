import { generator, randomKey } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digits } from '../data/digits.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { batchSizeFinder, scaleLearningRate } from './batch-size-finder.ts';
import { gradientNoise } from './gradient-noise.ts';
import { memoryEstimate, memoryOf } from './memory-estimate.ts';

function classifier(units = 32): Model {
  return sequential([
    layers.input({ shape: [64] }),
    layers.rescaling({ scale: 1 / 16 }),
    layers.dense({ units, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy' });
}

const { train } = await digits({ seed: 1 });

describe('memoryEstimate', () => {
  test('counts states, gradients, activations and data by their shapes', () => {
    const { fixed, perSample, data } = memoryEstimate(classifier(), train);
    const weights = 64 * 32 + 32 + 32 * 10 + 10;
    // Adam holds two states a weight; all states twice, a gradient for each weight.
    expect(fixed).toBe(4 * (2 * 3 * weights + weights));
    // Input once; input layer, rescaling and both dense layers with their gradients.
    expect(perSample).toBe(4 * (64 + 2 * (64 + 64 + 32 + 10)));
    // Pixels stay bytes, labels are int32.
    expect(data).toBe(train.x.shape[0]! * (64 + 4));
  });

  test('[#19] grows with the batch size', () => {
    const memory = memoryEstimate(classifier(), train);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e5 }), fc.integer({ min: 1, max: 1e5 }), (a, b) => {
        if (a < b) expect(memoryOf(memory, a)).toBeLessThan(memoryOf(memory, b));
      }),
    );
  });
});

describe('gradientNoise', () => {
  test('[#18] the variance of the mini-batch gradient falls as one over the batch size', async () => {
    const noise = await gradientNoise(classifier(), train, { sizes: [4, 16, 64], repeats: 60 });
    const [small, middle, large] = noise.sizes.map(({ variance }) => variance);
    for (const ratio of [small! / middle!, middle! / large!]) {
      expect(ratio).toBeGreaterThan(3);
      expect(ratio).toBeLessThan(5.5);
    }
  });

  test('finds the noise scale of a problem where it is known', async () => {
    // Loss (b - y)^2 at b = 0: the gradient of a sample is -2 y, so the scale is var(y) / mean(y)^2.
    const random = generator(randomKey(2, 'noise'));
    const y = Array.from({ length: 2000 }, () => 0.5 + random.normal());
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (y.length - 1);
    const model = sequential([
      layers.input({ shape: [1] }),
      layers.dense({ units: 1, kernelInitializer: 'zeros' }),
    ]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { gradientSquare, noiseScale } = await gradientNoise(
      model,
      { x: y.map(() => [0]), y: y.map((value) => [value]) },
      { repeats: 100 },
    );
    expect(gradientSquare).toBeCloseTo(4 * mean ** 2, 3);
    expect(noiseScale / (variance / mean ** 2)).toBeGreaterThan(0.8);
    expect(noiseScale / (variance / mean ** 2)).toBeLessThan(1.25);
  });

  test('refuses sizes that leave nothing to compare with', async () => {
    await expect(gradientNoise(classifier(), train, { sizes: [1e6] })).rejects.toMatchObject({
      code: 'LU_SCAN_OPTION',
    });
  });
});

describe('batchSizeFinder', () => {
  test('[#18] [#20] tells memory, throughput, noise and rate of every size, and stays within the budget', async () => {
    const model = classifier();
    const weights = model.getWeights();
    const memory = memoryEstimate(model, train);
    const memoryBudget = memoryOf(memory, 200);
    const report = await batchSizeFinder(model, train, {
      memoryBudget,
      secondsPerSize: 0.01,
      learningRate: 0.01,
      sizes: [1, 8, 64, 128, 256, 512],
    });
    expect(report.rows.map(({ batchSize, fits }) => [batchSize, fits])).toEqual([
      [1, true],
      [8, true],
      [64, true],
      [128, true],
      [256, false],
      [512, false],
    ]);
    for (const { batchSize, bytes, fits, samplesPerSecond, learningRate, updatesPerEpoch } of report.rows) {
      expect(bytes).toBe(memoryOf(memory, batchSize));
      expect(bytes <= memoryBudget).toBe(fits);
      expect(samplesPerSecond !== undefined).toBe(fits);
      expect(learningRate).toBeCloseTo((0.01 * batchSize) / 32, 12);
      expect(updatesPerEpoch).toBe(Math.ceil(train.x.shape[0]! / batchSize));
    }
    expect(report.largest).toBe(128);
    expect(report.suggestion).toBeLessThanOrEqual(128);
    expect(report.knee).toBeLessThanOrEqual(128);
    expect(report.rows.at(-1)!.text).toBe('more memory than the budget');
    expect(report.noise!.noiseScale).toBeGreaterThan(0);
    expect(report.text).toContain(`start with ${report.suggestion}`);
    expect(model.getWeights()).toEqual(weights);
  });

  test('the knee is the smallest size with nine tenths of the largest throughput', async () => {
    const { rows, knee } = await batchSizeFinder(classifier(), train, {
      secondsPerSize: 0.01,
      noise: false,
      sizes: [1, 16, 256],
    });
    const fastest = Math.max(...rows.map(({ samplesPerSecond }) => samplesPerSecond!));
    const expected = rows.find(({ samplesPerSecond }) => samplesPerSecond! >= 0.9 * fastest);
    expect(knee).toBe(expected!.batchSize);
  });

  test('refuses a budget that holds nothing, and sizes above the number of samples', async () => {
    await expect(batchSizeFinder(classifier(), train, { memoryBudget: 1000 })).rejects.toMatchObject({
      code: 'LU_SCAN_MEMORY',
    });
    await expect(batchSizeFinder(classifier(), train, { sizes: [1e6] })).rejects.toMatchObject({
      code: 'LU_SCAN_OPTION',
    });
  });
});

test('[#18] learning rates scale linearly with the batch, or with its root', () => {
  expect(scaleLearningRate(0.1, { from: 256, to: 1024 })).toBeCloseTo(0.4, 12);
  expect(scaleLearningRate(0.1, { from: 256, to: 1024, rule: 'sqrt' })).toBeCloseTo(0.2, 12);
  expect(() => scaleLearningRate(0.1, { from: 0, to: 1 })).toThrow(
    expect.objectContaining({ code: 'LU_SCAN_OPTION' }),
  );
});
