import { expect, test } from 'vitest';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

function applied(layer: Layer, sample: readonly number[], x: readonly number[]): number[] {
  const built = buildLayer(layer, sample, { batch: 1 });
  return Array.from(evaluated(built.output, { ...built.feeds, x }));
}

test('layers that move values move them as Keras documents', () => {
  expect(applied(layers.permute({ dims: [2, 1] }), [2, 3], [1, 2, 3, 4, 5, 6])).toEqual([1, 4, 2, 5, 3, 6]);
  expect(applied(layers.repeatVector({ n: 2 }), [3], [1, 2, 3])).toEqual([1, 2, 3, 1, 2, 3]);
  expect(applied(layers.zeroPadding1d(), [2, 1], [1, 2])).toEqual([0, 1, 2, 0]);
  expect(
    applied(
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [0, 1],
        ],
      }),
      [1, 2, 1],
      [1, 2],
    ),
  ).toEqual([0, 0, 0, 1, 2, 0]);
  expect(applied(layers.cropping1d(), [4, 1], [1, 2, 3, 4])).toEqual([2, 3]);
  expect(
    applied(
      layers.cropping2d({
        cropping: [
          [1, 0],
          [0, 1],
        ],
      }),
      [2, 2, 1],
      [1, 2, 3, 4],
    ),
  ).toEqual([3]);
  expect(applied(layers.upSampling1d(), [2, 2], [1, 2, 3, 4])).toEqual([1, 2, 1, 2, 3, 4, 3, 4]);
  expect(applied(layers.upSampling2d({ size: [1, 2] }), [2, 2, 1], [1, 2, 3, 4])).toEqual([
    1, 1, 2, 2, 3, 3, 4, 4,
  ]);
});

test('dense acts on the last axis alone', () => {
  const layer = layers.dense({ units: 2 });
  const three = buildLayer(layer, [2, 3], { batch: 2 });
  const rows = buildLayer(layer, [3], { batch: 4 });
  expect(three.output.shape).toEqual([2, 2, 2]);
  expect(evaluated(three.output, three.feeds)).toEqual(
    evaluated(rows.output, { ...three.feeds, x: rows.feeds.x! }),
  );
  expect(sequential([layers.dense({ units: 5, inputShape: [7, 3] })]).countParams()).toBe(20);
});

test('prelu multiplies what is negative by its slope', () => {
  const built = buildLayer(layers.prelu(), [3], { batch: 1 });
  const feeds = { x: [-2, 3, -4], 'tested.alpha': [0.5, 9, -1] };
  expect(Array.from(evaluated(built.output, feeds))).toEqual([-1, 3, 4]);
});

test('shapes and options that do not fit are refused, naming the layer', () => {
  const after = (shape: readonly number[], layer: Layer): (() => unknown) => {
    return () => sequential([layers.input({ shape }), layer]);
  };
  expect(after([5], layers.reshape({ targetShape: [2, 3], name: 'fold' }))).toThrow(
    /reshape 'fold' cannot follow/,
  );
  expect(after([5], layers.reshape({ targetShape: [-1, 2] }))).toThrow(/5 values/);
  expect(after([5], layers.permute({ dims: [2, 1], name: 'swap' }))).toThrow(
    /permute 'swap' .* orders 2 axes/,
  );
  expect(after([5, 2], layers.repeatVector({ n: 2, name: 'again' }))).toThrow(
    /repeatVector 'again' cannot follow/,
  );
  expect(after([5], layers.zeroPadding2d({ name: 'frame' }))).toThrow(/zeroPadding2d 'frame' cannot follow/);
  expect(after([2, 1], layers.cropping1d({ name: 'cut' }))).toThrow(
    /cropping1d 'cut' .* takes everything away/,
  );
  expect(after([2], layers.upSampling1d({ name: 'up' }))).toThrow(/upSampling1d 'up' cannot follow/);
  expect(after([2], layers.prelu({ sharedAxes: [2], name: 'bend' }))).toThrow(/prelu 'bend' .* axis 2/);
  expect(() => layers.reshape({ targetShape: [-1, -1] })).toThrow(/-1 twice/);
  expect(() => layers.permute({ dims: [1, 3] })).toThrow(/no order of axes/);
  expect(() => layers.zeroPadding1d({ padding: -1 })).toThrow(/padding is -1/);
  expect(() => layers.upSampling2d({ size: 0 })).toThrow(/size is 0/);
  expect(() => layers.repeatVector({ n: 1.5 })).toThrow(/n is 1.5/);
  expect(() => layers.prelu({ alpha: 1 } as never)).toThrow(/no option 'alpha'/);
});

test('labels, one a sample, do not fit an output of several rows', async () => {
  const model = sequential([
    layers.dense({ units: 3, inputShape: [2, 2], activation: 'softmax', name: 'rows' }),
  ]);
  for (const loss of ['sparseCategoricalCrossentropy', 'categoricalCrossentropy'] as const) {
    const fit = model.compile({ loss }).fit({
      x: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      y: [0],
    });
    await expect(fit).rejects.toThrow(expect.objectContaining({ code: 'LU_DATA_TARGET' }));
  }
});
