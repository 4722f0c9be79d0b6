import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as ops from '../graph/functions.ts';
import { numbers } from '../graph/testing.ts';
import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { importOnnx } from '../saving/import-onnx.ts';
import { loadModel, saveModel } from '../saving/model-file.ts';
import { gradientFlow, initReport } from '../scans/init-report.ts';
import { trainer } from './custom/trainer.ts';
import { functional } from './functional.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';
import { call, callAll, input } from './symbolic.ts';

const x = { data: Float32Array.from(numbers(48)), shape: [12, 4] };
const y = [0, 1, 2, 1, 0, 2, 0, 1, 2, 2, 1, 0];
const data = { x, y };

/** Layers with everything that layers write to: penalties, moving moments, masks of dropout, units that can die. */
function stack(prefix = ''): readonly Layer[] {
  return [
    layers.dense({
      units: 6,
      activation: 'relu',
      name: `${prefix}hidden`,
      kernelRegularizer: 'l2',
      activityRegularizer: 'l1',
      kernelConstraint: 'maxNorm',
    }),
    layers.batchNormalization({ name: `${prefix}norm`, momentum: 0.5 }),
    layers.dropout({ rate: 0.4, name: `${prefix}drop` }),
    layers.dense({ units: 5, activation: 'tanh', name: `${prefix}code` }),
  ];
}

const head = layers.dense({ units: 3, activation: 'softmax', name: 'head' });
const adam = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const;

function encoder(): Model {
  return sequential([layers.input({ shape: [4], name: 'start' }), ...stack()], { name: 'encoder' });
}

function nested(inside: Model = encoder()): Model {
  return sequential([inside, head]).compile(adam);
}

function flat(prefix = 'encoder.'): Model {
  const start = layers.input({ shape: [4], name: `${prefix}start` });
  return sequential([start, ...stack(prefix), head]).compile(adam);
}

