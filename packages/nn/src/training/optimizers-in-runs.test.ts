import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { followAll, type Values } from '../optimizers/fixtures/follow.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { schedules } from '../schedules/schedules.ts';
import type { NamedArrays } from './callback.ts';
import { earlyStopping } from './early-stopping.ts';
import type { FitOptions } from './fit-options.ts';
import { blobs } from './fixtures/blobs.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';

const x = [
  [0.5, -1, 2],
  [1, 0.25, -0.5],
  [-1.5, 1, 0.75],
  [0.1, -0.6, 1.2],
];
const y = [
  [1, -1],
  [0.5, 2],
  [-1, 0],
  [0.25, 1],
];

const start: Values = { 'only.kernel': [0.5, -1, 2, 0.25, -0.75, 1.5], 'only.bias': [0.5, -0.25] };

/** Gradients of the mean squared error of `x W + b`, by hand in float64. */
function gradients(weights: Values): Values {
  const kernel = new Array<number>(6).fill(0);
  const bias = [0, 0];
  x.forEach((row, n) => {
    for (let j = 0; j < 2; j++) {
      const output = row.reduce(
        (sum, v, i) => sum + v * weights['only.kernel']![i * 2 + j]!,
        weights['only.bias']![j]!,
      );
      const error = (2 * (output - y[n]![j]!)) / 8;
      bias[j]! += error;
      row.forEach((v, i) => {
        kernel[i * 2 + j]! += error * v;
      });
    }
  });
  return { 'only.kernel': kernel, 'only.bias': bias };
}

function linear(optimizer: Optimizer, l2?: number): Model {
  const model = sequential([
    layers.dense({
      units: 2,
      inputShape: [3],
      name: 'only',
      ...(l2 === undefined
        ? {}
        : { kernelRegularizer: regularizers.l2(l2), biasRegularizer: regularizers.l2(l2) }),
    }),
  ]).compile({ optimizer, loss: 'meanSquaredError' });
  model.setWeights(
    Object.fromEntries(Object.entries(start).map(([path, w]) => [path, Float32Array.from(w)])),
  );
  return model;
}

const STEPS = 6;

async function trained(optimizer: Optimizer, l2?: number): Promise<NamedArrays> {
  const model = linear(optimizer, l2);
  await model.fit({ x, y }, { epochs: STEPS, batchSize: 4, shuffle: false });
  return model.getWeights();
}

function expectClose(found: NamedArrays, expected: Values, tolerance: number): void {
  for (const [path, values] of Object.entries(expected)) {
    values.forEach((value, i) => {
      expect(Math.abs(found[path]![i]! - value)).toBeLessThan(tolerance * (1 + Math.abs(value)));
    });
  }
}

const everything = {
  learningRate: schedules.warmup({
    steps: 2,
    initialLearningRate: 0.01,
    schedule: schedules.cosine({ initialLearningRate: 0.05, decaySteps: 10 }),
  }),
  weightDecay: 0.1,
  excludeFromWeightDecay: ['bias'],
  globalClipnorm: 0.5,
} as const;

describe('[#58] [#59] optimizers in the runtime', () => {
  const ema = { useEma: true, emaMomentum: 0.6, emaOverwriteFrequency: 4 } as const;

  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])(
    '%s ends where float64 by hand does, plain and with every common option',
    async (name) => {
      const common = name === 'scheduleFreeAdamW' ? everything : { ...everything, ...ema };
      for (const options of [{ learningRate: 0.05 }, common]) {
        const optimizer = optimizers[name](options);
        const shapes = { 'only.kernel': [3, 2], 'only.bias': [2] };
        const { kept } = followAll(optimizer, shapes, start, gradients, STEPS).at(-1)!;
        expectClose(await trained(optimizer), kept, 1e-5);
      }
    },
  );
});

describe('an input that is always zero and a unit that is dead', () => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('leave %s finite', async (name) => {
    const model = sequential([
      layers.dense({ units: 2, activation: 'relu', inputShape: [2], name: 'hidden' }),
      layers.dense({ units: 1, name: 'out' }),
    ]).compile({ optimizer: optimizers[name](), loss: 'meanSquaredError' });
    model.setWeights({
      'hidden.kernel': Float32Array.of(1, 1, 1, 1),
      'hidden.bias': Float32Array.of(0, -100),
      'out.kernel': Float32Array.of(1, 1),
      'out.bias': Float32Array.of(0),
    });
    const samples = { x: [1, 2, 3].map((v) => [0, v]), y: [5, 5, 5] };
    const { stopReason } = await model.fit(samples, { epochs: 5, batchSize: 3 });
    expect(stopReason).toBe('epochs');
    expect(Object.values(model.getWeights()).every((values) => values.every(Number.isFinite))).toBe(true);
  });
});

describe('weight decay and L2', () => {
  const rates = { learningRate: 0.05 } as const;

  it('[#53] l2(a) equals weight decay 2a for plain SGD', async () => {
    const decayed = await trained(optimizers.sgd({ ...rates, weightDecay: 0.2 }));
    const penalized = await trained(optimizers.sgd(rates), 0.1);
    for (const [path, values] of Object.entries(decayed)) {
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(penalized[path]![i]!, 5);
      });
    }
  });

  it('[#53] they differ for Adam', async () => {
    const decayed = await trained(optimizers.adam({ ...rates, weightDecay: 0.2 }));
    const penalized = await trained(optimizers.adam(rates), 0.1);
    const gap = decayed['only.kernel']!.map((value, i) => Math.abs(value - penalized['only.kernel']![i]!));
    expect(Math.max(...gap)).toBeGreaterThan(0.005);
  });

  it('a weight that the model does not have is refused by compile', () => {
    const optimizer = optimizers.adamW({ excludeFromWeightDecay: ['only.kernell'] });
    expect(() => linear(optimizer)).toThrow(/did you mean 'only.kernel'/);
  });
});

