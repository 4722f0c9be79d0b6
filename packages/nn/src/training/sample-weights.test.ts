import { describe, expect, it } from 'vitest';
import { checkSamples } from '../data/check-samples.ts';
import type { Samples } from '../data/dataset.ts';
import { joinSamples } from '../data/join.ts';
import { kFold } from '../data/k-fold.ts';
import { fitPreparation } from '../data/preprocessor.ts';
import { standardize } from '../data/scaling.ts';
import { slice, take, trainValidationSplit } from '../data/split.ts';
import { layers } from '../layers/layers.ts';
import { losses } from '../losses/losses.ts';
import { metrics } from '../metrics/metrics.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { crossValidate } from './cross-validate.ts';
import { functional } from './functional.ts';
import type { Model } from './model.ts';
import type { CompileOptions } from './objective.ts';
import { sequential } from './sequential.ts';
import { call, input } from './symbolic.ts';

const counts = [2, 1, 0, 3, 1, 2, 1];
const x = counts.map((_, i) => [Math.sin(3 * i), Math.cos(5 * i), 0.1 * i]);
const labels = [0, 2, 1, 1, 0, 2, 1];
const real = x.map(([a, b, c]) => [a! + 2 * c!, b! - a!]);

function repeated<T>(rows: readonly T[]): T[] {
  return rows.flatMap((row, i) => new Array<T>(counts[i]!).fill(row));
}

function classifier(
  options: Partial<CompileOptions> = {},
  activation: 'softmax' | 'sigmoid' = 'softmax',
): Model {
  return sequential(
    [layers.dense({ units: activation === 'softmax' ? 3 : 1, activation, inputShape: [3] })],
    {
      seed: 1,
    },
  ).compile({
    optimizer: optimizers.sgd({ learningRate: 0.5 }),
    loss: activation === 'softmax' ? 'sparseCategoricalCrossentropy' : 'binaryCrossentropy',
    ...options,
  });
}

function expectClose(found: Record<string, number>, expected: Record<string, number>, digits = 5): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) expect(found[name], name).toBeCloseTo(value, digits);
}

