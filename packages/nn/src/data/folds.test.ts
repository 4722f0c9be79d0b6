import type { LuthierError } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Samples } from './dataset.ts';
import type { Folds } from './fold.ts';
import { groupKFold, kFold, repeatedKFold, stratifiedKFold } from './k-fold.ts';
import { leaveOneOut, shuffleSplit, timeSeriesSplit } from './resampling.ts';

const labelled = (labels: readonly number[]): Samples => ({
  x: { data: new Uint8Array(labels.length), shape: [labels.length, 1] },
  y: { data: Uint8Array.from(labels), shape: [labels.length] },
});
const held = (folds: Folds, data: Samples | number): number[][] =>
  folds.split(data).map(({ validation }) => Array.from(validation));
const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);
const refusal = (run: () => unknown): LuthierError => {
  try {
    run();
  } catch (error) {
    return error as LuthierError;
  }
  return expect.fail('no error');
};

// Expected row numbers: scikit-learn 1.9.1 with the same arguments.
describe('the folds of scikit-learn', () => {
  test('[#88] [K3] kFold of 10 samples in 3 holds out 0-3, 4-6 and 7-9', () => {
    expect(held(kFold({ k: 3 }), 10)).toEqual([range(0, 4), range(4, 7), range(7, 10)]);
    expect(kFold().split(10).length).toBe(5);
  });

  test('[K3] stratifiedKFold of six 0 and four 1 in 3', () => {
    const data = labelled([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(held(stratifiedKFold({ k: 3 }), data)).toEqual([
      [0, 1, 6, 7],
      [2, 3, 8],
      [4, 5, 9],
    ]);
  });

  test('[K3] groupKFold of five groups in 3 puts the largest into the lightest fold', () => {
    const groups = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4];
    const expected = [
      [0, 1, 2],
      [3, 4, 7, 8],
      [5, 6, 9],
    ];
    expect(held(groupKFold({ k: 3, groups }), 10)).toEqual(expected);
    expect(held(groupKFold({ k: 3, groups: groups.map((group) => `g${group}`) }), 10)).toEqual(expected);
  });

  test('[K3] timeSeriesSplit of 10 samples in 3 trains on 4, 6 and 8', () => {
    const folds = timeSeriesSplit({ splits: 3 }).split(10);
    expect(folds.map(({ train }) => Array.from(train))).toEqual([range(0, 4), range(0, 6), range(0, 8)]);
    expect(folds.map(({ validation }) => Array.from(validation))).toEqual([
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
  });

  test('timeSeriesSplit keeps gap, size and longest training part', () => {
    // The example of scikit-learn's documentation: 12 samples, 3 splits, test_size 2, gap 2; then max_train_size 3.
    const options = { splits: 3, validationSize: 2, gap: 2 };
    const train = (folds: Folds): number[][] => folds.split(12).map((fold) => Array.from(fold.train));
    expect(train(timeSeriesSplit(options))).toEqual([range(0, 4), range(0, 6), range(0, 8)]);
    expect(held(timeSeriesSplit(options), 12)).toEqual([
      [6, 7],
      [8, 9],
      [10, 11],
    ]);
    expect(train(timeSeriesSplit({ ...options, maxTrainSize: 3 }))).toEqual([
      range(1, 4),
      range(3, 6),
      range(5, 8),
    ]);
  });

  test('shuffleSplit rounds the held-out share up and the training share down', () => {
    const [fold] = shuffleSplit({ splits: 1, validation: 0.25, train: 0.5 }).split(11);
    expect([fold!.validation.length, fold!.train.length]).toEqual([3, 5]);
    expect(
      shuffleSplit()
        .split(100)
        .map((each) => each.validation.length),
    ).toEqual(Array(10).fill(10));
  });
});

describe('folds', () => {
  test('[#88] hold out every sample exactly once and train on all others', () => {
    const cases = fc.record({
      count: fc.integer({ min: 8, max: 120 }),
      k: fc.integer({ min: 2, max: 8 }),
      seed: fc.nat(),
      shuffle: fc.boolean(),
      which: fc.constantFrom('plain', 'stratified', 'group', 'repeated'),
    });
    fc.assert(
      fc.property(cases, ({ count, k, seed, shuffle, which }) => {
        const rows = range(0, count);
        const data = labelled(rows.map((row) => (row * 7) % 3));
        const folds = {
          plain: kFold({ k, seed, shuffle }),
          stratified: stratifiedKFold({ k, seed, shuffle, allowSmallClasses: true }),
          group: groupKFold({ k, seed, shuffle, groups: rows.map((row) => row % 8) }),
          repeated: repeatedKFold({ k, seed, repeats: 1 }),
        }[which];
        fc.pre(which !== 'stratified' || Math.ceil(count / 3) >= k);
        const splits = folds.split(data);
        expect(splits.length).toBe(k);
        expect(splits.flatMap(({ validation }) => Array.from(validation)).sort((a, b) => a - b)).toEqual(
          rows,
        );
        for (const { train, validation } of splits) {
          expect(validation.length).toBeGreaterThan(0);
          expect([...train, ...validation].sort((a, b) => a - b)).toEqual(rows);
        }
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test('stratified ones give each fold every class within one sample of its share', () => {
    const labels = range(0, 97).map((row) => (row < 50 ? 0 : row < 80 ? 1 : 2));
    for (const shuffle of [false, true]) {
      for (const rows of held(stratifiedKFold({ k: 4, shuffle, seed: 3 }), labelled(labels))) {
        for (const [label, size] of [50, 30, 17].entries()) {
          expect(Math.abs(rows.filter((row) => labels[row] === label).length - size / 4)).toBeLessThan(1);
        }
      }
    }
  });

  test('never divide a group', () => {
    const groups = range(0, 60).map((row) => `patient ${(row * 13) % 11}`);
    for (const shuffle of [false, true]) {
      for (const { train, validation } of groupKFold({ k: 4, groups, shuffle, seed: 5 }).split(60)) {
        const inside = new Set(Array.from(validation, (row) => groups[row]));
        expect(Array.from(train).some((row) => inside.has(groups[row]))).toBe(false);
      }
    }
  });

  test('repeat with another shuffle each time, the same for the same seed', () => {
    const first = held(repeatedKFold({ k: 2, repeats: 3, seed: 1 }), 20);
    expect(first.length).toBe(6);
    expect(held(repeatedKFold({ k: 2, repeats: 3, seed: 1 }), 20)).toEqual(first);
    expect(new Set([first[0], first[2], first[4]].map(String)).size).toBe(3);
    const classes = labelled(range(0, 20).map((row) => (row < 4 ? 1 : 0)));
    for (const rows of held(repeatedKFold({ k: 4, repeats: 2, stratify: true }), classes)) {
      expect(rows.filter((row) => row < 4).length).toBe(1);
    }
  });

  test('leave one out, in order', () => {
    expect(held(leaveOneOut(), 4)).toEqual([[0], [1], [2], [3]]);
  });

  // Row i is held out with probability 0.2 in each of 2,000 draws: mean 400, standard deviation 17.9. Five of those allow
  // a false alarm below 1e-4 over all 20 rows.
  test('of shuffleSplit hold out every row equally often, and never train on it', () => {
    const counts = new Array<number>(20).fill(0);
    for (const { train, validation } of shuffleSplit({ splits: 2000, validation: 0.2, seed: 9 }).split(20)) {
      for (const row of validation) counts[row]! += 1;
      expect(new Set([...train, ...validation]).size).toBe(20);
    }
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(90);
  });

  test('of a time series never train on what is later', () => {
    for (const { train, validation } of timeSeriesSplit({ splits: 4, gap: 3 }).split(50)) {
      expect(validation[0]! - train.at(-1)!).toBe(4);
    }
  });
});

describe('folds that cannot be', () => {
  test('are refused with the reason and the mend', () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => kFold({ k: 11 }).split(10), 'kFold: k is 11, but there are only 10 samples'],
      [() => kFold({ k: 1 }), 'kFold: k is 1, outside the integers from 2'],
      [() => kFold({ k: 2.5 }), 'kFold: k is 2.5'],
      [() => kFold({ splits: 3 } as object), "kFold has no option 'splits'"],
      [() => kFold().split(0), 'kFold: 0 is not a number of samples'],
      [() => stratifiedKFold().split(10), 'stratifiedKFold needs one label a sample, found only a count'],
      [
        () => stratifiedKFold({ k: 3 }).split(labelled([0, 0, 0, 0, 1, 1])),
        'stratifiedKFold: class 1 has 2 of the 3 members that 3 folds need',
      ],
      [
        () => stratifiedKFold({ k: 3, allowSmallClasses: true }).split(labelled([0, 0, 1, 1])),
        'class 0 has 2 of the 3 members',
      ],
      [() => groupKFold({ groups: [1, 2] }).split(3), 'groupKFold: 2 groups for 3 samples'],
      [
        () => groupKFold({ k: 3, groups: [1, 2, 2] }).split(3),
        'groupKFold: k is 3, but there are only 2 groups',
      ],
      [() => shuffleSplit({ validation: 10 }).split(10), '10 samples to validate and 0 to train'],
      [() => shuffleSplit({ validation: 0 }), 'validation is 0'],
      [() => leaveOneOut().split(1), 'only 1 samples'],
      [() => timeSeriesSplit({ splits: 5 }).split(5), 'splits + 1 is 6, but there are only 5 samples'],
      [() => timeSeriesSplit({ splits: 2, gap: 4 }).split(9), 'leave nothing of 9 samples to train on'],
    ];
    for (const [run, message] of cases) {
      const error = refusal(run);
      expect(error.message).toContain(message);
      expect(error.code).toMatch(/^LU_FOLDS_/);
      expect(error.fix).not.toBe('');
    }
  });

  test('a class smaller than the folds is accepted on request', () => {
    const folds = stratifiedKFold({ k: 3, allowSmallClasses: true });
    expect(held(folds, labelled([0, 0, 0, 0, 1, 1])).flat().length).toBe(6);
  });
});
