import { expect, test } from 'vitest';
import { expectClose, graphOf, numbers, runOnnx } from '../graph/testing.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import type { FitOptions } from '../training/fit-options.ts';
import { blobs } from '../training/fixtures/blobs.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

function applied(
  layer: Layer,
  sample: readonly number[],
  x: readonly number[],
  isTraining = false,
): Float64Array {
  const size = sample.reduce((a, b) => a * b, 1);
  const built = buildLayer(layer, sample, { batch: x.length / size, isTraining });
  const plain: Record<string, readonly number[]> = { x };
  for (const [name, values] of Object.entries(built.feeds)) {
    const start = /gamma|scale|Variance/.test(name) ? 1 : 0;
    if (name !== 'x') plain[name] = values.map(() => start);
  }
  return evaluated(built.output, plain);
}

const root = Math.sqrt(1.25 + 1e-3);
const normal = [-1.5, -0.5, 0.5, 1.5].map((x) => x / root);

test('[#52] batch normalization gives each channel mean 0 and variance 1 before gamma and beta', () => {
  for (const channels of [3, 600]) {
    const x = numbers(6 * 5 * channels, 20);
    const y = applied(layers.batchNormalization({ epsilon: 1e-12 }), [5, channels], x, true);
    for (const channel of [0, 1, channels - 1]) {
      const values = Array.from(y).filter((_, i) => i % channels === channel);
      const mean = values.reduce((a, b) => a + b, 0) / 30;
      expect(mean).toBeCloseTo(0, 6);
      expect(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 30).toBeCloseTo(1, 6);
    }
  }
});

test('each normalization follows its formula', () => {
  expectClose(applied(layers.layerNormalization(), [4], [1, 2, 3, 4]), normal, 1e-7);
  expectClose(applied(layers.batchNormalization(), [1], [1, 2, 3, 4], true), normal, 1e-7);
  // Two groups of two channels, two positions: 1, 2, 3, 4 and 10, 20, 30, 40.
  const tens = [-15, -5, 5, 15].map((x) => x / Math.sqrt(125 + 1e-3));
  expectClose(
    applied(layers.groupNormalization({ groups: 2 }), [2, 4], [1, 2, 10, 20, 3, 4, 30, 40]),
    [normal[0]!, normal[1]!, tens[0]!, tens[1]!, normal[2]!, normal[3]!, tens[2]!, tens[3]!],
    1e-7,
  );
  const size = Math.sqrt(12.5 + 1e-6);
  expectClose(applied(layers.rmsNormalization(), [2], [3, 4]), [3 / size, 4 / size], 1e-7);
  expectClose(applied(layers.unitNormalization(), [2], [3, 4, 0, 0]), [0.6, 0.8, 0, 0], 1e-12);
});

test('layer normalization keeps its accuracy far from zero, under the runtime too', async () => {
  const built = buildLayer(layers.layerNormalization({ epsilon: 1e-6 }), [4], { batch: 3 });
  const feeds = {
    ...built.feeds,
    x: [1000, 1001, 1002, 1003, -4096, -4096, -4096, -4096, 8192.5, 8192.5, 8193, 8193],
    'tested.gamma': [1, 1, 1, 1],
    'tested.beta': [0, 0, 0, 0],
  };
  const one = 0.25 / Math.sqrt(0.0625 + 1e-6);
  const expected = [...[-1.5, -0.5, 0.5, 1.5].map((x) => x / Math.sqrt(1.25 + 1e-6)), 0, 0, 0, 0];
  const graph = graphOf({ y: built.output });
  expectClose((await runOnnx(graph, feeds)).y!, [...expected, -one, -one, one, one], 1e-5);
});

test('at inference batch normalization uses the moving moments, gamma and beta', () => {
  const { output } = buildLayer(layers.batchNormalization({ epsilon: 0.25 }), [1], { batch: 1 });
  const feeds = {
    'tested.gamma': [3],
    'tested.beta': [0.5],
    'tested.movingMean': [2],
    'tested.movingVariance': [2],
  };
  expect(evaluated(output, { ...feeds, x: [5] })[0]).toBeCloseTo((3 * (5 - 2)) / 1.5 + 0.5, 12);
});

