import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { losses } from '../losses/losses.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { earlyStopping } from '../training/early-stopping.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { column, measured } from './fixtures/measured.ts';
import type { Metric, MetricName } from './metric.ts';
import { metrics, parseMetrics } from './metrics.ts';

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
