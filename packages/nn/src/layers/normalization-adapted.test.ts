import { describe, expect, it } from 'vitest';
import { numbers } from '../graph/testing.ts';
import { loadModel, saveModel } from '../saving/model-file.ts';
import { sequential } from '../training/sequential.ts';
import { layers } from './layers.ts';
import { adapt, type NormalizationLayer } from './normalization.ts';
import { buildLayer, expectLayer } from './testing.ts';

const rows = [
  [1, 10, 5],
  [3, 30, 5],
  [5, 20, 5],
];

async function output(layer: NormalizationLayer, x: unknown, shape: readonly number[]): Promise<number[]> {
  return [...(await sequential([layers.input({ shape }), layer]).predict(x as never)).data];
}

describe('normalization', () => {
  it('adapted to data gives columns of mean 0 and variance 1; a constant column becomes 0', async () => {
    const layer = adapt(layers.normalization(), rows);
    expect(layer.mean!.map((value) => Math.round(value * 1e9) / 1e9)).toEqual([3, 20, 5]);
    expect(layer.variance![0]).toBeCloseTo(8 / 3, 10);
    const found = await output(layer, rows, [3]);
    const z = Math.sqrt(3 / 2);
    [-z, -z, 0, 0, z, 0, z, 0, 0].forEach((value, i) => {
      expect(found[i]!).toBeCloseTo(value, 5);
    });
  });

  it('axis null has one mean for all; axes [1, 3] have their own, as in Keras', async () => {
    const all = adapt(layers.normalization({ axis: null }), rows);
    expect(all.mean).toHaveLength(1);
    expect(all.mean![0]).toBeCloseTo(84 / 9, 10);
    // keras.layers.Normalization(axis=(1, 3)) has a moment for every pair of the first and the last axis.
    const images = { data: Float32Array.from(numbers(2 * 2 * 3 * 2)), shape: [2, 2, 3, 2] };
    const pairs = adapt(layers.normalization({ axis: [1, 3] }), images);
    expect(pairs.mean).toHaveLength(4);
    const own = [0, 1].flatMap((n) => [0, 1, 2].map((w) => images.data[n * 12 + 6 + w * 2 + 1]!));
    expect(pairs.mean![3]).toBeCloseTo(own.reduce((a, b) => a + b) / 6, 6);
  });

  it('inverted it gives the data back', async () => {
    const layer = adapt(layers.normalization(), rows);
    const back = { ...layer, invert: true };
    const model = sequential([layers.input({ shape: [3] }), layer, { ...back, name: 'back' }]);
    const found = [...(await model.predict(rows)).data];
    rows.flat().forEach((value, i) => {
      expect(found[i]!).toBeCloseTo(value, 4);
    });
  });

  it('has the gradient of finite differences, and is saved with its moments', async () => {
    const layer = layers.normalization({ mean: [1, -2], variance: [4, 0.25] });
    await expectLayer(buildLayer(layer, [3, 2]));
    const model = sequential([layers.input({ shape: [2] }), layer, layers.dense({ units: 1 })]);
    const loaded = await loadModel(await saveModel(model));
    expect(await loaded.predict([[1, 2]])).toEqual(await model.predict([[1, 2]]));
  });

  it.each<readonly [string, () => unknown, RegExp]>([
    [
      'no moments',
      () => sequential([layers.input({ shape: [2] }), layers.normalization()]),
      /has no moments yet/,
    ],
    ['one moment', () => layers.normalization({ mean: 1 }), /mean and variance go together/],
    ['a negative variance', () => layers.normalization({ mean: 0, variance: -1 }), /a variance is negative/],
    ['the batch axis', () => layers.normalization({ axis: 0 }), /axis is 0/],
    [
      'other columns',
      () => sequential([layers.input({ shape: [2] }), adapt(layers.normalization(), rows)]),
      /has 3 moments for 2/,
    ],
    ['NaN', () => adapt(layers.normalization(), [[1], [Number.NaN]]), /NaN/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
