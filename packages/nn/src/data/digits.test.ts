import { describe, expect, test } from 'vitest';
import { checkDataset } from './check-samples.ts';
import type { Dataset, Samples } from './dataset.ts';
import { digits } from './digits.ts';

const parts = (data: Dataset): readonly Samples[] =>
  [data.train, data.validation, data.test].filter((part) => part !== undefined);
const rows = (data: Dataset): string[] =>
  parts(data).flatMap(({ x, y }) =>
    Array.from(y.data, (label, i) => `${Array.from(x.data.subarray(i * 64, i * 64 + 64))}:${label}`),
  );

describe('digits', () => {
  // Counts of scikit-learn's load_digits: numpy.bincount(target); pixel sum: data.sum().
  test('are the 1,797 images of scikit-learn', async () => {
    const data = await digits();
    const counts = new Array<number>(10).fill(0);
    let sum = 0;
    for (const { x, y } of parts(data)) {
      for (const label of y.data) counts[label]! += 1;
      for (const value of x.data) sum += value;
    }
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect(sum).toBe(561_718);
    expect(() => checkDataset(data)).not.toThrow();
  });

  test('divide into 1,079, 359 and 359 unless told otherwise', async () => {
    expect(parts(await digits()).map((part) => part.x.shape)).toEqual([
      [1079, 64],
      [359, 64],
      [359, 64],
    ]);
    expect(parts(await digits({ validation: 0.5, test: 0 })).map((part) => part.y.shape)).toEqual([
      [898],
      [899],
    ]);
  });

  test('are all in the training part, in the order of the file, when nothing is held out', async () => {
    const data = await digits({ validation: 0, test: 0 });
    expect(data.validation).toBeUndefined();
    expect(data.test).toBeUndefined();
    expect(data.train.x.shape).toEqual([1797, 64]);
    expect(Array.from(data.train.y.data.subarray(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('hold every image exactly once, in an order set by the seed', async () => {
    const [first, again, other] = [
      await digits({ seed: 1 }),
      await digits({ seed: 1 }),
      await digits({ seed: 2 }),
    ];
    expect(rows(first)).toEqual(rows(again));
    expect(rows(first)).not.toEqual(rows(other));
    expect(rows(first).sort()).toEqual(rows(other).sort());
  });

  test('refuse shares that leave nothing to train on', async () => {
    for (const options of [
      { validation: 0.6, test: 0.4 },
      { validation: -0.1 },
      { test: -0.1 },
      { validation: NaN },
    ]) {
      await expect(digits(options)).rejects.toThrow(/^digits: /);
    }
  });
});