describe('weights of samples', () => {
  it('scale the loss of each sample: sum(w l) / n, as Keras has it', async () => {
    const model = classifier();
    const [weighted, whole] = await Promise.all([
      model.evaluate({ x, y: labels, sampleWeight: counts }),
      model.evaluate({ x: repeated(x), y: repeated(labels) }),
    ]);
    const total = counts.reduce((a, b) => a + b);
    expect(weighted.loss).toBeCloseTo((whole.loss! * total) / counts.length, 6);
    const halves = await model.evaluate({ x, y: labels, sampleWeight: counts.map((count) => count / 2) });
    expect(halves.loss).toBeCloseTo(weighted.loss! / 2, 6);
  });

  it.each([
    ['sparseCategoricalCrossentropy', losses.sparseCategoricalCrossentropy(), labels],
    ['categoricalCrossentropy, smoothed', losses.categoricalCrossentropy({ labelSmoothing: 0.2 }), labels],
    ['categoricalFocalCrossentropy', losses.categoricalFocalCrossentropy(), labels],
    ['categoricalHinge', losses.categoricalHinge(), labels],
  ] as const)('train like samples that occur so often: %s', async (_name, loss, y) => {
    const total = counts.reduce((a, b) => a + b);
    const trained = async (learningRate: number, data: Parameters<Model['fit']>[0]): Promise<number[]> => {
      const model = classifier({ loss, optimizer: optimizers.sgd({ learningRate }) });
      await model.fit(data, { epochs: 3, batchSize: 100 });
      return Object.values(model.getWeights()).flatMap((values) => [...values]);
    };
    const often = await trained(0.3, { x: repeated(x), y: repeated(y) });
    const weighted = await trained((0.3 * counts.length) / total, { x, y, sampleWeight: counts });
    weighted.forEach((value, i) => {
      expect(value).toBeCloseTo(often[i]!, 5);
    });
  });

  const rowLosses = [
    'meanSquaredError',
    'meanAbsoluteError',
    'huber',
    'logCosh',
    'cosineSimilarity',
  ] as const;
  it.each(rowLosses)('count in every loss of real targets: %s', async (loss) => {
    const model = sequential([layers.dense({ units: 2, inputShape: [3] })]).compile({ loss });
    const weighted = await model.evaluate({ x, y: real, sampleWeight: counts });
    const whole = await model.evaluate({ x: repeated(x), y: repeated(real) });
    expect(weighted.loss).toBeCloseTo((whole.loss! * 10) / 7, 5);
  });

  it('count in weighted metrics, and not in plain ones', async () => {
    const all = { metrics: ['accuracy'], weightedMetrics: [metrics.accuracy({ name: 'weighted' })] } as const;
    const found = await classifier(all).evaluate({ x, y: labels, sampleWeight: counts });
    const plain = await classifier(all).evaluate({ x, y: labels });
    const often = await classifier(all).evaluate({ x: repeated(x), y: repeated(labels) });
    expect(found.accuracy).toBe(plain.accuracy);
    expect(found.weighted).toBeCloseTo(often.accuracy!, 6);
    expect(plain.weighted).toBe(plain.accuracy);
    expect(often.weighted).not.toBe(plain.accuracy);
  });

  it('make each metric what it is of samples that occur so often, whatever the batch size', async () => {
    const classMetrics = [
      'accuracy',
      'categoricalAccuracy',
      'topKCategoricalAccuracy',
      'precision',
      'recall',
      'f1',
      'auc',
    ] as const;
    const realMetrics = [
      'meanSquaredError',
      'meanAbsoluteError',
      'rootMeanSquaredError',
      'r2',
      'cosineSimilarity',
    ] as const;
    const regression = (): Model =>
      sequential([layers.dense({ units: 2, inputShape: [3] })], { seed: 1 }).compile({
        loss: 'meanSquaredError',
        weightedMetrics: realMetrics,
      });
    for (const [model, y, ignored] of [
      [classifier({ weightedMetrics: classMetrics }), labels, 'loss'],
      [
        classifier({ weightedMetrics: ['binaryAccuracy', 'precision', 'auc'] }, 'sigmoid'),
        labels.map((l) => l % 2),
        'loss',
      ],
      [regression(), real, 'loss'],
    ] as const) {
      const { [ignored]: _, ...often } = await model.evaluate({
        x: repeated(x),
        y: repeated<unknown>(y) as never,
      });
      for (const batchSize of [100, 3]) {
        const { [ignored]: __, ...found } = await model.evaluate(
          { x, y, sampleWeight: counts },
          { batchSize },
        );
        expectClose(found, often);
      }
    }
  });

  it('are cut with validationSplit, and count in validation data as in evaluate', async () => {
    const model = classifier({ weightedMetrics: ['accuracy'] });
    const { epochs } = await model.fit(
      { x, y: labels, sampleWeight: counts },
      { validationSplit: 0.4, epochs: 2, batchSize: 2 },
    );
    const held = { x: x.slice(4), y: labels.slice(4), sampleWeight: counts.slice(4) };
    const found = await model.evaluate(held);
    expect(epochs.at(-1)!.metrics.valLoss).toBeCloseTo(found.loss!, 6);
    expect(epochs.at(-1)!.metrics.valAccuracy).toBeCloseTo(found.accuracy!, 6);
    const given = await model.fit({ x, y: labels }, { validationData: held });
    expect(given.epochs[0]!.metrics.valLoss).toBeCloseTo((await model.evaluate(held)).loss!, 6);
  });

  it('go with their samples through slices, draws, splits, folds and preparations', async () => {
    const tensor = (values: readonly number[], width: number) => ({
      data: Float32Array.from(values),
      shape: width === 0 ? [values.length] : [values.length / width, width],
    });
    const samples = {
      x: tensor(x.flat(), 3),
      y: { data: Int32Array.from(labels), shape: [labels.length] },
      sampleWeight: tensor(counts, 0),
    };
    const weights = (part: Samples): readonly number[] => [...part.sampleWeight!.data];
    expect(weights(slice(samples, 2, 5))).toEqual(counts.slice(2, 5));
    expect(weights(take(samples, [6, 0]))).toEqual([1, 2]);
    const { train, validation } = trainValidationSplit(samples, { validation: 0.3, shuffle: true });
    const together = [...weights(train), ...weights(validation)];
    expect(together.toSorted()).toEqual(counts.toSorted());
    expect(weights(fitPreparation({ x: [standardize()] }, samples)(samples))).toEqual(counts);
    const { sampleWeight: _, ...plainSamples } = samples;
    expect(weights(joinSamples(samples, plainSamples))).toEqual([...counts, ...counts.map(() => 1)]);
    expect(joinSamples(plainSamples, plainSamples)).not.toHaveProperty('sampleWeight');
    expect(() => checkSamples({ ...samples, sampleWeight: tensor([1], 0) }, 'train')).toThrow(
      /x has 7 samples, sampleWeight has 1/,
    );
    const folds = kFold({ k: 2 });
    const { folds: results } = await crossValidate(() => classifier(), samples, { folds });
    const [first] = folds.split(samples);
    const model = classifier();
    await model.fit(take(samples, first!.train));
    const { loss } = await model.evaluate(take(samples, first!.validation));
    expect(results[0]!.scores.loss).toBeCloseTo(loss!, 6);
    const { loss: plain } = await model.evaluate({
      ...take(samples, first!.validation),
      sampleWeight: [1, 1, 1, 1],
    });
    expect(plain).not.toBeCloseTo(loss!, 4);
  });

  it('may differ from output to output', async () => {
    const start = input({ shape: [3] });
    const heads = {
      kind: call(layers.dense({ units: 3, activation: 'softmax', name: 'a' }), start),
      size: call(layers.dense({ units: 2, name: 'b' }), start),
    };
    const model = functional({ inputs: start, outputs: heads }).compile({
      loss: { kind: 'categoricalCrossentropy', size: 'meanSquaredError' },
      lossWeights: { size: 0.5 },
    });
    const ones = counts.map(() => 1);
    const y = { kind: labels, size: real };
    const both = await model.evaluate({ x, y, sampleWeight: { kind: counts, size: ones } });
    const often = await model.evaluate({
      x: repeated(x),
      y: { kind: repeated(labels), size: repeated(real) },
    });
    const plain = await model.evaluate({ x, y });
    expect(both.kindLoss).toBeCloseTo((often.kindLoss! * 10) / 7, 5);
    expect(both.sizeLoss).toBeCloseTo(plain.sizeLoss!, 5);
    expect(both.loss).toBeCloseTo(both.kindLoss! + 0.5 * both.sizeLoss!, 5);
    const trained = await model.fit({ x, y, sampleWeight: { kind: counts, size: ones } });
    expect(trained.epochs[0]!.metrics.kindLoss).toBeCloseTo(both.kindLoss!, 5);
  });

  it('may differ from step to step', async () => {
    const steps = x.map((row) => [row, row.map((value) => 1 - value)]);
    const y = steps.map((rows) => rows.map(([a]) => [2 * a!]));
    const model = sequential([layers.dense({ units: 1, inputShape: [2, 3] })]).compile({
      loss: 'meanSquaredError',
    });
    const only = (step: number): Promise<Readonly<Record<string, number>>> =>
      model.evaluate({
        x: steps,
        y,
        sampleWeight: counts.map((count) => [0, 1].map((s) => (s === step ? count : 0))),
      });
    const both = await model.evaluate({ x: steps, y, sampleWeight: counts });
    expect((await only(0)).loss! + (await only(1)).loss!).toBeCloseTo(both.loss!, 5);
  });
});

