import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { constant, input } from '../graph/ops/sources.ts';
import { graphOf, runOnnx } from '../graph/testing.ts';
import { column, measured } from './fixtures/measured.ts';
import { metrics } from './metrics.ts';

const ranked = {
  y: [
    [0, 0, 1],
    [0, 1, 0],
  ],
  p: [
    [0.1, 0.9, 0.8],
    [0.05, 0.95, 0],
  ],
};
const scored = {
  y: [
    [1, 1, 1],
    [1, 0, 0],
    [1, 1, 0],
  ],
  p: [
    [0.2, 0.6, 0.7],
    [0.2, 0.6, 0.6],
    [0.6, 0.8, 0],
  ],
};
const asked = { y: column([0, 1, 1, 1]), p: column([1, 0, 1, 1]) };

describe('metrics', () => {
  // Examples in the documentation of keras.metrics (Keras 3).
  it.each([
    ['binaryAccuracy', metrics.binaryAccuracy(), column([1, 1, 0, 0]), column([0.98, 1, 0, 0.6]), 0.75],
    ['categoricalAccuracy', metrics.categoricalAccuracy(), ranked.y, ranked.p, 0.5],
    ['sparseCategoricalAccuracy', metrics.sparseCategoricalAccuracy(), [2, 1], ranked.p, 0.5],
    ['topKCategoricalAccuracy', metrics.topKCategoricalAccuracy({ k: 1 }), ranked.y, ranked.p, 0.5],
    ['precision', metrics.precision(), asked.y, asked.p, 2 / 3],
    ['recall', metrics.recall(), asked.y, asked.p, 2 / 3],
    ['f1', metrics.f1({ threshold: 0.5 }), scored.y, scored.p, (0.5 + 0.8 + 0.6666667) / 3],
    ['auc', metrics.auc({ numThresholds: 3 }), column([0, 0, 1, 1]), column([0, 0.5, 0.3, 0.9]), 0.75],
    [
      'rootMeanSquaredError',
      metrics.rootMeanSquaredError(),
      [
        [0, 1],
        [0, 0],
      ],
      [
        [1, 1],
        [0, 0],
      ],
      0.5,
    ],
    ['r2', metrics.r2(), column([1, 4, 3]), column([2, 4, 4]), 0.57142854],
    [
      'cosineSimilarity',
      metrics.cosineSimilarity(),
      [
        [0, 1],
        [1, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
      0.5,
    ],
  ] as const)('%s gives the documented example of Keras', (_, metric, y, p, expected) => {
    expect(measured(metric, p, y)).toBeCloseTo(expected, 6);
  });

  it('precision, recall and f1 by class agree with counts by hand', () => {
    // Right, said and true yes of the three classes: 1 1 3, 2 3 2, 1 2 1.
    const all = (average: 'micro' | 'macro' | 'weighted'): readonly number[] =>
      [metrics.precision, metrics.recall, metrics.f1].map((create) =>
        measured(create({ average, threshold: 0.5 }), scored.p, scored.y),
      );
    const close = (found: readonly number[], expected: readonly number[]): void =>
      expected.forEach((value, i) => {
        expect(found[i]).toBeCloseTo(value, 12);
      });
    close(all('micro'), [4 / 6, 4 / 6, 8 / 12]);
    close(all('macro'), [(1 + 2 / 3 + 1 / 2) / 3, (1 / 3 + 1 + 1) / 3, (1 / 2 + 4 / 5 + 2 / 3) / 3]);
    close(all('weighted'), [
      (3 + 2 * (2 / 3) + 1 / 2) / 6,
      (3 * (1 / 3) + 2 + 1) / 6,
      (3 / 2 + 8 / 5 + 2 / 3) / 6,
    ]);
  });

  it('the largest of several outputs decides for f1, and labels are rows', () => {
    // Choices 1, 1, 0 for labels 2, 1, 0: f1 of the classes 1, 2/3, 0.
    const p = [...ranked.p, [0.7, 0.2, 0.1]];
    expect(measured(metrics.f1(), p, [2, 1, 0])).toBeCloseTo((1 + 2 / 3) / 3, 12);
    expect(measured(metrics.f1(), p, [...ranked.y, [1, 0, 0]])).toBeCloseTo((1 + 2 / 3) / 3, 12);
  });

  it('nothing said and nothing true make precision, recall and f1 zero', () => {
    for (const create of [metrics.precision, metrics.recall, metrics.f1]) {
      expect(measured(create(), column([0.1, 0.2]), column([0, 0]))).toBe(0);
    }
  });

  it('top k counts the label among the k largest, ties with it included, NaN never', () => {
    const p = [
      [0.1, 0.2, 0.3, 0.4],
      [0.3, 0.3, 0.3, 0.1],
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN],
    ];
    const hits = (k: number, y: readonly number[]): number =>
      measured(metrics.topKCategoricalAccuracy({ k }), p, y) * 3;
    expect([1, 2, 3, 4].map((k) => hits(k, [1, 3, 0]))).toEqual([0, 0, 1, 2]);
    expect(hits(1, [3, 2, 0])).toBe(2);
  });

  it('auc is the area at its thresholds, and with many of them the share of pairs in order', () => {
    const random = generator(randomKey(9, 'auc'));
    const y = Array.from({ length: 300 }, () => Number(random.uniform() < 0.4));
    const p = y.map((yes) => Math.fround(1 / (1 + Math.exp(-(random.normal() + yes)))));
    const count = (kind: number, threshold: number): number =>
      y.filter((yes, i) => yes === kind && p[i]! > threshold).length;
    // Keras: thresholds -1e-7, 1 / (n - 1), ..., 1 + 1e-7, trapezoids between them.
    const n = 20;
    const thresholds = Array.from({ length: n }, (_, i) => i / (n - 1));
    thresholds[0] = -1e-7;
    thresholds[n - 1] = 1 + 1e-7;
    const [yes, no] = [count(1, -1), count(0, -1)];
    let expected = 0;
    for (let i = 1; i < n; i++) {
      const [a, b] = [thresholds[i - 1]!, thresholds[i]!];
      expected += ((count(0, a) - count(0, b)) / no) * ((count(1, a) + count(1, b)) / yes / 2);
    }
    expect(measured(metrics.auc({ numThresholds: n }), column(p), column(y), 37)).toBeCloseTo(expected, 6);
    // Mann and Whitney 1947.
    let ordered = 0;
    for (const [i, a] of p.entries()) {
      for (const [j, b] of p.entries()) if (y[i] === 1 && y[j] === 0) ordered += Number(a > b);
    }
    const fine = measured(metrics.auc({ numThresholds: 20_000 }), column(p), column(y));
    expect(fine).toBeCloseTo(ordered / yes / no, 4);
    expect(fine).not.toBeCloseTo(expected, 4);
    const logits = p.map((value) => Math.log(value / (1 - value)));
    const fromLogits = metrics.auc({ numThresholds: 20_000, fromLogits: true });
    expect(measured(fromLogits, column(logits), column(y))).toBeCloseTo(fine, 5);
  });

  it('auc of one class, or of outputs that are NaN, is NaN, and the runtime survives it', async () => {
    expect(measured(metrics.auc(), column([0.1, 0.9]), column([1, 1]))).toBeNaN();
    expect(measured(metrics.auc(), column([Number.NaN, 0.9]), column([1, 0]))).toBeNaN();
    const output = input('p', 'float32', [4, 1]);
    const sums = metrics.auc({ numThresholds: 4 }).sum(output, constant([1, 0, 1, 0], [4, 1]), 'values');
    const found = await runOnnx(graphOf({ sums }), { p: [Number.NaN, Number.POSITIVE_INFINITY, -7, 1] });
    expect(found.sums!.slice(0, 8)).toEqual([2, 0, 0, 0, 0, 0, 2, 0]);
    expect(found.sums![8]).toBeNaN();
  });

  it('r2 is the mean over outputs, 0 for the mean and NaN where nothing varies', () => {
    const y = [
      [1, 10],
      [3, 30],
    ];
    expect(measured(metrics.r2(), y, y)).toBe(1);
    expect(
      measured(
        metrics.r2(),
        [
          [2, 10],
          [2, 30],
        ],
        y,
      ),
    ).toBeCloseTo(0.5, 12);
    expect(measured(metrics.r2(), column([1, 2]), column([0.1, 0.1]))).toBeNaN();
  });
});
