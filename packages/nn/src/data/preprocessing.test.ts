import { describe, expect, test } from 'vitest';
import type { Dataset, Tensor } from './dataset.ts';
import { labelEncoder, oneHot } from './encoding.ts';
import { fitPreparation, prepareDataset } from './preprocessor.ts';
import { minMax, standardize } from './scaling.ts';
import { windows } from './windows.ts';

const column = (...values: number[]): Tensor => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});

describe('standardize', () => {
  // By hand: 1, 2, 3, 4 has mean 2.5 and population variance 1.25.
  test('centres and divides by the population standard deviation of the training data', () => {
    const fitted = standardize().fit(column(1, 2, 3, 4));
    expect(Array.from(fitted.offset)).toEqual([2.5]);
    expect(fitted.scale[0]).toBeCloseTo(Math.sqrt(1.25), 12);
    expect(fitted.transform(column(2.5, 5)).data[1]).toBeCloseTo(2.5 / Math.sqrt(1.25), 12);
    expect(fitted.inverse(fitted.transform(column(7))).data[0]).toBeCloseTo(7, 12);
  });

  test('treats every column alone, only centres a constant one, and keeps the shape', () => {
    const x: Tensor = { data: Uint8Array.of(10, 7, 20, 7), shape: [2, 2, 1] };
    const out = standardize().fit(x).transform(x);
    expect(out.shape).toEqual([2, 2, 1]);
    expect(out.data).toEqual(Float32Array.of(-1, 0, 1, 0));
    expect(Array.from(standardize().fit(column(0.1, 0.1, 0.1)).scale)).toEqual([1]);
  });
});

describe('minMax', () => {
  test('stretches the training range, and goes beyond it for other data', () => {
    expect(
      Array.from(
        minMax()
          .fit(column(2, 4, 6))
          .transform(column(2, 3, 6, 8)).data,
      ),
    ).toEqual([0, 0.25, 1, 1.5]);
    const fitted = minMax({ range: [-1, 1] }).fit(column(2, 4, 6));
    expect(Array.from(fitted.transform(column(2, 4, 6)).data)).toEqual([-1, 0, 1]);
    expect(Array.from(fitted.inverse(column(-1, 1)).data)).toEqual([2, 6]);
    expect(
      Array.from(
        minMax({ range: [3, 4] })
          .fit(column(5, 5))
          .transform(column(5)).data,
      ),
    ).toEqual([3]);
  });

  test('refuses a range that does not ascend, NaN and other columns', () => {
    expect(() => minMax({ range: [1, 1] })).toThrow('range [1, 1] does not ascend');
    expect(() => minMax().fit(column(1, Number.NaN))).toThrow('is NaN');
    expect(() =>
      minMax()
        .fit(column(1))
        .transform({ data: new Uint8Array(2), shape: [1, 2] }),
    ).toThrow('rows have 2 values, in the fit they had 1');
  });
});

describe('oneHot', () => {
  test('gives labels a column a class and categories a column each', () => {
    const labels = oneHot().fit({ data: Uint8Array.of(0, 2, 1), shape: [3] });
    expect(labels.transform({ data: Uint8Array.of(2, 0), shape: [2] })).toEqual({
      data: Uint8Array.of(0, 0, 1, 1, 0, 0),
      shape: [2, 3],
    });
    const mixed: Tensor = { data: Float64Array.of(5, 1, 5, 2, 9, 1), shape: [3, 2] };
    const fitted = oneHot().fit(mixed);
    expect(fitted.categories).toEqual([
      [5, 9],
      [1, 2],
    ]);
    expect(Array.from(fitted.transform(mixed).data)).toEqual([1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0]);
  });

  test('refuses an unknown value or writes zeros, as told', () => {
    expect(() => oneHot().fit(column(1, 2)).transform(column(3))).toThrow('row 0, column 0 has the value 3');
    expect(Array.from(oneHot({ unknown: 'zeros' }).fit(column(1, 2)).transform(column(3)).data)).toEqual([
      0, 0,
    ]);
    expect(() => oneHot({ unknown: 'skip' as 'zeros' })).toThrow("unknown is 'skip'");
  });
});

describe('labelEncoder', () => {
  test('numbers names in ascending order and back', () => {
    const encoder = labelEncoder().fit(['spam', 'ham', 'spam']);
    expect(encoder.classes).toEqual(['ham', 'spam']);
    expect(encoder.transform(['spam', 'ham'])).toEqual({ data: Int32Array.of(1, 0), shape: [2] });
    expect(encoder.inverse({ data: Int32Array.of(0, 1), shape: [2] })).toEqual(['ham', 'spam']);
    expect(labelEncoder().fit([10, 9, 100]).classes).toEqual([9, 10, 100]);
  });

  test('refuses names and labels it has not met', () => {
    const encoder = labelEncoder().fit(['spam', 'ham']);
    expect(() => encoder.transform(['ham', 'spamm'])).toThrow(
      "value 1, 'spamm', is not of the training data; did you mean 'spam'?",
    );
    expect(() => encoder.inverse({ data: Int32Array.of(2), shape: [1] })).toThrow('label 2');
    expect(() => labelEncoder().fit([])).toThrow('no values');
  });
});

describe('a preparation', () => {
  const samples = (...values: number[]): Dataset['train'] => ({ x: column(...values), y: column(...values) });

  test('is fitted on the training part alone, step after step', () => {
    const data: Dataset = { name: 'set', train: samples(0, 10), validation: samples(20), test: samples(-10) };
    const prepared = prepareDataset(data, { x: [minMax(), standardize()], y: [minMax()] });
    expect(Array.from(prepared.train.x.data)).toEqual([-1, 1]);
    expect(Array.from(prepared.validation!.x.data)).toEqual([3]);
    expect(Array.from(prepared.test!.x.data)).toEqual([-3]);
    expect(Array.from(prepared.test!.y.data)).toEqual([-1]);
    const other = prepareDataset({ ...data, validation: samples(1e9) }, { x: [minMax()] });
    expect(other.train).toEqual(prepareDataset(data, { x: [minMax()] }).train);
  });

  test('without steps changes nothing', () => {
    const train = samples(1, 2);
    expect(fitPreparation({}, train)(train)).toEqual(train);
  });
});

describe('windows', () => {
  test('pair each run of steps with what follows', () => {
    const { x, y } = windows([1, 2, 3, 4, 5], { length: 3 });
    expect(x).toEqual({ data: Float64Array.of(1, 2, 3, 2, 3, 4), shape: [2, 3] });
    expect(y).toEqual({ data: Float64Array.of(4, 5), shape: [2, 1] });
  });

  test('keep gap, horizon, stride and the target column', () => {
    const series: Tensor = {
      data: Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? i / 2 : 100 + (i - 1) / 2)),
      shape: [10, 2],
    };
    const { x, y } = windows(series, { length: 2, gap: 1, horizon: 2, stride: 3, target: 1 });
    expect(x.shape).toEqual([2, 2, 2]);
    expect(Array.from(x.data)).toEqual([0, 100, 1, 101, 3, 103, 4, 104]);
    expect(y.shape).toEqual([2, 2]);
    expect(Array.from(y.data)).toEqual([103, 104, 106, 107]);
  });

  test('refuse a series shorter than a sample and a column that is not there', () => {
    expect(() => windows([1, 2, 3], { length: 3 })).toThrow('a sample spans 4 steps, the series has 3');
    expect(() => windows([1, 2, 3], { length: 1, target: 1 })).toThrow('target is 1');
    expect(() => windows([1, 2, 3], { length: 0 })).toThrow('length is 0');
  });
});