describe('weights of classes', () => {
  it('count like weights of their samples, and together with them', async () => {
    const trained = async (data: object, options: object): Promise<number[]> => {
      const model = classifier();
      await model.fit({ x, y: labels, ...data }, { epochs: 2, batchSize: 3, ...options });
      return Object.values(model.getWeights()).flatMap((values) => [...values]);
    };
    const byClass = labels.map((label) => [1, 0.5, 4][label]!);
    const bySample = await trained({ sampleWeight: byClass }, {});
    expect(await trained({}, { classWeight: { 1: 0.5, 2: 4 } })).toEqual(bySample);
    expect(await trained({}, { classWeight: [1, 0.5, 4] })).toEqual(bySample);
    const both = byClass.map((weight, i) => weight * counts[i]!);
    expect(await trained({ sampleWeight: counts }, { classWeight: [1, 0.5, 4] })).toEqual(
      await trained({ sampleWeight: both }, {}),
    );
    const balance = labels.map((label) => 7 / (3 * [2, 3, 2][label]!));
    expect(await trained({}, { classWeight: 'balanced' })).toEqual(
      await trained({ sampleWeight: balance }, {}),
    );
  });

  it('are those of one-hot rows and of answers yes and no, too', async () => {
    const weights = (
      options: object,
      y: readonly unknown[],
      activation: 'softmax' | 'sigmoid',
    ): Promise<number[]> => {
      const loss = activation === 'softmax' ? 'categoricalCrossentropy' : 'binaryCrossentropy';
      const model = classifier({ loss }, activation);
      return model.fit({ x, y: y as never }, options).then(() => [...Object.values(model.getWeights())[0]!]);
    };
    const classWeight = [3, 1, 0.5];
    const rows = labels.map((label) => [0, 1, 2].map((i) => Number(i === label)));
    expect(await weights({ classWeight }, rows, 'softmax')).toEqual(
      await weights({ classWeight }, labels, 'softmax'),
    );
    const answers = labels.map((label) => label % 2);
    const heavier = await weights({ classWeight: { 1: 5 } }, answers, 'sigmoid');
    expect(heavier).not.toEqual(await weights({}, answers, 'sigmoid'));
  });

  it('leave validation data alone', async () => {
    const held = { x, y: labels };
    const plain = classifier({ optimizer: optimizers.sgd({ learningRate: 0 }) });
    const { epochs } = await plain.fit(held, { classWeight: [9, 9, 9], validationData: held });
    expect(epochs[0]!.metrics.loss).toBeCloseTo(9 * epochs[0]!.metrics.valLoss!, 4);
  });
});