const data = blobs(110, 8, 3, 4);

function create(optimizer: Optimizer): Model {
  return sequential([
    layers.input({ shape: [8] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.dense({ units: 6, activation: 'relu' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

const fitOptions: FitOptions = { epochs: 3, batchSize: 16, validationSplit: 0.2, seed: 3 };

const sets: readonly (readonly [string, () => Optimizer])[] = [
  [
    'adamW with every common option',
    () => optimizers.adamW({ ...everything, useEma: true, emaMomentum: 0.8, gradientAccumulationSteps: 4 }),
  ],
  ['schedule-free AdamW', () => optimizers.scheduleFreeAdamW({ learningRate: 0.02, warmupSteps: 5 })],
  ['adafactor', () => optimizers.adafactor({ learningRate: 0.05 })],
];

describe('checkpoints', () => {
  it.each(sets)('of %s lead to the same bits from any call', async (_name, optimizer) => {
    const run = async (
      options: FitOptions,
    ): Promise<{ weights: NamedArrays; history: unknown; saved: Uint8Array[] }> => {
      const saved: Uint8Array[] = [];
      const model = create(optimizer());
      const save = (bytes: Uint8Array): void => void saved.push(bytes);
      const history = await model.fit(data, { ...fitOptions, ...options, checkpoint: { everyMs: 0, save } });
      return { weights: model.getWeights(), history, saved };
    };
    const whole = await run({});
    expect(whole.saved.length).toBeGreaterThan(3);
    for (const bytes of whole.saved) {
      const rest = await run({ resume: bytes });
      expect(rest.weights).toEqual(whole.weights);
      expect(rest.history).toEqual(whole.history);
      expect(rest.saved.at(-1)).toEqual(whole.saved.at(-1));
    }
  });

  it('of one optimizer option do not fit another', async () => {
    const saved: Uint8Array[] = [];
    const save = (bytes: Uint8Array): void => void saved.push(bytes);
    await create(optimizers.adam()).fit(data, { ...fitOptions, checkpoint: { everyMs: 0, save } });
    const other = create(optimizers.adam({ amsgrad: true })).fit(data, { ...fitOptions, resume: saved[0]! });
    await expect(other).rejects.toMatchObject({ code: 'LU_CHECKPOINT_MISMATCH' });
  });
});

describe('weights that are averages', () => {
  const validation = {
    x: { data: data.x.data.slice(88 * 8) as Uint8Array, shape: [22, 8] },
    y: { data: data.y.data.slice(88) as Int32Array, shape: [22] },
  };

  it.each(sets.slice(0, 2))(
    'of %s are what is validated, kept, put back and exported',
    async (_name, optimizer) => {
      const model = create(optimizer());
      const restore = earlyStopping({ monitor: 'valLoss', patience: 9, restoreBestWeights: true });
      const history = await model.fit(data, { ...fitOptions, callbacks: [restore] });
      const best = history.epochs[history.bestEpoch!]!.metrics.valLoss!;
      expect((await model.evaluate(validation)).loss).toBeCloseTo(best, 5);
      expect((await model.evaluateOnnx(model.toOnnx(), validation)).loss).toBeCloseTo(best, 5);
    },
  );

  it.each(sets.slice(0, 2))('of %s are set by setWeights and survive compile', async (_name, optimizer) => {
    const model = create(optimizer());
    await model.fit(data, fitOptions);
    const weights = Object.fromEntries(
      Object.entries(model.getWeights()).map(([path, values]) => [path, values.map((v) => v + 1)]),
    );
    model.setWeights(weights);
    expect(model.getWeights()).toEqual(weights);
    model.compile({ optimizer: optimizers.sgd(), loss: 'categoricalCrossentropy' });
    expect(model.getWeights()).toEqual(weights);
  });

  it('survive compile with another optimizer as they were measured', async () => {
    const model = create(optimizers.scheduleFreeAdamW({ learningRate: 0.02 }));
    await model.fit(data, fitOptions);
    const weights = model.getWeights();
    model.compile({ optimizer: optimizers.sgd(), loss: 'categoricalCrossentropy' });
    expect(model.getWeights()).toEqual(weights);
  });
});

describe('gradient accumulation', () => {
  it('over two halves of a batch is the whole batch', async () => {
    const run = async (optimizer: Optimizer, batchSize: number): Promise<NamedArrays> => {
      const model = create(optimizer);
      await model.fit(
        {
          x: { data: data.x.data.slice(0, 96 * 8) as Uint8Array, shape: [96, 8] },
          y: data.y.data.slice(0, 96) as never,
        },
        { epochs: 2, batchSize, seed: 3 },
      );
      return model.getWeights();
    };
    const whole = await run(optimizers.adam({ learningRate: 0.01 }), 32);
    const halves = await run(optimizers.adam({ learningRate: 0.01, gradientAccumulationSteps: 2 }), 16);
    for (const [path, values] of Object.entries(whole)) {
      values.forEach((value, i) => {
        expect(halves[path]![i]!).toBeCloseTo(value, 4);
      });
    }
  });
});
