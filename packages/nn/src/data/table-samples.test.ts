import { LuthierError } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { columnwise } from './columnwise.ts';
import { parseCsv } from './csv.ts';
import type { Tensor } from './dataset.ts';
import { oneHot } from './encoding.ts';
import { impute } from './impute.ts';
import { standardize } from './scaling.ts';
import { type TableSamplesOptions, tableSamples } from './table-samples.ts';

const HOUSES = parseCsv(
  ['rooms,city,garden,price', '3,Ulm,true,200', '4,Bonn,false,300', ',Ulm,true,250', '5,Köln,false,400'].join(
    '\n',
  ),
  { name: 'houses' },
);

function failure(options: TableSamplesOptions): LuthierError {
  try {
    tableSamples(HOUSES, options);
  } catch (error) {
    if (error instanceof LuthierError) return error;
    throw error;
  }
  return expect.fail('no error');
}

describe('tableSamples', () => {
  test('makes inputs of columns and real targets of numbers', () => {
    const options = { target: 'price', categories: ['city'], missing: 'keep' } as const;
    const { x, y, features, categories, classes } = tableSamples(HOUSES, options);
    expect(features).toEqual(['rooms', 'city', 'garden']);
    expect(categories).toEqual({ city: ['Bonn', 'Köln', 'Ulm'] });
    expect(x).toEqual({ data: Float64Array.of(3, 2, 1, 4, 0, 0, Number.NaN, 2, 1, 5, 1, 0), shape: [4, 3] });
    expect(y).toEqual({ data: Float64Array.of(200, 300, 250, 400), shape: [4, 1] });
    expect(classes).toBeUndefined();
  });

  test('makes labels of texts, booleans and, when told, numbers', () => {
    const city = tableSamples(HOUSES, { target: 'city', features: ['price'] });
    expect(city.y).toEqual({ data: Int32Array.of(2, 0, 2, 1), shape: [4] });
    expect(city.classes).toEqual(['Bonn', 'Köln', 'Ulm']);
    const garden = tableSamples(HOUSES, { target: 'garden', features: ['price'] });
    expect(garden.classes).toEqual(['false', 'true']);
    expect(Array.from(garden.y.data)).toEqual([1, 0, 1, 0]);
    const price = tableSamples(HOUSES, { target: 'price', features: ['garden'], classify: true });
    expect(price.classes).toEqual(['200', '250', '300', '400']);
    expect(Array.from(price.y.data)).toEqual([0, 2, 1, 3]);
  });

  test('refuses a column of text without an encoder, naming it and the mend', () => {
    const error = failure({ target: 'price', missing: 'keep' });
    expect(error.code).toBe('LU_TABLE_TEXT');
    expect(error.message).toBe(
      "tableSamples: column 'city' of houses holds text ('Ulm' in row 1), and no encoder is named for it",
    );
    expect(error.fix).toContain("categories: ['city']");
    expect(failure({ target: 'city', features: ['price'], classify: false }).message).toContain(
      'which is no number',
    );
  });

  test('refuses missing values, drops their rows or keeps them, as told', () => {
    const options = { target: 'price', features: ['rooms'] };
    const error = failure(options);
    expect(error.message).toBe("houses: the value of column 'rooms' is missing in row 3");
    expect(error.fix).toContain('impute()');
    expect(Array.from(tableSamples(HOUSES, { ...options, missing: 'drop' }).y.data)).toEqual([200, 300, 400]);
    expect(failure({ target: 'rooms', features: ['price'], missing: 'keep' }).code).toBe('LU_TABLE_MISSING');
    expect(failure({ ...options, missing: 'fill' as 'keep' }).message).toContain("missing is 'fill'");
  });

  test('refuses columns that are not there, and the target among the features', () => {
    expect(failure({ target: 'prize' }).message).toContain("did you mean 'price'?");
    expect(failure({ target: 'price', features: ['price'] }).message).toContain('among the features');
    expect(failure({ target: 'price', features: [] }).message).toContain('no features');
  });
});

const column = (...values: number[]): Tensor => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});

describe('impute', () => {
  const gap = Number.NaN;
  const x: Tensor = { data: Float64Array.of(1, gap, 3, 4, 5, gap, 7, 5, 9, gap, 8, 9), shape: [4, 3] };

  // SimpleImputer of scikit-learn 1.9.1 on these rows.
  test.each([
    ['mean', [4, 6, 7]],
    ['median', [4, 5, 9]],
    ['mostFrequent', [1, 5, 9]],
  ] as const)('fills in the %s of the training values', (by, fill) => {
    const fitted = impute({ by }).fit(x);
    expect(Array.from(fitted.fill)).toEqual(fill);
    const once = fitted.transform({ data: Float64Array.of(gap, gap, 2), shape: [1, 3] });
    expect(Array.from(once.data)).toEqual([fill[0], fill[1], 2]);
  });

  test('fills in a number, also where training has none', () => {
    expect(Array.from(impute({ by: 0 }).fit(column(gap)).transform(column(gap, 3)).data)).toEqual([0, 3]);
    expect(() => impute().fit(column(gap, gap))).toThrow('column 0 has no value in the training data');
    expect(() => impute({ by: 'mode' as 'mean' })).toThrow("by is 'mode'");
  });
});

describe('columnwise', () => {
  test('prepares numbers and categories of one table apart', () => {
    const { x } = tableSamples(HOUSES, { target: 'price', categories: ['city'], missing: 'keep' });
    const fitted = columnwise([
      { columns: [2] },
      { columns: [1], steps: [oneHot({ unknown: 'zeros' })] },
      { columns: [0], steps: [impute(), standardize()] },
    ]).fit(x);
    const { data, shape } = fitted.transform(x);
    expect(shape).toEqual([4, 5]);
    // Rooms 3, 4, 4 (the mean), 5 have mean 4 and population variance 1/2.
    const half = Math.SQRT2;
    const expected = [1, 0, 0, 1, -half, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, half];
    for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 12);
  });

  test('refuses columns that are not there, no groups, and rows of another width', () => {
    expect(() => columnwise([])).toThrow('no groups');
    expect(() => columnwise([{ columns: [1] }]).fit(column(1))).toThrow('no column 1 among 1');
    const fitted = columnwise([{ columns: [0] }]).fit(column(1));
    expect(() => fitted.transform({ data: new Float64Array(2), shape: [1, 2] })).toThrow(
      'rows have 2 values',
    );
  });
});
