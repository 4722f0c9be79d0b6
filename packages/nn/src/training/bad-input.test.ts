import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { mnistMlp } from '../zoo/mnist-mlp.ts';
import { earlyStopping } from './early-stopping.ts';
import type { FitOptions } from './fit-options.ts';
import { functional } from './functional.ts';
import type { Model } from './model.ts';
import { programCount } from './program-cache.ts';
import { sequential } from './sequential.ts';
import { call, input } from './symbolic.ts';
import type { SamplesLike } from './tables.ts';

function classifier(): Model {
  return sequential([
    layers.dense({ units: 4, activation: 'relu', inputShape: [2], name: 'hidden' }),
    layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
  ]).compile({ loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

const good: SamplesLike = {
  x: [
    [0, 1],
    [1, 0],
  ],
  y: [0, 2],
};

describe('a model refuses', () => {
  it.each([
    ['no layers', () => sequential([]), 'LU_MODEL_EMPTY', /no layers/],
    [
      'no input shape',
      () => sequential([layers.dense({ units: 1 })]),
      'LU_MODEL_INPUT',
      /does not say what comes in/,
    ],
    [
      'layers that do not fit, naming both',
      () =>
        sequential([
          layers.flatten({ inputShape: [2, 3], name: 'rows' }),
          layers.dense({ units: 1, inputShape: [5], name: 'head' }),
        ]),
      'LU_MODEL_SHAPE',
      /dense 'head' declares an input of \[5\] but flatten 'rows' gives \[6\]/,
    ],
    [
      'a convolution after an image without channels, naming both',
      () =>
        sequential([
          layers.input({ shape: [28, 28], name: 'image' }),
          layers.conv2d({ filters: 1, kernelSize: 3, name: 'stem' }),
        ]),
      'LU_MODEL_SHAPE',
      /conv2d 'stem' cannot follow input 'image', which gives \[28, 28\]/,
    ],
    [
      'what is no array of layers',
      () => sequential(classifier() as never),
      'LU_MODEL_EMPTY',
      /takes an array/,
    ],
    ['what is no layer', () => sequential([undefined as never]), 'LU_LAYER_UNKNOWN', /undefined is no layer/],
    [
      'a call of nothing',
      () => call(undefined as never, input({ shape: [1] })),
      'LU_LAYER_UNKNOWN',
      /is no layer/,
    ],
    ['no ends', () => functional({} as never), 'LU_MODEL_EMPTY', /needs inputs and outputs/],
    [
      'a loss of classes after a single unit',
      () =>
        sequential([layers.dense({ units: 1, inputShape: [2], name: 'score' })]).compile({
          loss: 'categoricalCrossentropy',
        }),
      'LU_COMPILE_LOSS',
      /compares classes, but dense 'score' gives a single number/,
    ],
    [
      'short names of losses, telling the long one',
      () => classifier().compile({ loss: 'mse' as never }),
      'LU_LOSS_UNKNOWN',
      /did you mean 'meanSquaredError'/,
    ],
    [
      'weights it does not have',
      () => classifier().setWeights({ 'hiden.kernel': new Float32Array(8) }),
      'LU_MODEL_WEIGHTS',
      /has no weight 'hiden.kernel'; did you mean 'hidden.kernel'/,
    ],
    [
      'two layers of one name',
      () =>
        sequential([
          layers.dense({ units: 1, inputShape: [1], name: 'a' }),
          layers.dense({ units: 1, name: 'a' }),
        ]),
      'LU_MODEL_NAME',
      /Two layers are named 'a'/,
    ],
    [
      'an unknown kind',
      () => sequential([{ kind: 'dens', inputShape: [1] }]),
      'LU_LAYER_UNKNOWN',
      /did you mean 'dense'/,
    ],
    ['a dropout rate of 1', () => layers.dropout(1), 'LU_LAYER_OPTION', /rate is 1, outside \[0, 1\)/],
    ['units of 0', () => layers.dense({ units: 0 }), 'LU_LAYER_OPTION', /units is 0/],
    [
      'an unknown option',
      () => layers.dense({ units: 1, activaton: 'relu' } as never),
      'LU_LAYER_OPTION',
      /did you mean 'activation'/,
    ],
    [
      'an unknown activation',
      () => layers.activation('rellu' as 'relu'),
      'LU_ACTIVATION_UNKNOWN',
      /did you mean 'relu'/,
    ],
    [
      'an unknown loss',
      () => classifier().compile({ loss: 'categoricalCrossEntropie' as never }),
      'LU_LOSS_UNKNOWN',
      /did you mean 'categoricalCrossentropy'/,
    ],
    [
      'an unknown metric',
      () => classifier().compile({ loss: 'meanSquaredError', metrics: ['acuracy' as never] }),
      'LU_METRIC_UNKNOWN',
      /did you mean 'accuracy'/,
    ],
    [
      'a negative learning rate',
      () => optimizers.adam({ learningRate: -1 }),
      'LU_OPTIMIZER_OPTION',
      /learningRate is -1/,
    ],
    [
      'weights of another size',
      () => classifier().setWeights({ 'hidden.kernel': new Float32Array(3) }),
      'LU_MODEL_WEIGHTS',
      /takes 8 numbers, not 3/,
    ],
  ])('%s', (_name, make, code, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code, fix: expect.any(String) }));
  });
});