describe('a model as a layer', () => {
  it('trains bit by bit like the flat model of the same layers and names', async () => {
    const [inner, whole] = [nested(), flat()];
    expect(inner.getWeights()).toEqual(whole.getWeights());
    const options = { epochs: 4, batchSize: 5, seed: 7, validationSplit: 0.25 };
    const histories = [await inner.fit(data, options), await whole.fit(data, options)];
    expect(inner.getWeights()).toEqual(whole.getWeights());
    expect(histories[0]!.epochs.map(({ metrics }) => metrics)).toEqual(
      histories[1]!.epochs.map(({ metrics }) => metrics),
    );
    expect(histories[0]!.epochs[3]!.telemetry).toEqual(histories[1]!.epochs[3]!.telemetry);
    expect(await inner.evaluate(data)).toEqual(await whole.evaluate(data));
  });

  it('does so at any depth', async () => {
    const deep = sequential([sequential([sequential([encoder()], { name: 'b' })], { name: 'a' }), head]);
    const whole = flat('a.b.encoder.');
    await deep.compile(adam).fit(data, { epochs: 2, batchSize: 4 });
    await whole.fit(data, { epochs: 2, batchSize: 4 });
    expect(deep.getWeights()).toEqual(whole.getWeights());
  });

  it('has the weights of the model that was called: training the whole trains it, at any depth', async () => {
    const inside = encoder();
    const middle = sequential([inside], { name: 'middle' });
    const whole = nested(middle);
    const before = inside.getWeights()['hidden.kernel']!;
    expect(whole.getWeights()['middle.encoder.hidden.kernel']).toEqual(before);
    await whole.fit(data, { epochs: 2 });
    const after = inside.getWeights();
    expect(after['hidden.kernel']).not.toEqual(before);
    for (const [name, values] of Object.entries(after)) {
      expect(whole.getWeights()[`middle.encoder.${name}`]).toEqual(values);
      expect(middle.getWeights()[`encoder.${name}`]).toEqual(values);
    }
    expect(inside.isFitted).toBe(true);
    inside.setWeights({ ...after, 'hidden.kernel': before });
    expect(whole.getWeights()['middle.encoder.hidden.kernel']).toEqual(before);
  });

  it('brings the weights that it has, and takes those that the seed of fit draws where it has none', async () => {
    const ends: Record<string, Float32Array>[] = [];
    for (const seed of [3, 3, 4]) {
      const inside = encoder();
      await nested(inside).fit(data, { epochs: 1, seed });
      ends.push(inside.getWeights() as Record<string, Float32Array>);
    }
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).not.toEqual(ends[2]);
  });

  it('keeps both in step when two models share one, whichever is trained, whatever the optimizer', async () => {
    const inside = encoder();
    const one = nested(inside);
    const two = sequential([inside, layers.dense({ units: 3, activation: 'softmax' })]).compile({
      ...adam,
      optimizer: optimizers.scheduleFreeAdamW({ learningRate: 0.01 }),
    });
    for (const model of [one, two, one, two]) {
      await model.fit(data, { epochs: 1 });
      const kernel = inside.getWeights()['code.kernel'];
      expect(one.getWeights()['encoder.code.kernel']).toEqual(kernel);
      expect(two.getWeights()['encoder.code.kernel']).toEqual(kernel);
    }
  });

  it('shares its weights among several calls, whose gradients add up', async () => {
    const twin = sequential([layers.dense({ units: 1, useBias: false, name: 'w', inputShape: [2] })]);
    const [left, right] = [input({ shape: [2], name: 'left' }), input({ shape: [2], name: 'right' })];
    const model = functional({
      inputs: [left, right],
      outputs: call(layers.subtract(), call(twin, left), call(twin, right)),
    }).compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: 'meanSquaredError' });
    expect(model.countParams()).toBe(2);
    twin.setWeights({ 'w.kernel': Float32Array.of(1, 2) });
    await model.fit({ x: { left: [[1, 0]], right: [[0, 1]] }, y: [[1]] }, { epochs: 1 });
    // d/dw (w1 - w2 - 1)^2 = 2 (1 - 2 - 1) (1, -1) = (-4, 4)
    expect([...twin.getWeights()['w.kernel']!]).toEqual([5, -2]);
    expect(
      sequential([twin.clone(), layers.dense({ units: 2 }), layers.dense({ units: 2 })]).countParams(),
    ).toBe(12);
  });

  it('takes and gives several tensors, and hands masks through', async () => {
    const [a, b] = [input({ shape: [3], name: 'a' }), input({ shape: [3], name: 'b' })];
    const sumAndProduct = functional({
      inputs: [a, b],
      outputs: { sum: call(layers.add(), a, b), product: call(layers.multiply(), a, b) },
    });
    const [p, q] = [input({ shape: [3], name: 'p' }), input({ shape: [3], name: 'q' })];
    const [sum, product] = callAll(sumAndProduct, p, q);
    const model = functional({ inputs: [p, q], outputs: call(layers.subtract(), sum!, product!) });
    const output = await model.predict({ p: [[1, 2, 3]], q: [[4, 5, 6]] });
    expect([...output.data]).toEqual([1, -3, -9]);

    const words = input({ shape: [3] });
    const embed = sequential([
      layers.embedding({ inputDim: 5, outputDim: 2, maskZero: true, inputShape: [3] }),
    ]);
    const pool = layers.globalAveragePooling1d();
    const masked = functional({ inputs: words, outputs: call(pool, call(embed, words)) });
    embed.setWeights({ 'embedding1.embeddings': Float32Array.of(9, 9, 1, 2, 3, 4, 0, 0, 0, 0) });
    expect([...(await masked.predict([[1, 2, 0]])).data]).toEqual([2, 3]);
    await expect(masked.predict([[1, 5, 0]])).rejects.toMatchObject({
      code: 'LU_DATA_INDEX',
      message: expect.stringContaining("model 'model1' takes whole numbers from 0 to 4"),
    });
  });

  it('can be frozen and thawed as a whole or by layers, before and after it was called', async () => {
    const inside = encoder().freeze();
    const whole = nested(inside);
    const before = inside.getWeights();
    expect(whole.countParams('trainable')).toBe(18);
    await whole.fit(data, { epochs: 2 });
    expect(inside.getWeights()).toEqual(before);
    whole.unfreeze('encoder.code');
    expect(whole.plan.trainable.map(({ path }) => path)).toEqual([
      'encoder.code.kernel',
      'encoder.code.bias',
      'head.kernel',
      'head.bias',
    ]);
    await whole.fit(data, { epochs: 1 });
    const { 'code.kernel': moved, 'hidden.kernel': stayed, 'norm.movingMean': mean } = inside.getWeights();
    expect(moved).not.toEqual(before['code.kernel']);
    expect(stayed).toEqual(before['hidden.kernel']);
    expect(mean).toEqual(before['norm.movingMean']);
    whole.unfreeze().freeze('head');
    expect(whole.countParams('trainable')).toBe(whole.countParams() - 18 - 12);
    expect(() => whole.freeze('encoder.cod')).toThrow(
      expect.objectContaining({ code: 'LU_MODEL_OPTION', message: expect.stringContaining('encoder.code') }),
    );
  });

  it('is frozen bit by bit like the flat model', async () => {
    const [inner, whole] = [nested(encoder().freeze()), flat()];
    whole.freeze('encoder.start', 'encoder.hidden', 'encoder.norm', 'encoder.drop', 'encoder.code');
    await inner.fit(data, { epochs: 2, batchSize: 5 });
    await whole.fit(data, { epochs: 2, batchSize: 5 });
    expect(inner.getWeights()).toEqual(whole.getWeights());
  });

  it('is told in summary, explanation and memory with its layers', () => {
    const [inner, whole] = [nested(), flat()];
    const summary = inner.summary();
    expect(summary).toMatch(/^encoder \(model\) +\[batch, 5\] +89$/m);
    expect(summary).toMatch(/^ {2}hidden \(dense\) +\[batch, 6\] +30$/m);
    expect(summary).toContain('Total parameters: 107');
    expect(summary.split('\n').at(-1)).toBe(whole.summary().split('\n').at(-1));
    const names = (model: Model): readonly string[] =>
      model.explain().hyperparameters.map(({ name }) => name);
    expect(names(inner)).toEqual(names(whole));
    expect(inner.explain().parameters).toEqual(whole.explain().parameters);
    expect(inner.summary()).not.toContain('After');
  });

  it('is looked into by gradientFlow and initReport', async () => {
    const [inner, whole] = [nested(), flat()];
    const [ours, theirs] = [await gradientFlow(inner, data), await gradientFlow(whole, data)];
    expect(ours.layers.filter(({ layer }) => layer !== 'encoder')).toEqual(theirs.layers);
    expect(ours.activationRatio).toBe(theirs.activationRatio);
    await inner.fit(data, { epochs: 1 });
    const kernel = inner.getWeights()['encoder.hidden.kernel'];
    expect((await initReport(inner, data)).layers.map(({ layer }) => layer)).toContain('encoder.hidden');
    expect(inner.getWeights()['encoder.hidden.kernel']).toEqual(kernel);
  });

  it('is saved, loaded and resumed exactly inside its model, and found again there', async () => {
    const whole = nested();
    const long = nested();
    await long.fit(data, { epochs: 4, batchSize: 5 });
    await whole.fit(data, { epochs: 2, batchSize: 5 });
    const loaded = await loadModel(await saveModel(whole));
    expect(loaded.summary()).toBe(whole.summary());
    await loaded.fit(data, { epochs: 4, batchSize: 5, resume: 'last' });
    expect(loaded.getWeights()).toEqual(long.getWeights());
    const inside = loaded.inner('encoder');
    expect(inside.getWeights()['code.kernel']).toEqual(loaded.getWeights()['encoder.code.kernel']);
    expect((await inside.predict(x)).shape).toEqual([12, 5]);
    expect(() => loaded.inner('encodr')).toThrow(
      expect.objectContaining({ code: 'LU_MODEL_PART', message: expect.stringContaining("'encoder'") }),
    );
  });

  it('goes into an ONNX file and comes back', async () => {
    const whole = nested();
    await whole.fit(data, { epochs: 1 });
    const file = whole.toOnnx();
    const session = await ort.InferenceSession.create(file);
    const { output } = await session.run({ input: new ort.Tensor('float32', x.data, x.shape) });
    const expected = (await whole.predict(x)).data;
    expect((output!.data as Float32Array).every((value, i) => Math.abs(value - expected[i]!) < 1e-6)).toBe(
      true,
    );
    const back = importOnnx(file);
    expect(back.getWeights()).toEqual(whole.getWeights());
    expect(back.summary().split('\n')[2]).toBe(whole.summary().split('\n')[2]);
  });

  it('clones and disposed models do not touch it', async () => {
    const inside = encoder();
    const whole = nested(inside);
    const before = inside.getWeights();
    await whole.clone().fit(data, { epochs: 1 });
    expect(inside.getWeights()).toEqual(before);
    await whole.fit(data, { epochs: 1 });
    const trained = inside.getWeights();
    whole.dispose();
    expect(inside.getWeights()).toEqual(trained);
    expect(whole.getWeights()['encoder.code.kernel']).toEqual(trained['code.kernel']);
  });

  it('refuses shapes that do not fit, equal names, weights in two places, and training it twice at once', async () => {
    const wide = layers.dense({ units: 7, name: 'wide', inputShape: [4] });
    expect(() => sequential([wide, encoder()])).toThrow(
      expect.objectContaining({
        code: 'LU_MODEL_SHAPE',
        message: expect.stringMatching(/model 'encoder'.*\[4\].*dense 'wide'.*\[7\]/),
      }),
    );
    expect(() =>
      sequential([encoder(), layers.reshape({ targetShape: [5] }), layers.dense({ units: 4 }), encoder()]),
    ).toThrow(expect.objectContaining({ code: 'LU_MODEL_NAME' }));
    const inside = encoder();
    const around = sequential([inside], { name: 'around' });
    const start = input({ shape: [4] });
    expect(() =>
      functional({ inputs: start, outputs: call(layers.add(), call(inside, start), call(around, start)) }),
    ).toThrow(expect.objectContaining({ code: 'LU_MODEL_SHARED' }));
    const [one, two] = [nested(inside), nested(inside)];
    const first = one.fit(data, { epochs: 1 });
    await expect(two.fit(data, { epochs: 1 })).rejects.toMatchObject({ code: 'LU_FIT_BUSY' });
    await first;
    const dotted = layers.dense({ units: 5, name: 'encoder.hidden', inputShape: [5] });
    expect(() => sequential([encoder(), dotted])).toThrow(expect.objectContaining({ code: 'LU_MODEL_NAME' }));
  });
});

