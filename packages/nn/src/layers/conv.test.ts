import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gradient } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { sum } from '../graph/ops/reduce.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { numbers } from '../graph/testing.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { blobs } from '../training/fixtures/blobs.ts';
import { forward } from '../training/forward.ts';
import { type Model, sequential } from '../training/model.ts';
import { planModel } from '../training/plan.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

function applied(
  layer: Layer,
  sample: readonly number[],
  feeds: Readonly<Record<string, readonly number[]>>,
): number[] {
  return Array.from(evaluated(buildLayer(layer, sample, { batch: 1 }).output, feeds));
}

test('a convolution is a correlation: the kernel is not turned', () => {
  const layer = layers.conv2d({ filters: 1, kernelSize: 2 });
  const feeds = {
    x: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    'tested.kernel': [1, 10, 100, 1000],
    'tested.bias': [0.5],
  };
  expect(applied(layer, [3, 3, 1], feeds)).toEqual([5421.5, 6532.5, 8754.5, 9865.5]);
});

test('padding is that of Keras: same puts the odd zero at the end, causal all at the beginning', () => {
  const kernel = { 'tested.kernel': [1, 10, 100] };
  const conv = (options: { strides?: number; padding: 'same' | 'causal' | 'valid' }): Layer =>
    layers.conv1d({ filters: 1, kernelSize: 3, useBias: false, ...options });
  const x = [1, 2, 3, 4];
  expect(applied(conv({ padding: 'valid' }), [4, 1], { x, ...kernel })).toEqual([321, 432]);
  expect(applied(conv({ padding: 'same' }), [4, 1], { x, ...kernel })).toEqual([210, 321, 432, 43]);
  expect(applied(conv({ padding: 'causal' }), [4, 1], { x, ...kernel })).toEqual([100, 210, 321, 432]);
  expect(applied(conv({ padding: 'same', strides: 2 }), [4, 1], { x, ...kernel })).toEqual([321, 43]);
  const spread = layers.conv1d({ filters: 1, kernelSize: 2, dilationRate: 2, useBias: false });
  expect(applied(spread, [4, 1], { x, 'tested.kernel': [1, 10] })).toEqual([31, 42]);
});

test('groups see their own channels only', () => {
  const layer = layers.conv2d({ filters: 4, kernelSize: 1, groups: 2, useBias: false });
  const feeds = { x: [1, 10], 'tested.kernel': [1, 2, 3, 4] };
  expect(applied(layer, [1, 1, 2], feeds)).toEqual([1, 2, 30, 40]);
});

test('kernels have the sizes and fans of Keras', () => {
  const model = sequential([
    layers.conv2d({ filters: 16, kernelSize: [3, 5], groups: 2, inputShape: [9, 9, 8] }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 10 }),
  ]);
  const [kernel, bias] = model.plan.weights;
  expect(kernel).toMatchObject({ shape: [3, 5, 4, 16], fans: { fanIn: 60, fanOut: 240 } });
  expect(bias).toMatchObject({ shape: [16] });
  expect(model.plan.layers.map(({ outputs }) => outputs[0])).toEqual([[7, 5, 16], [3, 2, 16], [96], [10]]);
  expect(model.countParams()).toBe(3 * 5 * 4 * 16 + 16 + 96 * 10 + 10);
  const limit = Math.sqrt(6 / 300);
  const values = model.getWeights()['conv2d1.kernel']!;
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.95 * limit);
});

test('output extents follow the formulas of Keras', () => {
  const count = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 20 }),
      count,
      count,
      fc.constantFrom('valid', 'same', 'causal'),
      (n, k, s, padding) => {
        const { output } = buildLayer(layers.conv1d({ filters: 1, kernelSize: k, strides: s, padding }), [
          n,
          1,
        ]);
        expect(output.shape[1]).toBe(padding === 'valid' ? Math.ceil((n - k + 1) / s) : Math.ceil(n / s));
        if (padding === 'causal') return;
        const pooled = buildLayer(layers.maxPooling1d({ poolSize: k, strides: s, padding }), [n, 1]).output;
        expect(pooled.shape[1]).toBe(output.shape[1]);
      },
    ),
    { numRuns: 60 },
  );
});