describe('fit refuses before training', () => {
  const cases: readonly (readonly [string, SamplesLike, FitOptions, string, RegExp])[] = [
    ['unequal lengths', { x: [[0, 1]], y: [0, 1] }, {}, 'LU_DATA_LENGTH', /x has 1 rows, y has 2/],
    [
      'NaN',
      {
        x: [
          [0, 1],
          [1, Number.NaN],
        ],
        y: [0, 1],
      },
      {},
      'LU_DATA_NAN',
      /row 1, column 1 is NaN/,
    ],
    [
      'infinite values',
      {
        x: [
          [0, 1],
          [Number.POSITIVE_INFINITY, 0],
        ],
        y: [0, 1],
      },
      {},
      'LU_DATA_NAN',
      /row 1, column 0/,
    ],
    [
      'a label out of range',
      { ...good, y: [0, 3] },
      {},
      'LU_DATA_LABEL',
      /label of row 1 is 3; the model gives 3 classes, 0 to 2/,
    ],
    ['a label that is not whole', { ...good, y: [0, 0.5] }, {}, 'LU_DATA_LABEL', /label of row 1 is 0.5/],
    [
      'samples of another shape',
      {
        x: [
          [0, 1, 2],
          [1, 0, 2],
        ],
        y: [0, 1],
      },
      {},
      'LU_DATA_SHAPE',
      /\[3\] do not fit dense 'hidden', which takes \[2\]/,
    ],
    [
      'targets of another width',
      {
        ...good,
        y: [
          [0, 1],
          [1, 0],
        ],
      },
      {},
      'LU_DATA_TARGET',
      /do not fit the loss categoricalCrossentropy after dense 'out'/,
    ],
    ['ragged rows', { x: [[0, 1], [1]], y: [0, 1] }, {}, 'LU_DATA_SHAPE', /row 1 has not the shape/],
    [
      'a shape that does not hold the values',
      { ...good, x: { data: new Float32Array(3), shape: [2, 2] } },
      {},
      'LU_DATA_SHAPE',
      /does not hold 3 values/,
    ],
    ['no rows', { x: { data: new Float32Array(0), shape: [0, 2] }, y: [] }, {}, 'LU_DATA_EMPTY', /no rows/],
    ['an unknown option', good, { epoch: 3 } as never, 'LU_FIT_OPTION', /did you mean 'epochs'/],
    ['zero epochs', good, { epochs: 0 }, 'LU_FIT_OPTION', /epochs is 0/],
    ['half a batch', good, { batchSize: 1.5 }, 'LU_FIT_OPTION', /batchSize is 1.5/],
    [
      'a split that leaves nothing',
      good,
      { validationSplit: 0.1 },
      'LU_DATA_SPLIT',
      /leaves 1 to train and 1|leaves/,
    ],
    [
      'a monitor that is not measured',
      good,
      { callbacks: [earlyStopping()] },
      'LU_TRAIN_MONITOR',
      /watches 'valLoss'/,
    ],
  ];
  it.each(cases.filter(([name]) => name !== 'a split that leaves nothing'))(
    '%s',
    async (_name, data, options, code, message) => {
      const before = programCount();
      const result = classifier().fit(data, options);
      await expect(result).rejects.toThrow(message);
      await expect(result).rejects.toMatchObject({ code, fix: expect.any(String) });
      expect(programCount()).toBe(before);
    },
  );

  it('a split that leaves nothing to train', async () => {
    await expect(classifier().fit(good, { validationSplit: 0.9 })).rejects.toMatchObject({
      code: 'LU_DATA_SPLIT',
    });
  });

  it('a model that is not compiled, or that is being trained', async () => {
    const raw = sequential([layers.dense({ units: 1, inputShape: [1] })]);
    await expect(raw.fit({ x: [1], y: [1] })).rejects.toMatchObject({ code: 'LU_MODEL_COMPILE' });
    const model = classifier();
    const first = model.fit(good);
    await expect(model.fit(good)).rejects.toMatchObject({ code: 'LU_FIT_BUSY' });
    await first;
  });

  it.each([
    [
      'labels',
      {
        x: [
          [0, 1],
          [1, 0],
        ],
        y: [1, 1],
      },
      'categoricalCrossentropy',
      2,
    ],
    [
      'one-hot rows',
      {
        x: [
          [0, 1],
          [1, 0],
        ],
        y: [
          [0, 1],
          [0, 1],
        ],
      },
      'categoricalCrossentropy',
      2,
    ],
    [
      'answers',
      {
        x: [
          [0, 1],
          [1, 0],
        ],
        y: [0, 0],
      },
      'binaryCrossentropy',
      1,
    ],
  ] as const)('%s of one class only', async (_name, given, loss, units) => {
    const activation = units === 1 ? 'sigmoid' : 'softmax';
    const model = sequential([layers.dense({ units, activation, inputShape: [2] })]).compile({ loss });
    const refused = { code: 'LU_DATA_ONE_CLASS', fix: expect.stringContaining('two classes') };
    await expect(model.fit(given)).rejects.toMatchObject(refused);
    await expect(
      model.fit({ ...given, y: [...given.y.slice(0, 1)] as never, x: given.x.slice(0, 1) }),
    ).resolves.toBeDefined();
    // Equal real targets are no classes.
    const real = sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({
      loss: 'meanSquaredError',
    });
    await expect(real.fit({ x: given.x, y: [3, 3] })).resolves.toBeDefined();
  });

  it('targets outside 0 to 1 for binary cross-entropy', async () => {
    const model = sequential([layers.dense({ units: 1, activation: 'sigmoid', inputShape: [1] })]).compile({
      loss: 'binaryCrossentropy',
    });
    await expect(model.fit({ x: [1, 2], y: [0, 2] })).rejects.toThrow(
      /row 1 holds 2; binaryCrossentropy takes 0 to 1/,
    );
  });
});

