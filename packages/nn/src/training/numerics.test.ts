import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { createAdam, lossAndGradients, type ReferenceState } from './fixtures/dense-adam-reference.ts';
import { sequential } from './sequential.ts';

function closeTo(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(tolerance);
}

const random = generator(randomKey(5, 'numerics'));
const rows = (count: number, width: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: width }, () => random.normal()));

describe('training against a network written out by hand in float64', () => {
  const options = { inputs: 5, hidden: 7, classes: 3, l2: 0.02, learningRate: 0.01 };
  const x = rows(6, 5);
  const labels = [0, 2, 1, 1, 0, 2];
  const create = (): ReturnType<typeof sequential> =>
    sequential(
      [
        layers.dense({
          units: 7,
          activation: 'relu',
          inputShape: [5],
          kernelRegularizer: regularizers.l2(0.02),
          name: 'hidden',
        }),
        layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
      ],
      { seed: 3 },
    ).compile({
      optimizer: optimizers.adam({ learningRate: 0.01 }),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });

  it('[#2] [#58] [#60] five steps of Adam agree in every weight, loss and penalty', async () => {
    const model = create();
    const start = model.getWeights();
    let state: ReferenceState = {
      w1: Float64Array.from(start['hidden.kernel']!),
      b1: Float64Array.from(start['hidden.bias']!),
      w2: Float64Array.from(start['out.kernel']!),
      b2: Float64Array.from(start['out.bias']!),
    };
    const history = await model.fit({ x, y: labels }, { epochs: 5, batchSize: 6, shuffle: false });
    const adam = createAdam(0.01);
    for (const { metrics, telemetry } of history.epochs) {
      const { dataLoss, penalty, gradients } = lossAndGradients(state, x, labels, options);
      expect(telemetry.dataLoss).toBeCloseTo(dataLoss, 5);
      expect(metrics.loss).toBeCloseTo(dataLoss + penalty, 5);
      state = adam(state, gradients);
      const after = lossAndGradients(state, x, labels, options);
      expect(telemetry.penalty).toBeCloseTo(after.penalty, 5);
      expect(telemetry.trainEvalLoss).toBeCloseTo(after.dataLoss + after.penalty, 5);
      const all = [after.gradients.w1, after.gradients.b1, after.gradients.w2, after.gradients.b2];
      expect(telemetry.gradientNorm).toBeCloseTo(Math.hypot(...all.flatMap((part) => [...part])), 5);
    }
    const end = model.getWeights();
    closeTo(end['hidden.kernel']!, state.w1, 2e-6);
    closeTo(end['hidden.bias']!, state.b1, 2e-6);
    closeTo(end['out.kernel']!, state.w2, 2e-6);
    closeTo(end['out.bias']!, state.b2, 2e-6);
    const { weightNorm } = history.epochs.at(-1)!.telemetry;
    expect(weightNorm).toBeCloseTo(Math.hypot(...Object.values(state).flatMap((part) => [...part])), 4);
  });

  it('[#49] [#83] labels and one-hot rows give the same loss and the same training', async () => {
    const oneHot = labels.map((label) => [0, 1, 2].map((c) => (c === label ? 1 : 0)));
    const byLabel = create();
    const byRow = create();
    await byLabel.fit({ x, y: labels }, { epochs: 3, batchSize: 4 });
    await byRow.fit({ x, y: oneHot }, { epochs: 3, batchSize: 4 });
    closeTo(byRow.getWeights()['hidden.kernel']!, byLabel.getWeights()['hidden.kernel']!, 1e-6);
    const first = await byLabel.evaluate({ x, y: labels });
    const second = await byLabel.evaluate({ x, y: oneHot });
    expect(Math.abs(first.loss! - second.loss!)).toBeLessThan(1e-6);
    expect(first.accuracy).toBe(second.accuracy);
  });
});

