import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../graph/testing.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

const SQUARE = Array.from({ length: 16 }, (_, i) => i + 1);
const RECTANGLE = SQUARE.slice(0, 12);

function augmented(layer: Layer, sample: readonly number[], x: readonly number[], key = 1): number[] {
  const batch = x.length / sample.reduce((a, b) => a * b, 1);
  return Array.from(evaluated(buildLayer(layer, sample, { batch, isTraining: true, key }).output, { x }));
}

/** Values that Keras 3.15 on TensorFlow 2.21 computed; bounds that meet leave nothing to chance. */
describe('transforms of images are those of Keras', () => {
  const shift = (fillMode: 'reflect' | 'nearest' | 'wrap' | 'constant'): Layer =>
    layers.randomTranslation({
      heightFactor: [0.25, 0.25],
      widthFactor: [0.5, 0.5],
      fillMode,
      fillValue: -1,
    });

  test.each([
    ['reflect', [2, 1, 1, 2, 2, 1, 1, 2, 6, 5, 5, 6, 10, 9, 9, 10]],
    ['nearest', [1, 1, 1, 2, 1, 1, 1, 2, 5, 5, 5, 6, 9, 9, 9, 10]],
    ['wrap', [15, 16, 13, 14, 3, 4, 1, 2, 7, 8, 5, 6, 11, 12, 9, 10]],
    ['constant', [-1, -1, -1, -1, -1, -1, 1, 2, -1, -1, 5, 6, -1, -1, 9, 10]],
  ] as const)('a shift, %s', (mode, expected) => {
    expect(augmented(shift(mode), [4, 4, 1], SQUARE)).toEqual(expected);
  });

  test('a shift by half a pixel', () => {
    const layer = layers.randomTranslation({
      heightFactor: [0.125, 0.125],
      widthFactor: [0, 0],
      fillMode: 'constant',
      fillValue: -1,
    });
    expect(augmented(layer, [4, 4, 1], SQUARE)).toEqual([
      0, 0.5, 1, 1.5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    ]);
  });

  test.each([
    [
      layers.randomRotation({ factor: [0.25, 0.25] }),
      [4, 4, 1],
      [4, 8, 12, 16, 3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13],
    ],
    [
      layers.randomRotation({ factor: [0.125, 0.125], fillMode: 'nearest' }),
      [4, 4, 1],
      [
        2.5, 3.55025, 7.08579, 10, 2.13604, 5.67157, 9.20711, 12.74264, 4.25736, 7.79289, 11.32843, 14.86396,
        7, 9.91421, 13.44975, 14.5,
      ],
    ],
    [
      layers.randomRotation({ factor: [0.1, 0.1], fillMode: 'constant' }),
      [3, 4, 1],
      [
        0.57972, 2.40714, 5.4318, 5.79258, 1.75976, 4.91992, 8.08008, 11.24024, 3.29038, 7.5682, 9.25503,
        3.44125,
      ],
    ],
    [
      layers.randomZoom({ heightFactor: [0.5, 0.5] }),
      [4, 4, 1],
      [1, 1.75, 3.25, 4, 4, 4.75, 6.25, 7, 10, 10.75, 12.25, 13, 13, 13.75, 15.25, 16],
    ],
    [
      layers.randomZoom({ heightFactor: [-0.5, -0.5], fillMode: 'nearest' }),
      [4, 4, 1],
      [4.75, 5.25, 5.75, 6.25, 6.75, 7.25, 7.75, 8.25, 8.75, 9.25, 9.75, 10.25, 10.75, 11.25, 11.75, 12.25],
    ],
    [
      layers.randomZoom({ heightFactor: [0.2, 0.2], widthFactor: [-0.3, -0.3], fillMode: 'constant' }),
      [3, 4, 1],
      [1.16, 1.72, 2.28, 2.84, 5.45, 6.15, 6.85, 7.55, 7.56, 8.12, 8.68, 9.24],
    ],
  ] as const)('a turn or zoom (%#)', (layer, sample, expected) => {
    const x = sample[0] === 3 ? RECTANGLE : SQUARE;
    expectClose(augmented(layer, sample, x), expected, 2e-5);
  });
});

const all: readonly (readonly [string, Layer])[] = [
  ['randomFlip', layers.randomFlip()],
  ['randomTranslation', layers.randomTranslation({ heightFactor: 0.5, widthFactor: 0.5 })],
  ['randomRotation', layers.randomRotation({ factor: 0.5 })],
  ['randomZoom', layers.randomZoom({ heightFactor: 0.5 })],
];

test.each(all)('%s draws anew for each image and key, and does nothing at inference', (_, layer) => {
  const images = Array.from({ length: 16 }, () => SQUARE.map((value) => value ** 2)).flat();
  const first = augmented(layer, [4, 4, 1], images);
  expect(augmented(layer, [4, 4, 1], images)).toEqual(first);
  expect(augmented(layer, [4, 4, 1], images, 2)).not.toEqual(first);
  const kinds = new Set(Array.from({ length: 16 }, (_, i) => first.slice(16 * i, 16 * i + 16).join()));
  expect(kinds.size).toBeGreaterThanOrEqual(layer.kind === 'randomFlip' ? 3 : 12);
  const still = buildLayer(layer, [4, 4, 1], { batch: 16 });
  expect(Array.from(evaluated(still.output, { x: images }))).toEqual(images);
});

