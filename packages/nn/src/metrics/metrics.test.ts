import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { graphOf, runOnnx } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { losses } from '../losses/losses.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { earlyStopping } from '../training/early-stopping.ts';
import { type Model, sequential } from '../training/model.ts';
import { addSums, finishMetric, type Metric, type MetricName } from './metric.ts';
import { metrics, parseMetrics } from './metrics.ts';

type Rows = readonly (readonly number[])[];

/** The value of a metric over samples that come in batches, by the interpreter. */
function measured(metric: Metric, p: Rows, y: Rows | readonly number[], batch = p.length): number {
  const form = typeof y[0] === 'number' ? 'labels' : 'values';
  let totals: readonly number[] = [];
  for (let start = 0; start < p.length; start += batch) {
    const rows = p.slice(start, start + batch);
    const part = y.slice(start, start + batch);
    const output = input('p', 'float32', [rows.length, rows[0]!.length]);
    const target =
      form === 'labels'
        ? constant(part as number[], [part.length], 'int32')
        : constant((part as Rows).flat(), output.shape);
    const sums = metric.sum(output, target, form);
    totals = addSums(totals, interpret(graphOf({ sums }), { p: rows.flat() }).sums!.data);
  }
  return finishMetric(metric, totals, p.length);
}

const column = (values: readonly number[]): Rows => values.map((value) => [value]);
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

/** A model that gives its inputs. */
function passThrough(
  width: number,
  activation: 'linear' | 'softmax' | 'sigmoid',
  options: Parameters<Model['compile']>[0],
): Model {
  const model = sequential([
    layers.dense({ units: width, activation, useBias: false, inputShape: [width], name: 'same' }),
  ]).compile({ optimizer: optimizers.sgd({ learningRate: 1e-30 }), ...options });
  model.setWeights({
    'same.kernel': Float32Array.from({ length: width * width }, (_, i) => Number(i % (width + 1) === 0)),
  });
  return model;
}

const random = generator(randomKey(3, 'metrics'));
const x = Array.from({ length: 53 }, () => [0, 1, 2].map(() => 2 * random.normal()));
const labels = x.map((row) =>
  random.uniform() < 0.5 ? row.indexOf(Math.max(...row)) : Math.floor(3 * random.uniform()),
);
const names = Object.keys(metrics) as MetricName[];

describe('metrics over an epoch', () => {
  const softmax = (row: readonly number[]): readonly number[] => {
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    return row.map((value) => Math.exp(value) / total);
  };
  const p = x.map(softmax);

  it('are those of all samples together, whatever the batch size, in fit, validation and evaluation', async () => {
    const model = passThrough(3, 'softmax', { loss: 'categoricalCrossentropy', metrics: names });
    const data = { x, y: labels };
    const expected = Object.fromEntries(names.map((name) => [name, measured(metrics[name](), p, labels)]));
    const agree = (found: Readonly<Record<string, number>>, prefix = ''): void => {
      for (const name of names) {
        const key = prefix === '' ? name : `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`;
        expect([name, Math.abs(found[key]! - expected[name]!) < 2e-6]).toEqual([name, true]);
      }
    };
    for (const batchSize of [1, 8, 53]) {
      agree(await model.evaluate(data, { batchSize }));
      const { epochs } = await model.fit(data, { batchSize, epochs: 1, validationData: data });
      agree(epochs[0]!.metrics);
      agree(epochs[0]!.metrics, 'val');
    }
    agree(await model.evaluateOnnx(model.toOnnx(), data));
  });

  it('that are no means differ from the mean over batches', () => {
    const y = column(labels.map((label) => Number(label === 0)));
    const outputs = column(p.map((row) => row[0]!));
    for (const metric of [metrics.precision(), metrics.f1(), metrics.auc(), metrics.r2()]) {
      const whole = measured(metric, outputs, y);
      expect(measured(metric, outputs, y, 10)).toBeCloseTo(whole, 12);
      let total = 0;
      for (let i = 0; i < 50; i += 10)
        total += measured(metric, outputs.slice(i, i + 10), y.slice(i, i + 10));
      expect(total / 5).not.toBeCloseTo(whole, 3);
    }
  });

  it('[#85] declare their direction, which early stopping follows', async () => {
    const falling = new Set(['meanSquaredError', 'meanAbsoluteError', 'rootMeanSquaredError']);
    for (const name of names) expect(metrics[name]().direction).toBe(falling.has(name) ? 'min' : 'max');
    const model = passThrough(3, 'softmax', { loss: 'categoricalCrossentropy', metrics: ['f1'] });
    const { epochs, stopReason } = await model.fit(
      { x, y: labels },
      { epochs: 9, validationSplit: 0.3, callbacks: [earlyStopping({ monitor: 'valF1', patience: 2 })] },
    );
    // Nothing moves, so no epoch is better than the first.
    expect([epochs.length, stopReason]).toEqual([3, 'earlyStopping']);
  });

  it('of a diverging run are recorded, not thrown', async () => {
    const model = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [3] })]).compile({
      optimizer: optimizers.sgd({ learningRate: 1e38 }),
      loss: 'categoricalCrossentropy',
      metrics: names,
    });
    const { epochs, stopReason } = await model.fit(
      { x: x.map((row) => row.map((value) => value * 1e20)), y: labels },
      { epochs: 3, batchSize: 8 },
    );
    expect(stopReason).toBe('diverged');
    expect(Object.keys(epochs.at(-1)!.metrics)).toEqual(['loss', ...names]);
  });
});

