import { generator, randomKey } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { type Initializer, initializers } from '../initializers/initializer.ts';
import { layers } from '../layers/layers.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { gradientFlow, initReport } from './init-report.ts';

const WIDTH = 128;
const random = generator(randomKey(5, 'inputs'));
const data = {
  x: { data: Float32Array.from({ length: 256 * WIDTH }, () => random.normal()), shape: [256, WIDTH] },
  y: { data: Float32Array.from({ length: 256 }, () => random.normal()), shape: [256, 1] },
};

function deep(kernelInitializer: Initializer, activation: 'relu' | 'tanh' = 'relu'): Model {
  return sequential([
    layers.input({ shape: [WIDTH] }),
    ...Array.from({ length: 20 }, () => layers.dense({ units: WIDTH, activation, kernelInitializer })),
    layers.dense({ units: 1 }),
  ]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
}

describe('[#32] initReport on 20 layers', () => {
  test('He keeps the spread of relu layers within a factor 2, forwards', async () => {
    const report = await initReport(deep(initializers.heNormal()), data);
    expect(report.layers).toHaveLength(21);
    expect(report.activationRatio).toBeGreaterThan(0.5);
    expect(report.activationRatio).toBeLessThan(2);
    expect(report.verdict).toBe('healthy');
  });

  test('N(0, 0.01) vanishes and N(0, 1) explodes', async () => {
    const small = await initReport(deep(initializers.randomNormal({ stddev: 0.01 })), data);
    expect(small.activationRatio).toBeLessThan(1e-10);
    expect(small.verdict).toBe('vanishing');
    const large = await initReport(deep(initializers.randomNormal({ stddev: 1 })), data);
    expect(large.activationRatio).toBeGreaterThan(1e10);
    expect(large.verdict).toBe('exploding');
    expect(large.text).toContain('He initialization with relu');
  });

  test('Glorot suits tanh, and loses a factor of about root 2 a layer with relu', async () => {
    expect((await initReport(deep(initializers.glorotNormal(), 'tanh'), data)).verdict).toBe('healthy');
    const relu = await initReport(deep(initializers.glorotNormal()), data);
    expect(relu.verdict).toBe('vanishing');
    const perLayer = relu.activationRatio ** (1 / 19);
    expect(perLayer).toBeGreaterThan(0.6);
    expect(perLayer).toBeLessThan(0.8);
  });

  test('spreads are those of the outputs, and the model stays as it is', async () => {
    const model = sequential([
      layers.input({ shape: [1] }),
      layers.dense({ units: 1, kernelInitializer: initializers.constant(3), name: 'first' }),
      layers.dense({ units: 1, kernelInitializer: initializers.constant(2), name: 'second' }),
    ]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const report = await initReport(model, { x: [[1], [2], [3], [4]], y: [[0], [0], [0], [0]] });
    const spread = Math.sqrt(1.25);
    expect(report.layers[0]).toMatchObject({ layer: 'first', kind: 'dense' });
    expect(report.layers[0]!.activation).toBeCloseTo(3 * spread, 5);
    expect(report.layers[1]!.activation).toBeCloseTo(6 * spread, 5);
    // d/dy of the mean of y^2 over 4 samples is y / 2, and that of what goes into the second layer twice as much.
    expect(report.layers[1]!.gradient).toBeCloseTo(3 * spread, 5);
    expect(report.layers[0]!.gradient).toBeCloseTo(6 * spread, 5);
    expect(model.isFitted).toBe(false);
  });

  test('initReport keeps to the first weights, gradientFlow follows the weights as they are', async () => {
    const model = deep(initializers.heNormal());
    const first = await initReport(model, data);
    expect(await gradientFlow(model, data)).toEqual(first);
    await model.fit(data, { epochs: 1, seed: 0 });
    expect(await initReport(model, data)).toEqual(first);
    expect(await gradientFlow(model, data)).not.toEqual(first);
  });

  test('refuses a model without hidden layers', async () => {
    const model = sequential([layers.input({ shape: [WIDTH] }), layers.dense({ units: 1 })]).compile({
      loss: 'meanSquaredError',
    });
    await expect(initReport(model, data)).rejects.toMatchObject({ code: 'LU_SCAN_LAYERS' });
  });
});