function cnn(seed = 0): Model {
  return sequential(
    [
      layers.reshape({ targetShape: [4, 4, 1], inputShape: [16] }),
      layers.rescaling({ scale: 1 / 255 }),
      layers.conv2d({
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        kernelRegularizer: regularizers.l2(1e-4),
        activityRegularizer: 'l2',
      }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation('relu'),
      layers.maxPooling2d(),
      layers.spatialDropout2d(0.1),
      layers.conv2d({ filters: 8, kernelSize: 2, activation: 'relu' }),
      layers.globalAveragePooling2d(),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
    { seed },
  ).compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

test('a convolutional network trains, repeats bit by bit and resumes exactly', async () => {
  const data = blobs(120, 16, 4, 1);
  const saved: Uint8Array[] = [];
  const options = { epochs: 12, batchSize: 16, seed: 5 };
  const model = cnn();
  const { epochs } = await model.fit(data, {
    ...options,
    checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) },
  });
  expect(epochs.at(-1)!.metrics.loss).toBeLessThan(epochs[0]!.metrics.loss! * 0.8);
  const again = cnn();
  await again.fit(data, options);
  expect(again.getWeights()).toEqual(model.getWeights());
  const resumed = cnn();
  await resumed.fit(data, { ...options, resume: saved[Math.floor(saved.length / 2)]! });
  expect(resumed.getWeights()).toEqual(model.getWeights());
});

test('maximum pooling after relu gives the same as before it', () => {
  const relu = layers.activation('relu');
  const at = (isTraining: boolean): readonly Float64Array[] =>
    [
      [relu, layers.maxPooling1d()],
      [layers.maxPooling1d(), relu],
    ].map((stack) => {
      const plan = planModel([layers.input({ shape: [6, 2] }), ...stack]);
      const x = input('x', 'float32', [2, 6, 2]);
      const none = (): never => {
        throw new Error('has no weights');
      };
      const {
        outputs: [output],
        watched,
      } = forward(plan, {
        inputs: [x],
        isTraining,
        weight: none,
        knob: none,
        randomKey: none,
      });
      expect(watched).toHaveLength(1);
      const [dx] = gradient(sum(multiply(output!, constant(numbers(12, 1, 5), [2, 3, 2]))), [x]);
      const outputs = interpret({ inputs: [x], outputs: { output: output!, dx: dx! } }, { x: numbers(24) });
      return Float64Array.from([...outputs.output!.data, ...outputs.dx!.data]);
    });
  for (const isTraining of [false, true]) {
    const [after, before] = at(isTraining);
    expect(after).toEqual(before);
  }
});

test('what does not fit is refused, naming the layer', () => {
  const after = (shape: readonly number[], layer: Layer): (() => unknown) => {
    return () => sequential([layers.input({ shape }), layer]);
  };
  const conv = layers.conv2d({ filters: 4, kernelSize: 3, name: 'stem' });
  expect(after([28, 28], conv)).toThrow(
    /conv2d 'stem' cannot follow .* \[height, width, channels\], not \[28, 28\]/,
  );
  expect(after([2, 5, 1], conv)).toThrow(/conv2d 'stem' .* kernel of 3 x 3, which does not fit/);
  expect(after([5, 5, 3], layers.conv2d({ filters: 4, kernelSize: 1, groups: 2, name: 'split' }))).toThrow(
    /'split' .* 3 channels into 2 groups/,
  );
  expect(after([4], layers.conv1d({ filters: 1, kernelSize: 2, name: 'line' }))).toThrow(
    /conv1d 'line' cannot follow/,
  );
  expect(after([1, 3], layers.maxPooling1d({ name: 'pool' }))).toThrow(
    /'pool' .* windows of 2, which do not fit/,
  );
  expect(after([3], layers.averagePooling2d({ name: 'blur' }))).toThrow(
    /averagePooling2d 'blur' cannot follow/,
  );
  expect(after([3], layers.globalMaxPooling1d({ name: 'top' }))).toThrow(
    /globalMaxPooling1d 'top' cannot follow/,
  );
  expect(() => layers.conv2d({ filters: 3, kernelSize: 2, groups: 2 })).toThrow(/3 filters do not divide/);
  expect(() => layers.conv2d({ filters: 3, kernelSize: 2, strides: 2, dilationRate: 2 })).toThrow(
    /both above 1/,
  );
  expect(() => layers.conv2d({ filters: 0, kernelSize: 2 })).toThrow(/filters is 0/);
  expect(() => layers.conv2d({ filters: 1, kernelSize: [2, 2, 2] as never })).toThrow(
    /kernelSize is \[2,2,2\]/,
  );
  expect(() => layers.conv2d({ filters: 1, kernelSize: 2, padding: 'causal' as never })).toThrow(
    /padding 'causal'/,
  );
  expect(() => layers.conv2d({ filter: 1 } as never)).toThrow(/Did you mean 'filters'|filters/);
  expect(() => layers.maxPooling2d({ size: 2 } as never)).toThrow(/no option 'size'/);
});