describe('penalties', () => {
  /** The loss of the whole as a function of one kernel, from evaluate. */
  const build = (kind: 'kernel' | 'bias' | 'activity'): ReturnType<typeof sequential> =>
    sequential([
      layers.dense({
        units: 2,
        inputShape: [3],
        name: 'only',
        [`${kind}Regularizer`]: regularizers.l1l2({ l1: 0.03, l2: 0.05 }),
      }),
    ]).compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  const x = rows(4, 3);
  const y = rows(4, 2);
  const weights = {
    'only.kernel': Float32Array.of(0.5, -1, 2, 0.25, -0.75, 1.5),
    'only.bias': Float32Array.of(0.5, -0.25),
  };

  const outputs = x.map((row) =>
    [0, 1].map((j) =>
      row.reduce((sum, v, i) => sum + v * weights['only.kernel'][i * 2 + j]!, weights['only.bias'][j]!),
    ),
  );
  const mse = outputs.flat().reduce((sum, o, i) => sum + (o - y.flat()[i]!) ** 2, 0) / 8;
  const penalty = (values: readonly number[]): number =>
    values.reduce((sum, w) => sum + 0.03 * Math.abs(w) + 0.05 * w * w, 0);

  it.each([
    ['kernel', penalty([...weights['only.kernel']])],
    ['bias', penalty([...weights['only.bias']])],
    ['activity', penalty(outputs.flat()) / 4],
  ] as const)('[#40] [#41] on the %s equals l1 * sum|w| + l2 * sum w^2 by hand', async (kind, expected) => {
    const model = build(kind);
    model.setWeights(weights);
    expect((await model.evaluate({ x, y })).loss).toBeCloseTo(mse + expected, 5);
  });

  it.each(['kernel', 'bias', 'activity'] as const)(
    '[#41] [#60] the step of plain SGD follows finite differences of the whole loss, %s',
    async (kind) => {
      const model = build(kind);
      model.setWeights(weights);
      await model.fit({ x, y }, { epochs: 1, batchSize: 4 });
      const after = model.getWeights();
      const probe = build(kind);
      const H = 1e-2;
      for (const path of ['only.kernel', 'only.bias'] as const) {
        for (let i = 0; i < weights[path].length; i++) {
          const at = async (shift: number): Promise<number> => {
            const moved = { ...weights, [path]: weights[path].map((w, k) => (k === i ? w + shift : w)) };
            probe.setWeights(moved);
            return (await probe.evaluate({ x, y })).loss!;
          };
          const slope = ((await at(H)) - (await at(-H))) / (2 * H);
          const step = (weights[path][i]! - after[path]![i]!) / 0.1;
          expect(Math.abs(step - slope)).toBeLessThan(2e-3);
        }
      }
    },
  );

  it('[#53] plain SGD with l2(lambda) shrinks a weight without gradient by 1 - 2 lr lambda a step', async () => {
    const model = sequential([
      layers.dense({
        units: 1,
        useBias: false,
        inputShape: [1],
        kernelRegularizer: regularizers.l2(0.1),
        name: 'w',
      }),
    ]).compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
    model.setWeights({ 'w.kernel': Float32Array.of(2) });
    await model.fit({ x: [0, 0], y: [0, 0] }, { epochs: 3, batchSize: 2 });
    expect(model.getWeights()['w.kernel']![0]).toBeCloseTo(2 * 0.9 ** 3, 5);
  });

  it('[#31] the weight norm falls as l2 rises', async () => {
    const norms: number[] = [];
    for (const l2 of [0, 0.001, 0.01, 0.1, 1]) {
      const model = sequential([
        layers.dense({ units: 2, inputShape: [3], kernelRegularizer: regularizers.l2(l2), name: 'w' }),
      ]).compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
      await model.fit({ x, y }, { epochs: 150, batchSize: 4 });
      norms.push(Math.hypot(...model.getWeights()['w.kernel']!));
    }
    expect(norms).toEqual([...norms].sort((a, b) => b - a));
  });
});

