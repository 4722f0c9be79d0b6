import type { LuthierError } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { checkDataset, checkSamples } from './check-samples.ts';
import type { Samples, TensorData } from './dataset.ts';

const samples = (x: TensorData, xShape: number[], y: TensorData, yShape: number[] = [y.length]): Samples => ({
  x: { data: x, shape: xShape },
  y: { data: y, shape: yShape },
});
const good = samples(Float32Array.of(1, 2, 3, 4), [2, 2], Uint8Array.of(0, 1));

const refusal = (run: () => void): LuthierError => {
  try {
    run();
  } catch (error) {
    return error as LuthierError;
  }
  return expect.fail('no error');
};

describe('checkSamples', () => {
  test('accepts integer labels, one-hot rows and real targets', () => {
    checkSamples(good, 'train', { classes: 2 });
    checkSamples(samples(new Uint8Array(4), [2, 2], Float32Array.of(0, 1, 1, 0), [2, 2]), 'train', {
      classes: 2,
    });
    checkSamples(samples(new Uint8Array(4), [2, 2], Float32Array.of(-3.5, 1e6)), 'train');
  });

  test('names the part and both numbers when inputs and targets differ in number', () => {
    const error = refusal(() => checkSamples(samples(new Uint8Array(4), [2, 2], new Uint8Array(3)), 'train'));
    expect(error.code).toBe('LU_DATA_COUNT');
    expect(error.message).toBe('train: x has 2 samples, y has 3');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'names the first sample and value that is %s',
    (value) => {
      for (const Storage of [Float32Array, Float64Array]) {
        const bad = samples(Storage.of(1, 2, 3, 4, value, value), [3, 2], new Uint8Array(3));
        const error = refusal(() => checkSamples(bad, 'validation'));
        expect(error.code).toBe('LU_DATA_NOT_FINITE');
        expect(error.message).toBe(`validation.x: sample 2, value 0 is ${value}`);
      }
      const target = samples(new Uint8Array(2), [2, 1], Float32Array.of(0, value));
      expect(refusal(() => checkSamples(target, 'train')).message).toContain('train.y: sample 1');
    },
  );

  test.each([
    [Uint8Array.of(0, 2), 2],
    [Int32Array.of(0, -1), -1],
    [Float32Array.of(0, 0.5), 0.5],
  ])('names a label out of range: %s', (labels, label) => {
    const error = refusal(() =>
      checkSamples(samples(new Uint8Array(4), [2, 2], labels), 'test', { classes: 2 }),
    );
    expect(error.code).toBe('LU_DATA_LABEL');
    expect(error.message).toBe(`test.y: sample 1 has label ${label}; 2 classes have the labels 0 to 1`);
  });

  test('refuses empty parts', () => {
    const empty = refusal(() => checkSamples(samples(new Uint8Array(0), [0, 2], new Uint8Array(0)), 'train'));
    expect(empty.code).toBe('LU_DATA_EMPTY');
    expect(empty.message).toContain('train.x');
  });

  test('refuses shapes that do not count the data', () => {
    for (const shape of [[2, 3], [], [-2, -2], [1.5, 2]]) {
      const error = refusal(() =>
        checkSamples(samples(new Uint8Array(4), shape, new Uint8Array(2)), 'train'),
      );
      expect(error.code).toBe('LU_DATA_SHAPE');
    }
  });
});

describe('checkDataset', () => {
  test('checks every part by its name', () => {
    const bad = samples(Float32Array.of(1, 2), [1, 2], Uint8Array.of(7));
    checkDataset({ name: 'set', train: good, validation: good, test: good, classes: ['a', 'b'] });
    const error = refusal(() => checkDataset({ name: 'set', train: good, test: bad, classes: ['a', 'b'] }));
    expect(error.message).toContain('set.test.y: sample 0 has label 7');
  });

  test('refuses parts whose samples differ in shape', () => {
    const narrow = samples(Float32Array.of(1), [1, 1], Uint8Array.of(0));
    const error = refusal(() => checkDataset({ name: 'set', train: good, validation: narrow }));
    expect(error.message).toBe('set.validation.x: a sample has shape [1], in train it has [2]');
  });
});