describe('metrics and losses', () => {
  it('answers yes and no are judged where the loss puts the line', async () => {
    const x = [[0.25], [-0.5], [0.75], [-2]];
    const right = async (loss: Parameters<Model['compile']>[0]['loss'], y: number[]): Promise<number[]> => {
      const model = passThrough(1, 'linear', { loss, metrics: ['accuracy', 'binaryAccuracy', 'recall'] });
      return Object.values(await model.evaluate({ x, y })).slice(1);
    };
    expect(await right('hinge', [1, -1, 1, -1])).toEqual([1, 1, 1]);
    expect(await right('squaredHinge', [1, 0, 1, 0])).toEqual([1, 1, 1]);
    expect(await right(losses.binaryCrossentropy({ fromLogits: true }), [1, 0, 1, 0])).toEqual([1, 1, 1]);
    expect(await right('meanSquaredError', [1, 0, 1, 0])).toEqual([0.75, 0.75, 0.5]);
    const strict = passThrough(1, 'linear', {
      loss: 'hinge',
      metrics: [metrics.recall({ threshold: 0.5 })],
    });
    expect((await strict.evaluate({ x, y: [1, -1, 1, -1] })).recall).toBe(0.5);
  });

  it('several of one kind have names of their own, custom ones several sums', async () => {
    const spread: Metric = {
      name: 'largest',
      direction: 'min',
      sum: (output) => metrics.meanSquaredError().sum(output, output, 'values'),
      finish: ([total = Number.NaN], samples) => total + samples,
    };
    const model = passThrough(3, 'softmax', {
      loss: 'categoricalCrossentropy',
      metrics: [
        metrics.topKCategoricalAccuracy({ k: 2, name: 'top2' }),
        metrics.topKCategoricalAccuracy({ k: 3, name: 'top3' }),
        spread,
      ],
    });
    const found = await model.evaluate({ x, y: labels }, { batchSize: 10 });
    expect(Object.keys(found)).toEqual(['loss', 'top2', 'top3', 'largest']);
    expect(found.top2).toBeLessThan(found.top3!);
    expect([found.top3, found.largest]).toEqual([1, 53]);
  });

  it('refuse options, names and targets that do not fit', async () => {
    expect(() => metrics.topKCategoricalAccuracy({ k: 0 })).toThrow(/k is 0/);
    expect(() => metrics.precision({ average: 'mean' as never })).toThrow(/average is 'mean'/);
    expect(() => metrics.recall({ treshold: 1 } as object)).toThrow(/did you mean 'threshold'/);
    expect(() => metrics.auc({ numThresholds: 1 })).toThrow(/numThresholds is 1/);
    const loss = losses.meanSquaredError();
    expect(() => parseMetrics(['acuracy' as never], loss)).toThrow(/did you mean 'accuracy'/);
    expect(() => parseMetrics(['r2', metrics.r2()], loss)).toThrow(/'r2' is taken/);
    expect(() => parseMetrics([metrics.r2({ name: 'loss' })], loss)).toThrow(/'loss' is taken/);
    const code = 'LU_METRIC_TARGET';
    for (const name of ['categoricalAccuracy', 'sparseCategoricalAccuracy'] as const) {
      const model = passThrough(1, 'linear', { loss, metrics: [name] });
      await expect(model.fit({ x: [[1]], y: [[1]] })).rejects.toMatchObject({ code });
    }
  });
});