describe('wrappers around models', () => {
  it('timeDistributed applies a model to every step, shares its weights and freezes with it', async () => {
    const inside = encoder();
    const steps = sequential([
      layers.input({ shape: [3, 4] }),
      layers.timeDistributed({ layer: inside, name: 'each' }),
      layers.flatten(),
      head,
    ]).compile(adam);
    expect(steps.getWeights()['each.layer.code.kernel']).toEqual(inside.getWeights()['code.kernel']);
    await steps.fit({ x: { data: x.data, shape: [4, 3, 4] }, y: y.slice(0, 4) }, { epochs: 2 });
    expect(steps.getWeights()['each.layer.code.kernel']).toEqual(inside.getWeights()['code.kernel']);
    const codes = steps.part({ to: 'each' });
    const output = await codes.predict({ data: x.data, shape: [4, 3, 4] });
    expect(output.shape).toEqual([4, 3, 5]);
    expect(output.data).toEqual((await inside.predict(x)).data);
    const names = steps.plan.trainable.map(({ path }) => path);
    steps.freeze('each');
    expect(steps.plan.trainable.map(({ path }) => path)).toEqual(['head.kernel', 'head.bias']);
    steps.unfreeze('each');
    expect(steps.plan.trainable.map(({ path }) => path)).toEqual(names);
    const loaded = await loadModel(await saveModel(steps));
    expect((await loaded.inner('each.layer').predict(x)).data).toEqual(output.data);
  });

  it('networks of a trainer have weights of their own each', () => {
    const inside = encoder();
    expect(() =>
      trainer({
        networks: { inside, whole: nested(inside) },
        optimizers: { whole: 'adam' },
        step: ({ run, batch }) => ({ loss: ops.mean(run('whole', batch.x!)) }),
      }),
    ).toThrow(expect.objectContaining({ code: 'LU_MODEL_SHARED' }));
  });
});

