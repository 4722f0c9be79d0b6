import { describe, expect, it } from 'vitest';
import * as ops from '../graph/functions.ts';
import { decodeModel } from '../graph/onnx-schema.ts';
import { numbers } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { losses } from '../losses/losses.ts';
import { metrics } from '../metrics/metrics.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { schedules } from '../schedules/schedules.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint.ts';
import { earlyStopping } from '../training/early-stopping.ts';
import { functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { call, input } from '../training/symbolic.ts';
import { importOnnx } from './import-onnx.ts';
import { loadModel, saveModel } from './model-file.ts';

const rows = 24;
const x = { data: Float32Array.from(numbers(rows * 16)), shape: [rows, 4, 4, 1] };
const y = Array.from({ length: rows }, (_, i) => i % 3);

/** Convolutions, a residual branch, batch normalization, dropout, penalties and a constraint. */
function create(): Model {
  const image = input({ shape: [4, 4, 1], name: 'image' });
  const conv = call(
    layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', kernelRegularizer: 'l2', name: 'conv' }),
    image,
  );
  const normal = call(layers.batchNormalization({ name: 'bn' }), conv);
  const sum = call(layers.add(), normal, conv);
  const flat = call(layers.dropout(0.2), call(layers.flatten(), call(layers.activation('relu'), sum)));
  const output = call(
    layers.dense({ units: 3, activation: 'softmax', kernelConstraint: 'maxNorm', name: 'out' }),
    flat,
  );
  return functional({ inputs: image, outputs: output, name: 'small', seed: 6 }).compile({
    optimizer: optimizers.adamW({
      learningRate: schedules.cosine({ initialLearningRate: 0.01, decaySteps: 100 }),
      clipnorm: 1,
    }),
    loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
    metrics: ['accuracy', metrics.topKCategoricalAccuracy({ k: 2, name: 'top2' })],
  });
}

describe('saveModel and loadModel', () => {
  it('a loaded model predicts, evaluates and trains on as the one that was saved', async () => {
    const model = create();
    await model.fit({ x, y }, { epochs: 2, batchSize: 8 });
    const loaded = await loadModel(await saveModel(model));
    expect(loaded.name).toBe('small');
    expect(loaded.isFitted).toBe(true);
    expect(loaded.getWeights()).toEqual(model.getWeights());
    expect(loaded.summary()).toBe(model.summary());
    expect(await loaded.evaluate({ x, y })).toEqual(await model.evaluate({ x, y }));
    // Moments, counts, schedule, masks and order go on alike.
    const options = { epochs: 4, initialEpoch: 2, batchSize: 8 };
    const expected = await model.fit({ x, y }, options);
    expect(await loaded.fit({ x, y }, options)).toEqual(expected);
    expect(loaded.getWeights()).toEqual(model.getWeights());
  });

  it('goes on exactly where a stopped run stood, inside an epoch, best weights put back or not', async () => {
    const options = {
      epochs: 6,
      batchSize: 5,
      seed: 4,
      validationData: { x, y },
      callbacks: [earlyStopping({ monitor: 'valLoss', patience: 9, restoreBestWeights: true })],
    };
    const whole = create();
    const history = await whole.fit({ x, y }, options);
    const stopped = create();
    const controller = new AbortController();
    await stopped.fit(
      { x, y },
      {
        ...options,
        signal: controller.signal,
        onCall: ({ step }) => {
          if (step >= 12) controller.abort();
        },
      },
    );
    const loaded = await loadModel(await saveModel(stopped));
    expect(await loaded.fit({ x, y }, { ...options, resume: 'last' })).toEqual(history);
    expect(loaded.getWeights()).toEqual(whole.getWeights());
  });

  it('refuses to resume where there was no run', async () => {
    await expect(create().fit({ x, y }, { resume: 'last' })).rejects.toThrow(/has no run to go on with/);
  });

  it('an unfitted model keeps its first weights, an uncompiled one its layers', async () => {
    const model = sequential([layers.dense({ units: 2, inputShape: [3] })], { seed: 9 });
    const bare = await loadModel(await saveModel(model));
    expect(bare.getWeights()).toEqual(model.getWeights());
    expect(bare.isFitted).toBe(false);
  });

  it('the same model gives the same bytes', async () => {
    const [a, b] = [create(), create()];
    for (const model of [a, b]) await model.fit({ x, y }, { epochs: 1 });
    expect(await saveModel(a)).toEqual(await saveModel(b));
  });

  it('a loss of one’s own is asked for', async () => {
    const compile = {
      optimizer: 'sgd',
      loss: {
        name: 'own',
        targets: ['values'],
        mean: (output: never, target: never) => ops.mean(ops.absolute(ops.subtract(output, target))),
      },
    } as const;
    const model = sequential([layers.dense({ units: 1, inputShape: [2] })]).compile(compile as never);
    await model.fit({ x: [[1, 2]], y: [3] });
    const bytes = await saveModel(model);
    await expect(loadModel(bytes)).rejects.toMatchObject({ code: 'LU_MODEL_CODE', message: /loss\.mean/ });
    expect((await loadModel(bytes, { compile: false })).getWeights()).toEqual(model.getWeights());
    const again = await loadModel(bytes, { compile: compile as never });
    expect(await again.evaluate({ x: [[1, 2]], y: [3] })).toEqual(
      await model.evaluate({ x: [[1, 2]], y: [3] }),
    );
  });

  it('refuses files that are cut short, changed, of a newer format, or no model', async () => {
    const bytes = await saveModel(create());
    await expect(loadModel(bytes.subarray(0, bytes.length - 3))).rejects.toMatchObject({
      code: 'LU_CHECKPOINT_DAMAGED',
    });
    const changed = Uint8Array.from(bytes);
    changed[bytes.length - 20]! ^= 1;
    await expect(loadModel(changed)).rejects.toMatchObject({ code: 'LU_CHECKPOINT_DAMAGED' });
    const { header, arrays } = await decodeCheckpoint(bytes);
    const newer = await encodeCheckpoint({ header: { ...(header as object), format: 2 }, arrays });
    await expect(loadModel(newer)).rejects.toMatchObject({ code: 'LU_MODEL_VERSION' });
    await expect(loadModel(await encodeCheckpoint({ header: { step: 1 }, arrays: {} }))).rejects.toThrow(
      /is a checkpoint of a run, not a model/,
    );
    const model = create();
    await model.fit({ x, y });
    const whole = await decodeCheckpoint(await saveModel(model));
    const { 'now/weight/conv.kernel': _, ...rest } = whole.arrays;
    const missing = await encodeCheckpoint({ header: whole.header, arrays: rest });
    await expect(loadModel(missing)).rejects.toThrow(/the file has no weight\/conv.kernel of 27 numbers/);
  });

  it('refuses an architecture with a cycle, and a kind of layer that is unknown', async () => {
    const { header, arrays } = await decodeCheckpoint(await saveModel(create()));
    const { architecture } = header as {
      architecture: { calls: { inputs: number[] }[]; layers: { kind: string }[] };
    };
    const alter = (changes: object): Promise<Uint8Array> =>
      encodeCheckpoint({
        header: { ...(header as object), architecture: { ...architecture, ...changes } },
        arrays,
      });
    const calls = architecture.calls.map((one, i) => (i === 0 ? { ...one, inputs: [3] } : one));
    await expect(loadModel(await alter({ calls }))).rejects.toMatchObject({ code: 'LU_MODEL_CYCLE' });
    const kinds = architecture.layers.map((layer, i) => (i === 0 ? { ...layer, kind: 'conv2e' } : layer));
    await expect(loadModel(await alter({ layers: kinds }))).rejects.toThrow(
      /'conv2e'; did you mean 'conv2d'/,
    );
  });
});

describe('importOnnx', () => {
  it('makes the exported model again, weights that were folded away included', async () => {
    const model = create();
    await model.fit({ x, y }, { epochs: 2 });
    const again = importOnnx(model.toOnnx());
    expect(again.getWeights()).toEqual(model.getWeights());
    expect(again.name).toBe('small');
    expect((await again.predict(x)).data).toEqual((await model.predict(x)).data);
    again.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    await again.fit({ x, y }, { epochs: 1 });
    // The file says the same of itself once more.
    expect(importOnnx(again.toOnnx()).getWeights()).toEqual(again.getWeights());
  });

  it('refuses files that are cut short, changed or of other origin', async () => {
    const file = create().toOnnx();
    for (const length of [10, Math.floor(file.length / 2), file.length - 5]) {
      expect(() => importOnnx(file.subarray(0, length))).toThrow(/cut short|damaged/);
    }
    const { graph } = decodeModel(file);
    const kernel = graph.initializer.find(({ rawData }) => rawData.length === 4 * 48 * 3)!.rawData;
    const at = file.findIndex((_, i) => kernel.every((byte, j) => file[i + j] === byte));
    const changed = Uint8Array.from(file);
    changed[at]! ^= 1;
    expect(() => importOnnx(changed)).toThrow(/its weights do not match their checksum/);
    expect(() => importOnnx(new Uint8Array(0))).toThrow(/was not exported by Luthier/);
  });
});
