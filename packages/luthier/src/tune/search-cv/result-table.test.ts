import { describe, expect, test } from 'vitest';
import { type FitRow, ranks, resultTable } from './result-table.ts';

/** Samples 0 to 11 in three folds of four: mean of the held-out and of the training part. */
const HELD = [1.5, 5.5, 9.5];
const TRAIN = [7.5, 5.5, 3.5];
const candidates = [1, 2, 3].flatMap((a) => [1, 2].map((b) => ({ a, b })));
const scoreOf = (a: number, b: number, v: number): number =>
  a === 3 && b === 2 ? Number.NaN : a * v - (b * v * v) / 10;
const rows: readonly FitRow[] = candidates.flatMap(({ a, b }, candidate) =>
  HELD.map((v, split) => ({
    candidate,
    split,
    testScores: { accuracy: scoreOf(a, b, v) },
    trainScores: { accuracy: scoreOf(a, b, TRAIN[split]!) },
    fitSeconds: 1 + split,
    scoreSeconds: 0.5,
  })),
);

function expectClose(found: unknown, expected: readonly number[]): void {
  const values = found as readonly number[];
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    if (Number.isNaN(value)) expect(values[i]).toBeNaN();
    else expect(values[i]).toBeCloseTo(value, 12);
  }
}

describe('resultTable', () => {
  // GridSearchCV of scikit-learn 1.9.1 with an estimator of the same scores.
  test('[#71] [K3] has the numbers of cv_results_', () => {
    const table = resultTable(candidates, 3, rows, ['accuracy']);
    expectClose(table.split0TestScore, [1.275, 1.05, 2.775, 2.55, 4.275, Number.NaN]);
    expectClose(table.split2TestScore, [0.475, -8.55, 9.975, 0.95, 19.475, Number.NaN]);
    expectClose(table.meanTestScore, [
      1.4083333333333332,
      -2.6833333333333336,
      6.908333333333334,
      2.8166666666666664,
      12.408333333333333,
      Number.NaN,
    ]);
    expectClose(table.stdTestScore, [
      0.8219218670625303,
      4.199470866139633,
      3.034615113797611,
      1.6438437341250607,
      6.2510443571898895,
      Number.NaN,
    ]);
    expect(table.rankTestScore).toEqual([4, 5, 2, 3, 1, 6]);
    expectClose(table.meanTrainScore, [
      2.2083333333333335,
      -1.0833333333333333,
      7.708333333333333,
      4.416666666666667,
      13.208333333333334,
      Number.NaN,
    ]);
    expectClose(table.stdTrainScore, [
      0.24944382578492946,
      1.9955506062794353,
      1.4817407180595243,
      0.4988876515698589,
      3.1084115271666044,
      Number.NaN,
    ]);
    expect(table.params).toEqual(candidates);
    expect(table.paramA).toEqual([1, 1, 2, 2, 3, 3]);
    expect(table.paramB).toEqual([1, 2, 1, 2, 1, 2]);
    expectClose(table.meanFitTime, [2, 2, 2, 2, 2, 2]);
    expectClose(table.stdFitTime, new Array(6).fill(Math.sqrt(2 / 3)));
    expectClose(table.meanScoreTime, new Array(6).fill(0.5));
  });

  test('names several scores, and marks what a candidate does not have', () => {
    const table = resultTable(
      [{ a: 1 }, { b: 2 }],
      1,
      [0, 1].map((candidate) => ({
        candidate,
        split: 0,
        testScores: { accuracy: candidate, loss: -candidate },
        fitSeconds: 0,
        scoreSeconds: 0,
      })),
      ['accuracy', 'loss'],
    );
    expect(table.rankTestAccuracy).toEqual([2, 1]);
    expect(table.rankTestLoss).toEqual([1, 2]);
    expect(table.paramA).toEqual([1, undefined]);
    expect(table.meanTestScore).toBeUndefined();
  });

  test('equal scores share the smallest rank', () => {
    expect(ranks([0.5, 0.9, 0.9, 0.1])).toEqual([3, 1, 1, 4]);
    expect(ranks([Number.NaN, 0, Number.NaN])).toEqual([2, 1, 2]);
  });
});