describe('making a model', () => {
  it('is cheap and touches no runtime', () => {
    const before = programCount();
    for (let i = 0; i < 50; i++) {
      mnistMlp({ hidden: [512, 128], dropout: 0.2 }).compile({
        optimizer: optimizers.adam(),
        loss: 'categoricalCrossentropy',
      });
    }
    expect(programCount()).toBe(before);
  });

  it('shares compiled programs between trials that differ only in numbers', async () => {
    const trial = async (rate: number, learningRate: number, l2: number): Promise<void> => {
      const model = sequential([
        layers.dense({ units: 5, inputShape: [2], kernelRegularizer: { l2 } }),
        layers.dropout(rate),
        layers.dense({ units: 3, activation: 'softmax' }),
      ]).compile({
        optimizer: optimizers.adam({ learningRate }),
        loss: 'categoricalCrossentropy',
        metrics: ['accuracy'],
      });
      await model.fit(good, { epochs: 2 });
    };
    await trial(0.1, 1e-3, 0.1);
    const count = programCount();
    await trial(0.5, 1e-2, 0.01);
    await trial(0, 0, 0);
    expect(programCount()).toBe(count);
  });

  it('keeps at most 24 compiled programs', async () => {
    for (let units = 10; units < 25; units++) {
      const model = sequential([
        layers.dense({ units, inputShape: [2] }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ]);
      await model.compile({ loss: 'categoricalCrossentropy' }).fit(good);
    }
    expect(programCount()).toBeLessThanOrEqual(24);
  });
});