test('randomFlip turns half of the images over along each axis, by itself', () => {
  const images = Array.from({ length: 2000 }, () => [0, 1, 2, 3]).flat();
  const counts = new Map<string, number>();
  const result = augmented(layers.randomFlip(), [2, 2, 1], images);
  for (let i = 0; i < 2000; i++) {
    const image = result.slice(4 * i, 4 * i + 4).join('');
    counts.set(image, (counts.get(image) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['0123', '1032', '2301', '3210']);
  // Five standard deviations of a count of 2000 draws with probability 1/4.
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(97);
});

test('flips in one direction leave the other', () => {
  const images = Array.from({ length: 50 }, () => [0, 1, 2, 3]).flat();
  const seen = (mode: 'horizontal' | 'vertical'): readonly string[] => {
    const result = augmented(layers.randomFlip({ mode }), [2, 2, 1], images);
    return [...new Set(Array.from({ length: 50 }, (_, i) => result.slice(4 * i, 4 * i + 4).join('')))].sort();
  };
  expect(seen('horizontal')).toEqual(['0123', '1032']);
  expect(seen('vertical')).toEqual(['0123', '2301']);
});

test('shifts keep within their bounds, and fill them', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 0.4, noNaN: true }),
      fc.integer({ min: 1, max: 1e6 }),
      (bound, key) => {
        const layer = layers.randomTranslation({
          heightFactor: [-bound, 0],
          widthFactor: [0, 0],
          fillMode: 'nearest',
        });
        // Rows of a ramp: a shift shows as a difference.
        const ramp = Array.from({ length: 200 }, () => Array.from({ length: 10 }, (_, i) => i)).flat();
        const result = augmented(layer, [10, 1, 1], ramp, key);
        const shifts = Array.from({ length: 200 }, (_, i) => result[10 * i + 3]! - 3);
        expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-1e-6);
        expect(Math.max(...shifts)).toBeLessThanOrEqual(10 * bound + 1e-6);
        expect(Math.max(...shifts)).toBeGreaterThanOrEqual(8 * bound);
      },
    ),
    { numRuns: 15 },
  );
});

test('images stay images: no value beyond the largest and the smallest', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('reflect', 'nearest', 'wrap'),
      fc.constantFrom('bilinear', 'nearest'),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      (fillMode, interpolation, height, width) => {
        const options = { fillMode, interpolation } as const;
        const x = Array.from({ length: 2 * height * width }, (_, i) => Math.sin(7 * i));
        for (const layer of [
          layers.randomTranslation({ heightFactor: 1, widthFactor: 1, ...options }),
          layers.randomRotation({ factor: 1, ...options }),
          layers.randomZoom({ heightFactor: 1, widthFactor: 1, ...options }),
        ]) {
          for (const value of augmented(layer, [height, width, 1], x)) {
            expect(value).toBeGreaterThanOrEqual(Math.min(...x) - 1e-9);
            expect(value).toBeLessThanOrEqual(Math.max(...x) + 1e-9);
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a network with augmentation trains, and predicts without it', async () => {
  const model = sequential([
    layers.randomFlip({ mode: 'horizontal', inputShape: [4, 4, 1] }),
    layers.randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 }),
    layers.randomRotation({ factor: 0.1 }),
    layers.randomZoom({ heightFactor: 0.2 }),
    layers.gaussianNoise({ stddev: 0.05 }),
    layers.flatten(),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy' });
  // Bright above or below: what no flip to the side, shift or slight turn takes away.
  const images = Array.from({ length: 64 }, (_, i) =>
    SQUARE.map((_, pixel) => Number(pixel < 8 === (i % 2 === 0))),
  );
  const x = { data: Float32Array.from(images.flat()), shape: [64, 4, 4, 1] };
  const y = { data: Float32Array.from(images, (_, i) => i % 2), shape: [64, 1] };
  const { epochs } = await model.fit({ x, y }, { epochs: 30, batchSize: 16, seed: 3 });
  expect(epochs.at(-1)!.metrics.loss!).toBeLessThan(0.5 * epochs[0]!.metrics.loss!);
  const { data } = await model.predict(x);
  expect(Array.from(data, (value) => Number(value > 0.5))).toEqual(Array.from(y.data));
});

test.each([
  [() => layers.randomTranslation({ heightFactor: 1.5, widthFactor: 0 }), /heightFactor is 1.5/],
  [() => layers.randomRotation({ factor: [0.2, 0.1] }), /factor is \[0.2,0.1\]/],
  [() => layers.randomZoom({ heightFactor: -0.1 }), /heightFactor is -0.1/],
  [() => layers.randomFlip({ mode: 'sideways' as never }), /unknown mode 'sideways'/],
  [() => layers.randomZoom({ heightFactor: 0.1, fillMode: 'mirror' as never }), /unknown fillMode 'mirror'/],
  [() => layers.randomZoom({ heightFactor: 0.1, interpolation: 'cubic' as never }), /unknown interpolation/],
  [() => layers.randomRotation({ factor: 0.1, angle: 3 } as never), /no option 'angle'/],
  [() => layers.upSampling2d({ interpolation: 'cubic' as never }), /unknown interpolation/],
])('bad options are refused (%#)', (make, message) => {
  expect(make).toThrow(message);
});

test('enlarging between pixels is that of Keras', () => {
  const layer = layers.upSampling2d({ size: 2, interpolation: 'bilinear' });
  const { output } = buildLayer(layer, [1, 2, 1], { batch: 1 });
  expect(Array.from(evaluated(output, { x: [1, 4] }))).toEqual([1, 1.75, 3.25, 4, 1, 1.75, 3.25, 4]);
});
