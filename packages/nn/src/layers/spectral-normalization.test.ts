import { describe, expect, test } from 'vitest';
import { expectClose } from '../graph/testing.ts';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

const pattern = (count: number, value: (i: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, i) => value(i));
const kernelAt = (i: number): number => (((7 * i) % 11) - 5) / 10;
const inputAt = (i: number): number => (((5 * i) % 7) - 3) / 4;

const dense = layers.dense({ units: 2 });
const conv = layers.conv2d({ filters: 2, kernelSize: 2 });
/** Output of a training step and the vector after it: Keras 3, SpectralNormalization around Dense(2) and Conv2D(2, 2). */
const golden: readonly (readonly [
  string,
  Layer,
  number,
  readonly number[],
  readonly number[],
  readonly number[],
])[] = [
  ['dense', dense, 1, [2, 3], [0.47319081, -0.06429423, 0.26963222, 0.07141151], [0.72612154, -0.68756634]],
  ['dense', dense, 3, [2, 3], [0.4631606, -0.06794162, 0.26507297, 0.06411676], [0.64668703, -0.76275545]],
  [
    'conv2d',
    conv,
    1,
    [1, 3, 3, 1],
    [0.75966549, 0.1141264, 0.00576209, -0.3570632, -0.18271381, 0.23977695, -0.27695167, 0.42825282],
    [0.83284527, -0.5535059],
  ],
  [
    'conv2d',
    conv,
    3,
    [1, 3, 3, 1],
    [0.74952906, 0.10929953, 0.00721015, -0.35464978, -0.17836961, 0.23301933, -0.2711595, 0.41859912],
    [0.77119762, -0.6365959],
  ],
];

describe('spectralNormalization', () => {
  test.each(golden)('of %s as in Keras (%#)', (kind, layer, powerIterations, shape, y, u) => {
    const [batch, ...sample] = shape as [number, ...number[]];
    const wrapped = layers.spectralNormalization({ layer, powerIterations });
    const built = buildLayer(wrapped, sample, { batch, isTraining: true });
    const feeds: Record<string, readonly number[]> = {
      ...built.feeds,
      x: pattern(batch * sample.reduce((a, b) => a * b, 1), inputAt),
      'tested.layer.bias': [0.1, -0.2],
      'tested.vectorU': [0.03, -0.01],
    };
    const kernel = pattern(feeds['tested.layer.kernel']!.length, kernelAt);
    // Graphs see the kernel of a dense layer as [units, inputs].
    const swapped = [0, 1].flatMap((unit) => kernel.filter((_, i) => i % 2 === unit));
    feeds['tested.layer.kernel'] = kind === 'dense' ? swapped : kernel;
    expectClose(evaluated(built.output, feeds), y, 1e-6);
    expectClose(evaluated(built.moved.get('tested.vectorU')!, feeds), u, 1e-6);
  });

  test('after training the layer stretches no input by more than its largest singular value, 1', async () => {
    const model = sequential([
      layers.spectralNormalization({ layer: layers.dense({ units: 1, useBias: false }), inputShape: [3] }),
    ]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(model.countParams('trainable')).toBe(3);
    expect(model.countParams('nonTrainable')).toBe(1);
    // 5 x is out of reach: the steepest the layer can be is a kernel of length 1.
    const x = [
      [1, 0, 0],
      [0, 1, 0],
      [-1, 0, 0],
      [0, -1, 0],
    ];
    const before = await model.evaluate({ x, y: [5, 0, -5, 0] });
    await model.fit({ x, y: [5, 0, -5, 0] }, { epochs: 200, batchSize: 4 });
    const slopes = await model.predict([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(Math.hypot(...slopes.data)).toBeCloseTo(1, 4);
    expect(slopes.data[0]).toBeGreaterThan(0.9);
    expect((await model.evaluate({ x, y: [5, 0, -5, 0] })).loss).toBeLessThanOrEqual(before.loss!);
  });

  test('refuses no layer, one without a kernel, and no iteration', () => {
    const refused = (options: object) => () =>
      sequential([
        layers.input({ shape: [3] }),
        layers.spectralNormalization(options as Parameters<typeof layers.spectralNormalization>[0]),
      ]);
    expect(refused({})).toThrow(/no layer to normalize/);
    expect(refused({ layer: dense, powerIterations: 0 })).toThrow(/powerIterations/);
    expect(refused({ layer: layers.dropout(0.2) })).toThrow(/dropout has no kernel/);
  });
});