describe('bad weights are refused before training', () => {
  const fit = (data: object, options: object = {}, model = classifier()): Promise<unknown> =>
    model.fit({ x, y: labels, ...data }, options);

  it.each([
    [/sampleWeight has 3 rows for 7 samples/, { sampleWeight: [1, 2, 3] }, {}],
    [/the weight of row 2 is -1/, { sampleWeight: [1, 1, -1, 1, 1, 1, 1] }, {}],
    [/row 1, column 0 is NaN/, { sampleWeight: [1, Number.NaN, 1, 1, 1, 1, 1] }, {}],
    [/all weights are 0/, { sampleWeight: counts.map(() => 0) }, {}],
    [/weights of shape \[n, 2\] do not fit/, { sampleWeight: counts.map(() => [1, 1]) }, {}],
    [/names the class 3 of 3 classes/, {}, { classWeight: { 3: 1 } }],
    [/the weight of class 1 is -2/, {}, { classWeight: [1, -2] }],
    [/classWeight is 5/, {}, { classWeight: 5 }],
    [/all samples count 0/, {}, { classWeight: [0, 0, 0] }],
  ] as const)('%s', async (message, data, options) => {
    await expect(fit(data, options)).rejects.toThrow(message);
  });

  it('where a loss or metric cannot take them', async () => {
    const model = sequential([layers.dense({ units: 2, activation: 'sigmoid', inputShape: [3] })]);
    const y = real.map((row) => row.map((value) => Number(value > 0)));
    const data = { x, y, sampleWeight: counts };
    await expect(model.compile({ loss: 'dice' }).fit(data)).rejects.toThrow(
      /dice has no number for each sample/,
    );
    await model.compile({ loss: losses.dice({ axis: [1] }) }).fit(data);
    const bias = { name: 'bias', direction: 'min', sum: metrics.accuracy().sum } as const;
    expect(() => model.compile({ loss: 'meanSquaredError', weightedMetrics: [bias] })).toThrow(
      /takes no weights/,
    );
    const numbers = sequential([layers.dense({ units: 1, inputShape: [3] })]).compile({
      loss: 'meanSquaredError',
    });
    const floats = { x, y: x.map(([a]) => a!) };
    await expect(numbers.fit(floats, { classWeight: [1, 2] })).rejects.toThrow(/targets are no classes/);
  });
});

