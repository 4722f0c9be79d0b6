import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowSize, type Samples, sampleCount } from './dataset.ts';
import { slice, splitIndices, take, trainValidationSplit } from './split.ts';

/** Samples whose two values are their number and its negative, labelled by `label(number)`. */
function numbered(count: number, label: (row: number) => number = (row) => row % 3): Samples {
  const x = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
  return {
    x: { data: x, shape: [count, 2] },
    y: { data: Uint8Array.from({ length: count }, (_, row) => label(row)), shape: [count] },
  };
}

const numbers = (samples: Samples): number[] => Array.from(samples.x.data).filter((_, i) => i % 2 === 0);
const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);

describe('slice and take', () => {
  test('slice is a view of the same memory', () => {
    const all = numbered(5);
    const part = slice(all, 1, 3);
    expect(numbers(part)).toEqual([1, 2]);
    expect(Array.from(part.y.data)).toEqual([1, 2]);
    expect(part.x.shape).toEqual([2, 2]);
    expect(part.x.data.buffer).toBe(all.x.data.buffer);
    expect(numbers(slice(all, 3))).toEqual([3, 4]);
  });

  test('take gathers rows in the given order, repeats included, and keeps the storage', () => {
    const part = take(numbered(5), [4, 0, 4]);
    expect(numbers(part)).toEqual([4, 0, 4]);
    expect(part.y.data).toEqual(Uint8Array.of(1, 0, 1));
  });

  test('rows that are not there are refused', () => {
    const all = numbered(5);
    expect(() => slice(all, 2, 6)).toThrow('[2, 6) does not lie within 5 samples');
    expect(() => slice(all, -1)).toThrow('[-1, 5) does not lie within 5 samples');
    expect(() => take(all, [5])).toThrow('no sample 5 among 5');
    expect(() => take(all, [0.5])).toThrow('no sample 0.5');
  });

  test('sizes come from the shape', () => {
    expect(sampleCount(numbered(5))).toBe(5);
    expect(rowSize({ data: new Uint8Array(24), shape: [2, 3, 4] })).toBe(12);
    expect(rowSize({ data: new Uint8Array(2), shape: [2] })).toBe(1);
  });
});

describe('trainValidationSplit', () => {
  test('[#87] in order the parts are x[:trainCount] and x[trainCount:], as views', () => {
    const all = numbered(10);
    const { train, validation } = trainValidationSplit(all, { trainCount: 7 });
    expect(numbers(train)).toEqual(range(0, 7));
    expect(numbers(validation)).toEqual(range(7, 10));
    expect(train.x.data.buffer).toBe(all.x.data.buffer);
    expect(validation.y.data.buffer).toBe(all.y.data.buffer);
  });

  test('a share rounds to the nearest count', () => {
    expect(sampleCount(trainValidationSplit(numbered(10), { validation: 0.25 }).validation)).toBe(3);
    expect(sampleCount(trainValidationSplit(numbered(1797), { validation: 0.2 }).validation)).toBe(359);
  });

  test('[#87] every variant divides all samples into disjoint parts with their own labels', () => {
    const variants = fc.record({
      count: fc.integer({ min: 2, max: 200 }),
      share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      seed: fc.nat(),
      variant: fc.constantFrom({}, { shuffle: true }, { stratify: true }),
    });
    fc.assert(
      fc.property(variants, ({ count, share, seed, variant }) => {
        fc.pre(Math.round(count * share) >= 1 && Math.round(count * share) < count);
        const all = numbered(count);
        const options = { validation: share, seed, ...variant };
        const { train, validation } = trainValidationSplit(all, options);
        const rows = splitIndices(all, options);
        expect(numbers(train)).toEqual(Array.from(rows.train));
        expect(numbers(validation)).toEqual(Array.from(rows.validation));
        expect(rows.validation.length).toBe(Math.round(count * share));
        expect([...rows.train, ...rows.validation].sort((a, b) => a - b)).toEqual(range(0, count));
        for (const part of [train, validation]) {
          expect(Array.from(part.y.data)).toEqual(numbers(part).map((row) => row % 3));
        }
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test('[#87] the shuffle is set by the seed and differs from the order of the file', () => {
    const all = numbered(100);
    const rows = (seed: number): number[] =>
      Array.from(splitIndices(all, { validation: 0.3, shuffle: true, seed }).validation);
    expect(rows(1)).toEqual(rows(1));
    expect(rows(1)).not.toEqual(rows(2));
    expect(rows(1)).not.toEqual(range(70, 100));
  });

  // Each row is held out with probability 0.25. Over 2,000 seeds its count has mean 500 and standard deviation 19.4;
  // five of those allow a false alarm below 1e-4 over all 40 rows.
  test('every sample is equally likely to be held out', () => {
    const all = numbered(40);
    const counts = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      for (const row of splitIndices(all, { validation: 0.25, shuffle: true, seed }).validation)
        counts[row]! += 1;
    }
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(97);
  });

  test('[#87] stratified parts hold every class within one sample of its share, and add up exactly', () => {
    const all = numbered(200, (row) => (row < 120 ? 0 : row < 190 ? 1 : 2));
    const { train, validation } = trainValidationSplit(all, { validation: 0.33, stratify: true, seed: 3 });
    const count = (part: Samples, label: number): number =>
      Array.from(part.y.data).filter((value) => value === label).length;
    for (const [label, size] of [120, 70, 10].entries()) {
      expect(Math.abs(count(validation, label) - size * 0.33)).toBeLessThan(1);
      expect(count(validation, label) + count(train, label)).toBe(size);
    }
    expect(sampleCount(validation)).toBe(66);
  });

  test('options that contradict each other or leave a part empty are refused', () => {
    const all = numbered(10);
    for (const options of [
      {},
      { trainCount: 5, validation: 0.5 },
      { trainCount: 0 },
      { trainCount: 10 },
      { trainCount: 2.5 },
      { validation: 0 },
      { validation: 1 },
      { validation: 0.01 },
      { validation: Number.NaN },
    ]) {
      expect(() => trainValidationSplit(all, options)).toThrow(/^split: /);
    }
  });

  test('stratifying one-hot rows is refused', () => {
    const { x } = numbered(4);
    expect(() => trainValidationSplit({ x, y: x }, { validation: 0.5, stratify: true })).toThrow(
      'stratify needs one label a sample, found labels of shape [4, 2]',
    );
  });
});
