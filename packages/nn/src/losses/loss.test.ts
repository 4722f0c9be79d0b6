import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import type { LossName } from './loss.ts';

/** A model that gives its input, through an activation. */
function passThrough(activation: 'linear' | 'softmax' | 'sigmoid', width: number, loss: LossName): Model {
  const model = sequential([
    layers.dense({ units: width, activation, useBias: false, inputShape: [width], name: 'same' }),
  ]).compile({ loss, metrics: ['accuracy', 'meanAbsoluteError', 'meanSquaredError'] });
  model.setWeights({
    'same.kernel': Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0)),
  });
  return model;
}

const logits = [
  [1, 2, 0.5],
  [-1, 0.25, 3],
];
const softmax = (row: readonly number[]): number[] => {
  const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
  return row.map((v) => Math.exp(v) / total);
};

describe('losses', () => {
  it('categorical cross-entropy is the mean of -log p of the label, from softmax, probabilities and soft targets', async () => {
    const labels = [2, 0];
    const expected = -labels.reduce((sum, label, i) => sum + Math.log(softmax(logits[i]!)[label]!), 0) / 2;
    for (const loss of ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const) {
      expect((await passThrough('softmax', 3, loss).evaluate({ x: logits, y: labels })).loss).toBeCloseTo(
        expected,
        5,
      );
      const probabilities = logits.map(softmax);
      expect(
        (await passThrough('linear', 3, loss).evaluate({ x: probabilities, y: labels })).loss,
      ).toBeCloseTo(expected, 5);
    }
    const soft = [
      [0.2, 0.3, 0.5],
      [0.6, 0.4, 0],
    ];
    const mixed = -soft.flat().reduce((sum, q, i) => sum + q * Math.log(logits.flatMap(softmax)[i]!), 0) / 2;
    expect(
      (await passThrough('softmax', 3, 'categoricalCrossentropy').evaluate({ x: logits, y: soft })).loss,
    ).toBeCloseTo(mixed, 5);
  });

  it('binary cross-entropy agrees with its formula, from sigmoid and from probabilities', async () => {
    const x = [[0.5], [-2]];
    const p = x.map(([v]) => 1 / (1 + Math.exp(-v!)));
    const expected = -(Math.log(p[0]!) + Math.log(1 - p[1]!)) / 2;
    expect(
      (await passThrough('sigmoid', 1, 'binaryCrossentropy').evaluate({ x, y: [1, 0] })).loss,
    ).toBeCloseTo(expected, 6);
    const given = p.map((v) => [v]);
    expect(
      (await passThrough('linear', 1, 'binaryCrossentropy').evaluate({ x: given, y: [1, 0] })).loss,
    ).toBeCloseTo(expected, 6);
  });

  it('nothing is NaN or infinite where a probability is 0', async () => {
    const extreme = [
      [200, -200, 0],
      [0, 300, -300],
    ];
    const model = passThrough('softmax', 3, 'categoricalCrossentropy');
    expect((await model.evaluate({ x: extreme, y: [1, 2] })).loss).toBeCloseTo(500, 2);
    const history = await model.fit({ x: extreme, y: [1, 2] }, { epochs: 2 });
    expect(history.stopReason).toBe('epochs');
    expect([...model.getWeights()['same.kernel']!].every(Number.isFinite)).toBe(true);
    const sharp = passThrough('sigmoid', 1, 'binaryCrossentropy');
    expect((await sharp.evaluate({ x: [[400], [-400]], y: [0, 1] })).loss).toBeCloseTo(400, 2);
    const zero = passThrough('linear', 3, 'categoricalCrossentropy');
    expect((await zero.evaluate({ x: [[0, 1, 0]], y: [0] })).loss).toBeCloseTo(-Math.log(1e-7), 3);
  });

  it('squared and absolute errors are means over outputs', async () => {
    const x = [
      [1, 2],
      [3, 5],
    ];
    const y = [
      [0, 4],
      [3, 4],
    ];
    expect(await passThrough('linear', 2, 'meanSquaredError').evaluate({ x, y })).toMatchObject({
      loss: 1.5,
      meanSquaredError: 1.5,
      meanAbsoluteError: 1,
    });
    expect((await passThrough('linear', 2, 'meanAbsoluteError').evaluate({ x, y })).loss).toBe(1);
  });
});

describe('accuracy', () => {
  it('takes the flavour that loss and targets call for', async () => {
    const sparse = passThrough('softmax', 3, 'sparseCategoricalCrossentropy');
    expect((await sparse.evaluate({ x: logits, y: [1, 0] })).accuracy).toBe(0.5);
    const dense = passThrough('softmax', 3, 'categoricalCrossentropy');
    expect(
      (
        await dense.evaluate({
          x: logits,
          y: [
            [0, 1, 0],
            [0, 0, 1],
          ],
        })
      ).accuracy,
    ).toBe(1);
    const binary = passThrough('sigmoid', 2, 'binaryCrossentropy');
    expect(
      (
        await binary.evaluate({
          x: [
            [1, -1],
            [-1, 1],
          ],
          y: [
            [1, 0],
            [1, 1],
          ],
        })
      ).accuracy,
    ).toBe(0.75);
  });

  it('is the same whatever the batch size', async () => {
    const model = passThrough('softmax', 3, 'categoricalCrossentropy');
    const x = Array.from({ length: 23 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]);
    const y = x.map((_, i) => i % 3);
    const whole = await model.evaluate({ x, y }, { batchSize: 23 });
    for (const batchSize of [1, 4, 50]) {
      const found = await model.evaluate({ x, y }, { batchSize });
      expect(found.accuracy).toBe(whole.accuracy);
      expect(found.loss).toBeCloseTo(whole.loss!, 6);
    }
  });
});
