import type { HyperParameters, Params } from '@luthier/core';
import { digits, layers, type Model, optimizers, regularizers, sequential, slice } from '@luthier/nn';
import { createHyperParameters, diagnose, discoverSpace, levels } from '@luthier/search';
import { describe, expect, it } from 'vitest';

const DEPTHS = [1, 2, 3];

/** A network of the lessons with every kind of hyperparameter that they name. */
function build(hp: HyperParameters): Model {
  hp.int('hiddenLayers', { min: 1, max: 3 });
  const widths = DEPTHS.flatMap(
    (layer) =>
      hp.when('hiddenLayers', DEPTHS.slice(layer - 1), () => [
        hp.int(`units${layer}`, { min: 8, max: 64, step: 8 }),
      ]) ?? [],
  );
  const dropout = hp.float('dropout', { min: 0.1, max: 0.5, step: 0.1 });
  hp.boolean('isPenalized');
  const l2 = hp.when('isPenalized', [true], () => hp.float('l2', { min: 1e-6, max: 1e-2, log: true })) ?? 0;
  const learningRate = hp.float('learningRate', { min: 1e-4, max: 1e-1, log: true, default: 1e-3 });
  const optimizer = hp.choice('optimizer', ['sgd', 'rmsprop', 'adam']);
  const momentum = hp.when('optimizer', ['sgd'], () => hp.float('momentum', { min: 0, max: 0.9 }));
  return sequential([
    layers.rescaling({ scale: 1 / 16, inputShape: [64] }),
    ...widths.flatMap((units) => [
      layers.dense({ units, activation: 'relu', kernelRegularizer: regularizers.l2(l2) }),
      layers.dropout(dropout),
    ]),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({
    optimizer:
      momentum === undefined
        ? optimizers[optimizer]({ learningRate })
        : optimizers.sgd({ learningRate, momentum }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

function fitOptions(hp: HyperParameters): { epochs: number; batchSize: number } {
  return {
    epochs: hp.int('epochs', { min: 10, max: 50 }),
    batchSize: hp.choice('batchSize', [32, 64, 128, 256, 512]),
  };
}

const { space, complete } = discoverSpace((hp) => {
  build(hp);
  fitOptions(hp);
});

function draw(trial: number, params: Params = {}): HyperParameters {
  return createHyperParameters({ known: space, params, seed: 5, trial });
}

describe('one space of everything that the lessons tune', () => {
  it('[#8] [#54] holds rate, layers, units, batch size, epochs, dropout and penalty', () => {
    expect(complete).toBe(true);
    expect(space.parameters.map(({ name }) => name).sort()).toEqual(
      [
        ...['batchSize', 'dropout', 'epochs', 'hiddenLayers', 'isPenalized', 'l2', 'learningRate'],
        ...['momentum', 'optimizer', 'units1', 'units2', 'units3'],
      ].sort(),
    );
    const of = (name: string) => space.parameters.find((parameter) => parameter.name === name)!;
    expect(levels(of('batchSize'))).toEqual([32, 64, 128, 256, 512]);
    expect(levels(of('dropout'))).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(of('learningRate')).toMatchObject({ min: 1e-4, max: 1e-1, scale: 'log' });
  });

  it('[#24] builds networks as deep and wide as their values, without inactive units', () => {
    for (let trial = 0; trial < 30; trial++) {
      const model = build(draw(trial));
      const { params } = record(trial);
      const depth = params.hiddenLayers as number;
      const widths = DEPTHS.slice(0, depth).map((layer) => params[`units${layer}`]);
      const built = model.plan.weights.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape[1]);
      expect(built).toEqual([...widths, 10]);
      for (const layer of DEPTHS.slice(depth)) expect(params).not.toHaveProperty(`units${layer}`);
    }
  });

  it('[#33] gives momentum to sgd only', () => {
    const seen = new Set<unknown>();
    for (let trial = 0; trial < 30; trial++) {
      const { params } = record(trial);
      seen.add(params.optimizer);
      expect('momentum' in params).toBe(params.optimizer === 'sgd');
    }
    expect(seen).toEqual(new Set(['sgd', 'rmsprop', 'adam']));
  });

  it('[#31] [#54] has no penalty, or one on a log scale from 1e-6 to 1e-2', () => {
    const found: number[] = [];
    for (let trial = 0; trial < 200; trial++) {
      const { params, model } = record(trial);
      const [kernel] = model.plan.trainable;
      expect(kernel!.regularizer).toEqual({ l2: params.l2 ?? 0 });
      if (params.l2 !== undefined) found.push(Math.log10(params.l2 as number));
    }
    expect(found.length).toBeGreaterThan(60);
    expect(found.length).toBeLessThan(140);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(-6);
    expect(Math.max(...found)).toBeLessThanOrEqual(-2);
    // Even on the log scale: the mean of a uniform number in [-6, -2] within 4 standard errors, at a fixed seed.
    const mean = found.reduce((a, b) => a + b, 0) / found.length;
    expect(Math.abs(mean + 4)).toBeLessThan((4 * (4 / Math.sqrt(12))) / Math.sqrt(found.length));
  });

  it('[#8] [#17] trains, ceil(n / batchSize) updates an epoch', async () => {
    const data = slice((await digits()).train, 0, 200);
    for (const params of [
      { hiddenLayers: 1, batchSize: 32, optimizer: 'sgd', epochs: 10 },
      { hiddenLayers: 3, batchSize: 128, optimizer: 'adam', epochs: 11, isPenalized: true },
    ] as const) {
      const hp = draw(1, params);
      const model = build(hp);
      const { epochs } = await model.fit(data, fitOptions(hp));
      expect(epochs.length).toBe(params.epochs);
      expect(epochs.at(-1)!.step).toBe(params.epochs * Math.ceil(200 / params.batchSize));
      model.dispose();
    }
  });
});

/** What a builder asked for in a trial, and the model that it made. */
function record(trial: number): { readonly params: Record<string, unknown>; readonly model: Model } {
  const params: Record<string, unknown> = {};
  const hp = draw(trial);
  const note =
    <Args extends readonly [string, ...unknown[]], Value>(ask: (...args: Args) => Value) =>
    (...args: Args): Value => {
      const value = ask(...args);
      params[args[0]] = value;
      return value;
    };
  const noted: HyperParameters = {
    ...hp,
    int: note(hp.int.bind(hp)),
    float: note(hp.float.bind(hp)),
    boolean: note(hp.boolean.bind(hp)),
    choice: note(hp.choice.bind(hp)) as HyperParameters['choice'],
    when: hp.when.bind(hp),
  };
  return { params, model: build(noted) };
}

describe('[#12] a learning rate on the quadratic w^2, whose curvature is 2', () => {
  async function run(learningRate: number, epochs: number): Promise<ReturnType<typeof diagnose>> {
    const model = sequential([layers.dense({ units: 1, useBias: false, inputShape: [1], name: 'only' })]);
    model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' });
    model.setWeights({ 'only.kernel': Float32Array.of(1) });
    const history = await model.fit({ x: [[1]], y: [[0]] }, { epochs });
    return diagnose(history.epochs, { learningRate });
  }

  it('above 2 / L diverges and is flagged, with a lower rate as advice', async () => {
    for (const rate of [1.05, 1.5, 30]) {
      const { verdict, advice } = await run(rate, 30);
      expect([rate, verdict]).toEqual([rate, 'diverged']);
      expect(advice[0]).toMatchObject({ target: 'learningRate', change: 'decrease' });
    }
  });

  it('below 2 / L does not', async () => {
    for (const rate of [0.1, 0.5, 0.95]) expect((await run(rate, 30)).verdict).not.toBe('diverged');
  });

  it('that is tiny is flagged as slow, with a higher rate as advice', async () => {
    const { verdict, advice } = await run(0.0025, 20);
    expect(verdict).toBe('slow');
    expect(advice[0]).toMatchObject({ target: 'learningRate', change: 'increase' });
  });
});