function tiny(extra: { trainable?: boolean } = {}): Model {
  return sequential([
    layers.input({ shape: [1] }),
    layers.batchNormalization({ name: 'norm', ...extra }),
    layers.dense({ units: 1, name: 'out' }),
  ]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
}

const four = { x: [[1], [2], [3], [4]], y: [[1], [0], [1], [0]] };

test('[#52] the batch 1, 2, 3, 4 moves a fresh layer to mean 0.025 and variance 1.0025', async () => {
  const model = tiny();
  expect(Array.from(model.getWeights()['norm.movingMean']!)).toEqual([0]);
  expect(Array.from(model.getWeights()['norm.movingVariance']!)).toEqual([1]);
  await model.fit(four, { batchSize: 4 });
  const weights = model.getWeights();
  expect(weights['norm.movingMean']![0]).toBeCloseTo(0.025, 7);
  expect(weights['norm.movingVariance']![0]).toBeCloseTo(1.0025, 6);
  await model.fit(four, { batchSize: 4 });
  expect(model.getWeights()['norm.movingMean']![0]).toBeCloseTo(0.025 * 0.99 + 0.025, 7);
});

test('[#52] prediction and evaluation use what training has moved', async () => {
  const model = tiny();
  await model.fit(four, { batchSize: 4, epochs: 3 });
  const weights = model.getWeights();
  const at = (name: string): number => weights[name]![0]!;
  const scaled = (4 - at('norm.movingMean')) / Math.sqrt(at('norm.movingVariance') + 1e-3);
  const expected = (scaled * at('norm.gamma') + at('norm.beta')) * at('out.kernel') + at('out.bias');
  expect((await model.predict([[4]])).data[0]).toBeCloseTo(expected, 5);
});

test('moving moments count as parameters that are not trainable', () => {
  const model = sequential([layers.dense({ units: 3, inputShape: [2] }), layers.batchNormalization()]);
  expect(model.countParams()).toBe(9 + 12);
  expect(model.countParams('trainable')).toBe(9 + 6);
  expect(model.countParams('nonTrainable')).toBe(6);
  expect(model.summary()).toMatch(
    /Total parameters: 21\nTrainable parameters: 15\nNon-trainable parameters: 6/,
  );
  expect(sequential([layers.dense({ units: 3, inputShape: [2] })]).summary()).not.toMatch(/rainable/);
  expect(() => model.countParams('frozen' as never)).toThrow(/kind of parameters 'frozen'/);
});

test('a frozen layer keeps its weights and moments, works by them while training, and pays no penalty', async () => {
  const model = tiny({ trainable: false });
  expect(model.countParams('trainable')).toBe(2);
  await model.fit(four, { batchSize: 4, epochs: 2 });
  const weights = model.getWeights();
  expect(
    ['gamma', 'beta', 'movingMean', 'movingVariance'].map((name) => weights[`norm.${name}`]![0]),
  ).toEqual([1, 0, 0, 1]);
  const fixed = sequential([
    layers.dense({
      units: 1,
      inputShape: [1],
      trainable: false,
      kernelRegularizer: regularizers.l2(1),
      name: 'still',
    }),
    layers.dense({ units: 1, kernelRegularizer: 'l2', name: 'moving' }),
  ]).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const before = fixed.getWeights();
  const { epochs } = await fixed.fit(four, { batchSize: 4 });
  expect(fixed.getWeights()['still.kernel']).toEqual(before['still.kernel']);
  expect(fixed.getWeights()['moving.kernel']).not.toEqual(before['moving.kernel']);
  const kernel = fixed.getWeights()['moving.kernel']![0]!;
  expect(epochs[0]!.telemetry!.penalty).toBeCloseTo(0.01 * kernel ** 2, 6);
  const none = sequential([layers.dense({ units: 1, inputShape: [1], trainable: false })]).compile({
    loss: 'meanSquaredError',
  });
  await expect(none.fit(four)).rejects.toThrow(/no weights to train/);
});

function resumable(): Model {
  return sequential([
    layers.dense({ units: 8, inputShape: [12], useBias: false }),
    layers.batchNormalization({ momentum: 0.9 }),
    layers.activation('relu'),
    layers.gaussianNoise({ stddev: 0.1 }),
    layers.reshape({ targetShape: [4, 2] }),
    layers.layerNormalization(),
    layers.gaussianDropout({ rate: 0.1 }),
    layers.flatten(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'categoricalCrossentropy' });
}

test('a run with moving moments repeats bit by bit and resumes exactly from every checkpoint', async () => {
  const data = blobs(70, 12, 3, 1);
  const run = async (extra: FitOptions = {}): Promise<{ weights: unknown; saved: Uint8Array[] }> => {
    const saved: Uint8Array[] = [];
    const model = resumable();
    await model.fit(data, {
      epochs: 3,
      batchSize: 16,
      seed: 3,
      checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) },
      ...extra,
    });
    return { weights: model.getWeights(), saved };
  };
  const whole = await run();
  expect((await run()).weights).toEqual(whole.weights);
  expect(whole.saved.length).toBeGreaterThan(3);
  for (const resume of whole.saved) expect((await run({ resume })).weights).toEqual(whole.weights);
});

test('after a dense layer batch normalization computes feature by feature: the same numbers', async () => {
  const norm = layers.batchNormalization({ name: 'norm' });
  const make = (first: readonly Layer[]): Model =>
    sequential([...first, norm, layers.dense({ units: 1, name: 'out' })]).compile({
      optimizer: optimizers.sgd({ learningRate: 0.1 }),
      loss: 'meanSquaredError',
    });
  const direct = make([layers.input({ shape: [3] })]);
  const behind = make([
    layers.dense({ units: 3, useBias: false, trainable: false, name: 'same', inputShape: [3] }),
  ]);
  behind.setWeights({
    ...behind.getWeights(),
    ...direct.getWeights(),
    'same.kernel': Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
  });
  const data = {
    x: [
      [1, 2, 9],
      [3, -1, 4],
      [0, 5, 2],
      [2, 2, -6],
    ],
    y: [[1], [2], [0], [4]],
  };
  for (const model of [direct, behind]) await model.fit(data, { epochs: 4, batchSize: 4, shuffle: false });
  for (const [name, values] of Object.entries(direct.getWeights())) {
    expectClose(behind.getWeights()[name]!, values, 1e-5);
  }
});

test('options that do not fit are refused, naming the layer', () => {
  expect(() => layers.batchNormalization({ momentum: 1, name: 'bn' })).toThrow(
    /batchNormalization 'bn': momentum is 1/,
  );
  expect(() => layers.layerNormalization({ epsilon: 0 })).toThrow(/epsilon is 0/);
  expect(() => layers.groupNormalization({ groups: 0 })).toThrow(/groups is 0/);
  expect(() => layers.batchNormalization({ trainable: 'no' } as never)).toThrow(/trainable is no/);
  expect(() => layers.rmsNormalization({ eps: 1 } as never)).toThrow(/no option 'eps'/);
  const three = layers.groupNormalization({ groups: 2, name: 'halves' });
  expect(() => sequential([layers.input({ shape: [3] }), three])).toThrow(
    /groupNormalization 'halves' .* 3 channels/,
  );
});