describe('closed forms', () => {
  it('[#41] linear regression with l2 reaches the ridge solution', async () => {
    const n = 40;
    const x = rows(n, 3);
    const y = x.map((row) => 2 * row[0]! - row[1]! + 0.5 * row[2]! + 0.1 * random.normal());
    const lambda = 0.05;
    const model = sequential([
      layers.dense({
        units: 1,
        useBias: false,
        inputShape: [3],
        kernelRegularizer: regularizers.l2(lambda),
        name: 'w',
      }),
    ]).compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await model.fit({ x, y }, { epochs: 300, batchSize: n });
    // The mean squared error has the normal equations (X'X / n + lambda I) w = X'y / n.
    const a = [0, 1, 2].map((i) => [
      ...[0, 1, 2].map((j) => x.reduce((s, row) => s + (row[i]! * row[j]!) / n, 0) + (i === j ? lambda : 0)),
      x.reduce((s, row, k) => s + (row[i]! * y[k]!) / n, 0),
    ]);
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 3; k++) {
        if (k === i) continue;
        const factor = a[k]![i]! / a[i]![i]!;
        for (let j = 0; j < 4; j++) a[k]![j]! -= factor * a[i]![j]!;
      }
    }
    closeTo(
      model.getWeights()['w.kernel']!,
      a.map((row, i) => row[3]! / row[i]!),
      1e-5,
    );
  });

  it('[#3] house prices y = 3 x + 5 give slope and intercept', async () => {
    const x = Array.from({ length: 32 }, (_, i) => i / 16 - 1);
    const model = sequential([layers.dense({ units: 1, inputShape: [1], name: 'line' })]).compile({
      optimizer: optimizers.sgd({ learningRate: 0.3 }),
      loss: 'meanSquaredError',
    });
    await model.fit({ x, y: x.map((value) => 3 * value + 5) }, { epochs: 60, batchSize: 32 });
    expect(model.getWeights()['line.kernel']![0]).toBeCloseTo(3, 2);
    expect(model.getWeights()['line.bias']![0]).toBeCloseTo(5, 2);
  });

  it('[#11] the size of an update of SGD is linear in the learning rate', async () => {
    const moved = async (learningRate: number): Promise<number> => {
      const model = sequential([layers.dense({ units: 2, inputShape: [3] })], { seed: 1 }).compile({
        optimizer: optimizers.sgd({ learningRate }),
        loss: 'meanSquaredError',
      });
      const before = model.getWeights();
      await model.fit({ x: [[1, -2, 0.5]], y: [[1, 2]] }, { epochs: 1 });
      const after = model.getWeights();
      const squares = Object.entries(before).flatMap(([path, values]) =>
        Array.from(values, (value, i) => (after[path]![i]! - value) ** 2),
      );
      return Math.sqrt(squares.reduce((a, b) => a + b));
    };
    const unit = await moved(0.01);
    expect(unit).toBeGreaterThan(0.01);
    for (const factor of [2, 5, 10]) expect((await moved(0.01 * factor)) / unit).toBeCloseTo(factor, 4);
  });

  it('[#11] [#55] gradient descent on a quadratic follows (1 - lr L)^t', async () => {
    const model = sequential([
      layers.dense({ units: 1, useBias: false, inputShape: [1], name: 'w' }),
    ]).compile({
      optimizer: optimizers.sgd({ learningRate: 0.1 }),
      loss: 'meanSquaredError',
    });
    model.setWeights({ 'w.kernel': Float32Array.of(4) });
    // mean((w x)^2) with x = 1 and 2: curvature 2 mean(x^2) = 5.
    await model.fit({ x: [1, 2], y: [0, 0] }, { epochs: 7, batchSize: 2 });
    expect(model.getWeights()['w.kernel']![0]).toBeCloseTo(4 * (1 - 0.1 * 5) ** 7, 6);
  });
});
