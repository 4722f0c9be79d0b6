import { type EpochRecord, generator, randomKey } from '@luthier/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { digits } from '../data/digits.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { mnistMlp } from '../zoo/mnist-mlp.ts';
import { earlyStopping } from './early-stopping.ts';
import { blobs } from './fixtures/blobs.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';

const train = blobs(300, 16, 4, 1);
const validation = blobs(120, 16, 4, 2);

function small(extra: { rate?: number; learningRate?: number } = {}): Model {
  return sequential([
    layers.input({ shape: [16] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.dense({ units: 16, activation: 'relu' }),
    ...(extra.rate === undefined ? [] : [layers.dropout(extra.rate)]),
    layers.dense({ units: 4, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: extra.learningRate ?? 0.02 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

describe('the model of the lessons', () => {
  it('[#4] 784-512-128-10 has 468,874 parameters, 401,920 + 65,664 + 1,290', () => {
    const model = mnistMlp({ dropout: 0.2 });
    expect(model.countParams()).toBe(468_874);
    for (const text of ['401,920', '65,664', '1,290', '468,874']) expect(model.summary()).toContain(text);
    expect(model.plan.weights.map(({ shape }) => shape)).toEqual([
      [784, 512],
      [512],
      [512, 128],
      [128],
      [128, 10],
      [10],
    ]);
  });

  it.each([
    [
      'l2',
      [
        layers.dense({
          units: 64,
          activation: 'relu',
          inputShape: [16],
          kernelRegularizer: regularizers.l2(0.01),
        }),
      ],
    ],
    [
      'l1',
      [
        layers.dense({
          units: 64,
          activation: 'relu',
          inputShape: [16],
          kernelRegularizer: regularizers.l1(0.01),
        }),
      ],
    ],
    ['dropout 0.5', [layers.dense({ units: 64, activation: 'relu', inputShape: [16] }), layers.dropout(0.5)]],
    [
      'flatten and l2',
      [
        layers.flatten({ inputShape: [4, 4] }),
        layers.dense({ units: 128, activation: 'relu', kernelRegularizer: regularizers.l2(0.01) }),
      ],
    ],
    [
      'flatten, l2 and dropout',
      [
        layers.flatten({ inputShape: [4, 4] }),
        layers.dense({ units: 128, activation: 'relu', kernelRegularizer: regularizers.l2(0.01) }),
        layers.dropout(0.5),
      ],
    ],
  ])('[#42] [#43] [#44] [#47] [#49] [#50] the sample with %s trains', async (_name, first) => {
    const shape = first[0]!.inputShape!;
    const reshape = ({
      x,
      y,
    }: typeof train): { x: { data: Float32Array; shape: number[] }; y: typeof y } => ({
      x: { data: Float32Array.from(x.data as Uint8Array, (v) => v / 255), shape: [x.shape[0]!, ...shape] },
      y,
    });
    const model = sequential([...first, layers.dense({ units: 10, activation: 'softmax' })]).compile({
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const { epochs } = await model.fit(reshape(train), {
      epochs: 12,
      batchSize: 16,
      validationData: reshape(validation),
    });
    expect(epochs.at(-1)!.metrics.loss).toBeLessThan(epochs[0]!.metrics.loss! * 0.8);
    expect(epochs.at(-1)!.metrics.valAccuracy).toBeGreaterThan(0.7);
  });

  it('[#16] the sample with Adam and sparse cross-entropy converges at 0.001 and crawls at 0.000001', async () => {
    const reached = async (learningRate: number): Promise<number> => {
      const model = sequential([
        layers.rescaling({ scale: 1 / 255, inputShape: [16] }),
        layers.dense({ units: 64, activation: 'relu' }),
        layers.dense({ units: 10, activation: 'softmax' }),
      ]).compile({
        optimizer: optimizers.adam({ learningRate }),
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      });
      const { epochs } = await model.fit(train, { epochs: 20, batchSize: 16 });
      return epochs.at(-1)!.metrics.loss!;
    };
    const [tuned, tiny] = [await reached(0.001), await reached(0.000001)];
    expect(tuned).toBeLessThan(0.7 * tiny);
  });

  it('[#39] every epoch tells validation loss and accuracy as it ends', async () => {
    const told: EpochRecord[] = [];
    const model = small();
    const { epochs } = await model.fit(train, {
      epochs: 3,
      validationData: validation,
      onEpoch: (record) => {
        expect(record.epoch).toBe(told.length);
        told.push(record);
      },
    });
    expect(told).toEqual(epochs);
    for (const { metrics } of told) {
      expect(metrics.valLoss).toBeGreaterThan(0);
      expect(metrics.valAccuracy).toBeGreaterThanOrEqual(0);
    }
  });

  it('learns the bundled digits beyond 93 % of unseen ones', async () => {
    const set = await digits();
    const model = sequential([
      layers.input({ shape: [64] }),
      layers.rescaling({ scale: 1 / 16 }),
      layers.dense({ units: 64, activation: 'relu', kernelInitializer: 'heNormal' }),
      layers.dropout({ rate: 0.1 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ]).compile({
      optimizer: optimizers.adam({ learningRate: 0.005 }),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const options = { epochs: 15, callbacks: [earlyStopping({ patience: 3, restoreBestWeights: true })] };
    const history = await model.fit(set.train, { ...options, validationData: set.validation! });
    const { accuracy, loss } = await model.evaluate(set.validation!);
    expect(accuracy).toBeGreaterThan(0.93);
    const kept = history.epochs[history.bestEpoch!]!.metrics;
    expect([loss, accuracy]).toEqual([kept.valLoss, kept.valAccuracy]);
  });

  it('learns XOR with a hidden layer', async () => {
    const model = sequential([
      layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ]).compile({
      optimizer: optimizers.adam({ learningRate: 0.1 }),
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    });
    const xor = {
      x: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      y: [0, 1, 1, 0],
    };
    await model.fit(xor, { epochs: 150, batchSize: 4 });
    expect((await model.evaluate(xor)).accuracy).toBe(1);
    const { data, shape } = await model.predict(xor.x);
    expect(shape).toEqual([4, 1]);
    expect(Array.from(data, Math.round)).toEqual([0, 1, 1, 0]);
  });
});

describe('fit', () => {
  it('[#17] [#21] [#57] makes ceil(n / batchSize) updates an epoch and sees every sample once', async () => {
    const model = small();
    const { epochs } = await model.fit(train, { epochs: 2, batchSize: 64 });
    expect(epochs.map(({ step }) => step)).toEqual([5, 10]);
    // A frozen linear model whose loss is the label tells which samples an epoch saw.
    const sum = sequential([
      layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'zeros' }),
    ]).compile({
      optimizer: optimizers.sgd({ learningRate: 0 }),
      loss: 'meanSquaredError',
    });
    const roots = Array.from({ length: 37 }, (_, i) => Math.sqrt(2 ** (i % 12)));
    const history = await sum.fit({ x: roots, y: roots }, { epochs: 3, batchSize: 5 });
    const expected = roots.reduce((total, root) => total + root * root, 0) / 37;
    for (const { metrics } of history.epochs) expect(metrics.loss! / expected).toBeCloseTo(1, 6);
  });

  it('[#17] [#56] updates after each sample with a batch of one', async () => {
    const few = {
      x: { data: train.x.data.slice(0, 160), shape: [10, 16] },
      y: { data: train.y.data.slice(0, 10), shape: [10] },
    };
    const { epochs } = await small().fit(few, { epochs: 1, batchSize: 1 });
    expect(epochs[0]!.step).toBe(10);
    expect(Number.isFinite(epochs[0]!.metrics.loss)).toBe(true);
  });

  it('takes a batch larger than the data as one batch', async () => {
    expect((await small().fit(train, { epochs: 3, batchSize: 1000 })).epochs.at(-1)!.step).toBe(3);
  });

  it('takes the last fraction for validation, before shuffling', async () => {
    const head = {
      x: { data: train.x.data.slice(0, 240 * 16), shape: [240, 16] },
      y: { data: train.y.data.slice(0, 240), shape: [240] },
    };
    const tail = {
      x: { data: train.x.data.slice(240 * 16), shape: [60, 16] },
      y: { data: train.y.data.slice(240), shape: [60] },
    };
    const split = await small().fit(train, { epochs: 2, validationSplit: 0.2 });
    const apart = await small().fit(head, { epochs: 2, validationData: tail });
    expect(split).toEqual(apart);
  });

  it('gives bytes and the same numbers as floats the same bits', async () => {
    const asFloat = { ...train, x: { ...train.x, data: Float32Array.from(train.x.data as Uint8Array) } };
    const first = small({ rate: 0.3 });
    const second = small({ rate: 0.3 });
    await first.fit(train, { epochs: 2 });
    await second.fit(asFloat, { epochs: 2 });
    expect(second.getWeights()).toEqual(first.getWeights());
  });

  it('ends a diverged run with its history, and puts the best weights back', async () => {
    const model = sequential([layers.dense({ units: 1, inputShape: [1] })]).compile({
      optimizer: optimizers.sgd({ learningRate: 1e18 }),
      loss: 'meanSquaredError',
    });
    const data = { x: [1, 2, 3, 4], y: [1, 2, 3, 5] };
    const history = await model.fit(data, {
      epochs: 50,
      batchSize: 4,
      callbacks: [earlyStopping({ monitor: 'loss', patience: 20, restoreBestWeights: true })],
    });
    expect(history.stopReason).toBe('diverged');
    expect(Number.isFinite(history.epochs.at(-1)!.metrics.loss)).toBe(false);
    expect(history.bestEpoch).toBe(0);
  });

  it('goes on with weights and moments when called again', async () => {
    const twice = small();
    await twice.fit(train, { epochs: 1, shuffle: false });
    await twice.fit(train, { epochs: 1, shuffle: false });
    const once = small();
    await once.fit(train, { epochs: 2, shuffle: false });
    expect(twice.getWeights()).toEqual(once.getWeights());
  });

  it('numbers epochs from initialEpoch', async () => {
    const { epochs } = await small().fit(train, { initialEpoch: 2, epochs: 4 });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([2, 3]);
  });

  it('gives way to timers between calls', async () => {
    let isRunning = true;
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      if (isRunning) setImmediate(tick);
    };
    setImmediate(tick);
    await small().fit(train, { epochs: 3 });
    isRunning = false;
    expect(ticks).toBeGreaterThan(3);
  });
});

describe('callbacks', () => {
  it('stop the run and move its scalars', async () => {
    const rates: number[] = [];
    const records: EpochRecord[] = [];
    const schedule = {
      name: 'schedule',
      create: () => ({
        onEpochEnd: (record: EpochRecord, control: { setKnob(n: string, v: number): void; stop(): void }) => {
          rates.push(record.telemetry.learningRate);
          control.setKnob('learningRate', 0.01 / (record.epoch + 1));
          if (record.epoch === 2) control.stop();
        },
      }),
    };
    const history = await small().fit(train, {
      epochs: 9,
      callbacks: [schedule],
      onEpoch: (r) => void records.push(r),
    });
    expect(history.stopReason).toBe('stopped');
    expect(rates).toEqual([0.02, 0.01, 0.005]);
    expect(records).toEqual(history.epochs);
  });

  it('cannot move scalars that do not exist, or to what is no number', async () => {
    const move = (name: string, value: number): Promise<unknown> =>
      small().fit(train, {
        callbacks: [
          {
            name: 'move',
            create: () => ({ onEpochEnd: (_record, control) => control.setKnob(name, value) }),
          },
        ],
      });
    await expect(move('learningrate', 1)).rejects.toThrow(/no scalar 'learningrate'/);
    await expect(move('learningRate', Number.NaN)).rejects.toThrow(/learningRate is NaN/);
  });

  it('a learning rate of zero from a callback freezes the weights', async () => {
    const model = small();
    let frozen: unknown;
    const freeze = {
      name: 'freeze',
      create: () => ({
        onEpochEnd: (
          { epoch }: EpochRecord,
          control: { setKnob(n: string, v: number): void; weights(): unknown },
        ) => {
          if (epoch !== 0) return;
          control.setKnob('learningRate', 0);
          frozen = control.weights();
        },
      }),
    };
    await model.fit(train, { epochs: 3, callbacks: [freeze] });
    expect(model.getWeights()).toEqual(frozen);
  });
});

describe('dropout', () => {
  const n = 2000;
  /** A model that trains on its own dropped input: the loss of a step is the mean square of masked ones. */
  const ones = {
    x: { data: new Float32Array(n * 50).fill(1), shape: [n, 50] },
    y: { data: new Float32Array(n * 50), shape: [n, 50] },
  };
  const identity = Float32Array.from({ length: 2500 }, (_, i) => (i % 51 === 0 ? 1 : 0));
  const create = (rate: number): Model => {
    const model = sequential(
      [layers.dropout({ rate }), layers.dense({ units: 50, useBias: false, name: 'same' })].map((l, i) =>
        i === 0 ? { ...l, inputShape: [50] } : l,
      ),
    ).compile({
      optimizer: optimizers.sgd({ learningRate: 0 }),
      loss: 'meanSquaredError',
      metrics: ['meanAbsoluteError'],
    });
    model.setWeights({ 'same.kernel': identity });
    return model;
  };

  it.each([0.1, 0.2, 0.5])(
    '[#45] [#46] at rate %f drops that share, keeps the mean, and is the identity at inference',
    async (rate) => {
      const model = create(rate);
      const { metrics } = (await model.fit(ones, { batchSize: 100 })).epochs[0]!;
      // Kept values are 1 / (1 - rate): mean 1, mean square 1 / (1 - rate); four standard errors of 100,000 draws.
      const sigma = Math.sqrt(rate / (1 - rate) / (n * 50));
      expect(Math.abs(metrics.meanAbsoluteError! - 1)).toBeLessThan(4 * sigma);
      const kept = metrics.loss! * (1 - rate) ** 2;
      expect(Math.abs(kept - (1 - rate))).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / (n * 50)));
      expect(await model.evaluate(ones)).toEqual({ loss: 1, meanAbsoluteError: 1 });
    },
  );

  it('[#45] draws new masks in every step of one seed, and the same for the same seed', async () => {
    const losses = async (seed: number): Promise<readonly number[]> => {
      const { epochs } = await create(0.5).fit(ones, { epochs: 4, batchSize: n, seed, shuffle: false });
      return epochs.map(({ metrics }) => metrics.loss!);
    };
    const first = await losses(1);
    expect(new Set(first).size).toBe(4);
    expect(await losses(1)).toEqual(first);
    expect(await losses(2)).not.toEqual(first);
  });

  it('[#45] at rate 0 is the identity while training', async () => {
    expect((await create(0).fit(ones, { batchSize: 100 })).epochs[0]!.metrics.loss).toBe(1);
  });
});

describe('the exported file', () => {
  it('gives under plain ONNX Runtime what predict gives, for any batch size', async () => {
    const model = sequential([
      layers.input({ shape: [4, 4] }),
      layers.rescaling({ scale: 1 / 255 }),
      layers.flatten(),
      layers.dense({ units: 8, activation: 'gelu', kernelRegularizer: 'l2' }),
      layers.dropout(0.5),
      layers.dense({ units: 4, activation: 'softmax' }),
    ]).compile({ loss: 'categoricalCrossentropy' });
    const x = { data: train.x.data, shape: [300, 4, 4] };
    await model.fit({ x, y: train.y }, { epochs: 1 });
    const session = await InferenceSession.create(model.toOnnx({ note: 'test' }));
    expect(session.inputNames).toEqual(['input']);
    for (const rows of [1, 7, 300]) {
      const data = Float32Array.from((train.x.data as Uint8Array).subarray(0, rows * 16));
      const { output } = await session.run({ input: new Tensor('float32', data, [rows, 4, 4]) });
      const expected = await model.predict({ data, shape: [rows, 4, 4] });
      expect(output!.dims).toEqual([rows, 4]);
      const found = output!.data as Float32Array;
      for (let i = 0; i < found.length; i++)
        expect(Math.abs(found[i]! - expected.data[i]!)).toBeLessThan(1e-5);
    }
    await session.release();
  });
});

describe('weights', () => {
  it('are copies that can be put into another model', async () => {
    const first = small();
    await first.fit(train, { epochs: 1 });
    const second = small();
    second.setWeights(first.getWeights());
    expect(await second.evaluate(validation)).toEqual(await first.evaluate(validation));
    first.getWeights()['dense1.kernel']!.fill(0);
    expect(await second.evaluate(validation)).toEqual(await first.evaluate(validation));
  });

  it('are those of the seed after dispose', async () => {
    const model = small();
    const before = model.getWeights();
    await model.fit(train, { epochs: 1 });
    expect(model.getWeights()).not.toEqual(before);
    model.dispose();
    expect(model.getWeights()).toEqual(before);
  });

  it('[#32] through twenty relu layers He keeps the spread of signals, small normals lose it, large ones blow it up', async () => {
    const random = generator(randomKey(1, 'signals'));
    const x = { data: Float32Array.from({ length: 64 * 100 }, () => random.normal()), shape: [64, 100] };
    const spread = async (
      kernelInitializer: Parameters<typeof layers.dense>[0]['kernelInitializer'],
    ): Promise<number> => {
      const deep = Array.from({ length: 20 }, () =>
        layers.dense({ units: 100, activation: 'relu', kernelInitializer: kernelInitializer! }),
      );
      const { data } = await sequential([layers.input({ shape: [100] }), ...deep]).predict(x);
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    };
    const he = await spread('heNormal');
    expect(he).toBeGreaterThan(0.4);
    expect(he).toBeLessThan(2.5);
    expect(await spread({ kind: 'randomNormal', numbers: { mean: 0, stddev: 0.01 } })).toBeLessThan(1e-10);
    expect(await spread({ kind: 'randomNormal', numbers: { mean: 0, stddev: 1 } })).toBeGreaterThan(1e10);
  });
});

describe('averaged weights beside weights that a layer moves itself', () => {
  it('keeps both: an averaged kernel and the moving moments of batch normalization', async () => {
    const random = generator(randomKey(3, 'averaged'));
    const x = Array.from({ length: 64 }, () => [random.normal() + 2, random.normal()]);
    const y = x.map((row) => [row[0]! - row[1]!]);
    const build = (useEma: boolean) =>
      sequential([
        layers.input({ shape: [2] }),
        layers.batchNormalization(),
        layers.dense({ units: 1 }),
      ]).compile({
        optimizer: optimizers.adam({ learningRate: 0.05, ...(useEma ? { useEma, emaMomentum: 0.9 } : {}) }),
        loss: 'meanSquaredError',
      });
    const [plain, averaged] = [build(false), build(true)];
    for (const model of [plain, averaged]) await model.fit({ x, y }, { epochs: 3, batchSize: 16, seed: 1 });
    const [a, b] = [plain.getWeights(), averaged.getWeights()];
    const moving = Object.keys(a).filter((path) => path.includes('moving'));
    expect(moving).toHaveLength(2);
    // The moments follow the data alone, whatever becomes of the kernel; the averaged kernel lags behind the raw one.
    for (const path of moving) expect(b[path]).toEqual(a[path]);
    const kernel = Object.keys(a).find((path) => path.endsWith('.kernel'))!;
    expect(b[kernel]).not.toEqual(a[kernel]);
    expect([...b[kernel]!].every(Number.isFinite)).toBe(true);
  });
});
