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
import type { Model } from '../training/model.ts';
import { planModel } from '../training/plan.ts';
import { sequential } from '../training/sequential.ts';
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

/** `start + i % period`: the kernels of the values below, which Keras 3.15 on TensorFlow 2.21 computed. */
function cycle(count: number, period: number, start: number): number[] {
  return Array.from({ length: count }, (_, i) => start + (i % period));
}

test.each([
  [{ strides: 2, padding: 'same' }, [-4, 2, -2, 4, 0, -1, 9, -3, -5, 2, 33, -2, 8, -5, 29, -7]],
  [
    { strides: 2, padding: 'same', outputPadding: 1 },
    [-4, 2, -2, 4, 0, -1, 9, -3, -5, 2, 33, -2, 8, -5, 29, -7],
  ],
  [
    { strides: 2, padding: 'valid' },
    [-4, 2, -2, 4, 18, 0, -1, 9, -3, 11, -5, 2, 33, -2, 42, 8, -5, 29, -7, 23, 39, -16, 59, -22, 8],
  ],
  [{ padding: 'valid' }, [-4, -8, 12, 18, -16, -13, 38, 49, 19, 28, 2, 27, 39, 37, -16, 8]],
] as const)('a transposed convolution %j is that of Keras', (options, expected) => {
  const layer = layers.conv2dTranspose({ filters: 1, kernelSize: 3, useBias: false, ...options });
  const feeds = { x: [1, 2, 3, 4, 5, 6, 7, 8], 'tested.kernel': cycle(18, 7, -2) };
  expect(applied(layer, [2, 2, 2], feeds)).toEqual(expected);
});

test('convolutions of single channels are those of Keras', () => {
  const x = Array.from({ length: 18 }, (_, i) => i + 1);
  const kernel = cycle(16, 5, -1);
  const depthwise = layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, useBias: false });
  expect(applied(depthwise, [3, 3, 2], { x, 'tested.kernel': kernel })).toEqual([
    31, 36, 24, -2, 41, 44, 30, 2, 61, 60, 42, 10, 71, 68, 48, 14,
  ]);
  const strided = { ...depthwise, padding: 'same', strides: [2, 2] } as Layer;
  expect(applied(strided, [3, 3, 2], { x, 'tested.kernel': kernel })).toEqual([
    31, 36, 24, -2, 17, 33, -6, 12, 32, -15, 14, 44, -17, 0, 18, 36,
  ]);
  const separable = layers.separableConv2d({ filters: 2, kernelSize: 2, depthMultiplier: 2 });
  const feeds = {
    x,
    'tested.depthwiseKernel': kernel,
    'tested.pointwiseKernel': cycle(8, 3, -1),
    'tested.bias': [0.5, -0.5],
  };
  expect(applied(separable, [3, 3, 2], feeds)).toEqual([7.5, -12.5, 1.5, -14.5, -10.5, -18.5, -16.5, -20.5]);
});

test('weights of all convolutions have the shapes and fans of Keras, and obey their options', () => {
  const model = sequential([
    layers.depthwiseConv2d({
      kernelSize: 3,
      depthMultiplier: 2,
      depthwiseInitializer: 'ones',
      depthwiseConstraint: 'nonNeg',
      inputShape: [6, 6, 4],
    }),
    layers.separableConv2d({
      filters: 5,
      kernelSize: [2, 1],
      pointwiseRegularizer: 'l2',
      biasConstraint: 'unitNorm',
    }),
    layers.conv2dTranspose({
      filters: 3,
      kernelSize: [2, 3],
      kernelRegularizer: 'l1',
      kernelConstraint: 'maxNorm',
    }),
  ]);
  const weight = (path: string): unknown => model.plan.weights.find((spec) => spec.path === path);
  expect(weight('depthwiseConv2d1.kernel')).toMatchObject({
    shape: [3, 3, 4, 2],
    fans: { fanIn: 36, fanOut: 18 },
    initializer: { kind: 'ones' },
    constraint: { kind: 'nonNeg' },
  });
  expect(weight('depthwiseConv2d1.bias')).toMatchObject({ shape: [8] });
  expect(weight('separableConv2d1.depthwiseKernel')).toMatchObject({ shape: [2, 1, 8, 1] });
  expect(weight('separableConv2d1.pointwiseKernel')).toMatchObject({
    shape: [1, 1, 8, 5],
    fans: { fanIn: 8, fanOut: 5 },
    regularizer: { l2: 0.01 },
  });
  expect(weight('separableConv2d1.bias')).toMatchObject({ constraint: { kind: 'unitNorm' } });
  expect(weight('conv2dTranspose1.kernel')).toMatchObject({
    shape: [2, 3, 3, 5],
    fans: { fanIn: 18, fanOut: 30 },
    regularizer: { l1: 0.01 },
    constraint: { kind: 'maxNorm' },
  });
  expect(model.plan.layers.map(({ outputs }) => outputs[0])).toEqual([
    [4, 4, 8],
    [3, 4, 5],
    [4, 6, 3],
  ]);
});

test('a transposed convolution undoes the shape of a convolution', () => {
  const count = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(
      fc.tuple(count, count),
      fc.tuple(count, count),
      fc.tuple(count, count),
      fc.constantFrom('valid', 'same'),
      (sample, kernelSize, strides, padding) => {
        const options = { filters: 1, kernelSize, strides, padding };
        const up = buildLayer(layers.conv2dTranspose(options), [...sample, 1]).output;
        const down = buildLayer(layers.conv2d(options), up.shape.slice(1)).output;
        expect(down.shape.slice(1, 3)).toEqual(sample);
        if (padding === 'same') {
          expect(up.shape.slice(1, 3)).toEqual(sample.map((extent, axis) => extent * strides[axis]!));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  [
    () => layers.conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2, outputPadding: 2 }),
    /outputPadding is 2/,
  ],
  [() => layers.conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2, dilationRate: 2 }), /both above 1/],
  [() => layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 0 }), /depthMultiplier is 0/],
  [() => layers.depthwiseConv2d({ kernelSize: 2, filters: 2 } as never), /no option 'filters'/],
  [() => layers.separableConv2d({ filters: 0, kernelSize: 2 }), /filters is 0/],
])('bad options of a convolution are refused (%#)', (make, message) => {
  expect(make).toThrow(message);
});

test('a transposed convolution refuses an outputPadding that no convolution leaves', () => {
  const layer = layers.conv2dTranspose({
    filters: 1,
    kernelSize: 2,
    strides: 2,
    padding: 'same',
    outputPadding: 0,
  });
  expect(() => buildLayer(layer, [2, 2, 1])).toThrow(/outputPadding of 0 x 0/);
});