describe('masked steps', () => {
  const lengths = [3, 1, 2, 3];
  const sequences = lengths.map((length, i) =>
    Array.from({ length: 3 }, (_, step) => (step < length ? [1 + i + step, Math.sin(i + step)] : [0, 0])),
  );
  const targets = sequences.map((steps) => steps.map(([a, b]) => [a! * b!]));

  function masked(options: Partial<CompileOptions> = {}): Model {
    return sequential([layers.masking({ inputShape: [3, 2] }), layers.dense({ units: 1, name: 'd' })], {
      seed: 2,
    }).compile({ loss: 'meanSquaredError', metrics: ['meanAbsoluteError'], ...options });
  }

  it('count in no loss, no metric and no gradient: what stands there does not matter', async () => {
    const steps = sequences.flatMap((rows, i) => rows.slice(0, lengths[i]));
    const y = targets.flatMap((rows, i) => rows.slice(0, lengths[i]));
    const model = masked();
    const found = await model.evaluate({ x: sequences, y: targets });
    const single = sequential([layers.dense({ units: 1, inputShape: [2], name: 'd' })]).compile({
      loss: 'meanSquaredError',
      metrics: ['meanAbsoluteError'],
    });
    single.setWeights(model.getWeights());
    expectClose({ ...found }, { ...(await single.evaluate({ x: steps, y })) });
    const wild = targets.map((rows, i) => rows.map((row, step) => (step < lengths[i]! ? row : [1e6])));
    const one = masked();
    const other = masked();
    await one.fit({ x: sequences, y: targets }, { epochs: 3, batchSize: 2 });
    const history = await other.fit({ x: sequences, y: wild }, { epochs: 3, batchSize: 2 });
    expect(other.getWeights()).toEqual(one.getWeights());
    expect(history.epochs[2]!.metrics.meanAbsoluteError).toBeLessThan(100);
  });

  it('leave weights of samples in force', async () => {
    const weights = [2, 1, 0, 3];
    const model = masked({ weightedMetrics: [metrics.meanAbsoluteError({ name: 'weighted' })] });
    const found = await model.evaluate({ x: sequences, y: targets, sampleWeight: weights });
    const { data } = await model.predict(sequences);
    let [loss, absolute, weight] = [0, 0, 0];
    lengths.forEach((length, i) => {
      for (let step = 0; step < length; step++) {
        const error = data[3 * i + step]! - targets[i]![step]![0]!;
        loss += weights[i]! * error ** 2;
        absolute += weights[i]! * Math.abs(error);
        weight += weights[i]!;
      }
    });
    expect(found.loss).toBeCloseTo(loss / 9, 4);
    expect(found.weighted).toBeCloseTo(absolute / weight, 5);
  });

  it('are refused where a metric would count them', async () => {
    const bias = { name: 'bias', direction: 'min', sum: metrics.accuracy().sum } as const;
    await expect(masked({ metrics: [bias] }).evaluate({ x: sequences, y: targets })).rejects.toThrow(
      /bias takes no weights of samples or steps/,
    );
  });
});