describe('a part of a model', () => {
  it('shares its weights with the whole, both ways', async () => {
    const whole = flat('');
    await whole.fit(data, { epochs: 1 });
    const codes = whole.part({ to: 'code' });
    const classify = whole.part({ from: 'code' });
    expect(codes.countParams() + classify.countParams()).toBe(whole.countParams());
    const through = await classify.predict(await codes.predict(x));
    expect(through.data).toEqual((await whole.predict(x)).data);
    classify.compile(adam);
    await classify.fit({ x: await codes.predict(x), y }, { epochs: 1 });
    expect(whole.getWeights()['head.kernel']).toEqual(classify.getWeights()['head.kernel']);
  });

  it('is what transfer learning needs: a trained part, frozen, under a new head, then fine-tuned', async () => {
    const teacher = flat('');
    await teacher.fit(data, { epochs: 3 });
    const features = teacher.part({ to: 'norm', name: 'features' }).freeze();
    const before = teacher.getWeights()['hidden.kernel'];
    const model = sequential([features, layers.dense({ units: 1, name: 'size' })]);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const targets = { x, y: y.map((label) => label / 2) };
    const [first] = (await model.fit(targets, { epochs: 1 })).epochs;
    expect(teacher.getWeights()['hidden.kernel']).toEqual(before);
    model
      .unfreeze('features')
      .compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const last = (await model.fit(targets, { epochs: 20 })).epochs.at(-1);
    expect(last!.metrics.loss).toBeLessThan(first!.metrics.loss!);
    expect(teacher.getWeights()['hidden.kernel']).not.toEqual(before);
  });

  it('may begin and end in several places, and refuses layers that are not there or not enough', () => {
    const [a, b] = [input({ shape: [3], name: 'a' }), input({ shape: [3], name: 'b' })];
    const left = call(layers.dense({ units: 2, name: 'left' }), a);
    const right = call(layers.dense({ units: 2, name: 'right' }), b);
    const model = functional({ inputs: [a, b], outputs: call(layers.add({ name: 'sum' }), left, right) });
    const only = model.part({ to: 'left' });
    expect(only.plan.inputs.map(({ name }) => name)).toEqual(['a']);
    expect(model.part({ to: ['left', 'right'] }).plan.outputs.map(({ name }) => name)).toEqual([
      'left',
      'right',
    ]);
    expect(model.part({ from: ['left', 'right'] }).plan.inputs).toHaveLength(2);
    expect(() => model.part({ from: 'left' })).toThrow(expect.objectContaining({ code: 'LU_MODEL_INPUT' }));
    expect(() => model.part({ to: 'lef' })).toThrow(
      expect.objectContaining({ code: 'LU_MODEL_PART', message: expect.stringContaining("'left'") }),
    );
  });
});
