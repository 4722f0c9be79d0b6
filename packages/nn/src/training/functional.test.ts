import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { numbers } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { functional } from './functional.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';
import { call, input, type LayerCall, type SymbolicTensor } from './symbolic.ts';

const x = { data: Float32Array.from(numbers(24)), shape: [6, 4] };
const labels = [0, 1, 2, 1, 0, 2];

describe('functional', () => {
  it('a row of layers trains bit by bit like the sequential model of the same', async () => {
    const stack = [
      layers.dense({ units: 5, activation: 'relu', name: 'hidden', kernelRegularizer: 'l2' }),
      layers.dropout({ rate: 0.3, name: 'drop' }),
      layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
    ];
    const start = input({ shape: [4] });
    const models = [
      sequential([layers.input({ shape: [4] }), ...stack]),
      functional({ inputs: start, outputs: stack.reduce((tensor, layer) => call(layer, tensor), start) }),
    ];
    const ends: Record<string, Float32Array>[] = [];
    for (const model of models) {
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      await model.fit({ x, y: labels }, { epochs: 3, batchSize: 4, seed: 5 });
      ends.push(model.getWeights() as Record<string, Float32Array>);
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  it('a residual branch of zeros is the identity', async () => {
    const start = input({ shape: [4] });
    const branch = call(layers.dense({ units: 4, kernelInitializer: 'zeros' }), start);
    const model = functional({ inputs: start, outputs: call(layers.add(), start, branch) });
    expect((await model.predict(x)).data).toEqual(x.data);
  });

  it('a shared layer has one set of weights, whose gradient is the sum over its calls', async () => {
    const shared = layers.dense({ units: 1, useBias: false, name: 'shared' });
    const left = input({ shape: [2], name: 'left' });
    const right = input({ shape: [2], name: 'right' });
    const model = functional({
      inputs: [left, right],
      outputs: call(layers.subtract(), call(shared, left), call(shared, right)),
    }).compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: 'meanSquaredError' });
    expect(model.countParams()).toBe(2);
    model.setWeights({ 'shared.kernel': Float32Array.of(1, 2) });
    const data = { left: [[1, 0]], right: [[0, 1]] };
    expect((await model.predict(data)).data[0]).toBe(-1);
    await model.fit({ x: data, y: [[1]] }, { epochs: 1 });
    // d/dw (w1 - w2 - 1)^2 = 2 (1 - 2 - 1) (1, -1) = (-4, 4)
    expect([...model.getWeights()['shared.kernel']!]).toEqual([5, -2]);
  });

  function twoHeads(): Model {
    const start = input({ shape: [4], name: 'features' });
    const trunk = call(layers.dense({ units: 6, activation: 'tanh', name: 'trunk' }), start);
    return functional({
      inputs: start,
      outputs: {
        kind: call(layers.dense({ units: 3, activation: 'softmax', name: 'k' }), trunk),
        size: call(layers.dense({ units: 1, name: 's' }), trunk),
      },
    });
  }

  it('several outputs have their own losses, metrics and weights, as in Keras', async () => {
    const model = twoHeads().compile({
      optimizer: 'sgd',
      loss: { kind: 'sparseCategoricalCrossentropy', size: 'meanSquaredError' },
      lossWeights: { size: 0.25 },
      metrics: { kind: ['accuracy'] },
    });
    expect(model.metricNames()).toEqual(['loss', 'kindLoss', 'kindAccuracy', 'sizeLoss']);
    const y = { kind: labels, size: labels.map((label) => label / 2) };
    const scores = await model.evaluate({ x, y });
    const { kind, size } = await model.predictAll(x);
    const crossEntropy = -labels.reduce((sum, label, i) => sum + Math.log(kind!.data[3 * i + label]!), 0) / 6;
    const squares = labels.reduce((sum, label, i) => sum + (size!.data[i]! - label / 2) ** 2, 0) / 6;
    expect(scores.kindLoss).toBeCloseTo(crossEntropy, 5);
    expect(scores.sizeLoss).toBeCloseTo(squares, 5);
    expect(scores.loss).toBeCloseTo(crossEntropy + 0.25 * squares, 5);
    const history = await model.fit({ x, y }, { epochs: 30, batchSize: 6, validationSplit: 0.34 });
    const losses = history.epochs.map(({ metrics }) => metrics.loss!);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(history.epochs[0]!.metrics.valSizeLoss).toBeGreaterThan(0);
    expect(await model.predict(x, { output: 'size' })).toEqual((await model.predictAll(x)).size);
    await expect(model.predict(x)).rejects.toThrow(/has several outputs/);
  });

  it('writes a file with the names of its inputs and outputs, which it can judge', async () => {
    const model = twoHeads().compile({
      loss: ['categoricalCrossentropy', 'meanSquaredError'],
      metrics: { kind: ['accuracy'] },
    });
    const file = model.toOnnx();
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    expect(session.outputNames).toEqual(['kind', 'size']);
    const found = await session.run({ input: new ort.Tensor('float32', x.data, x.shape) });
    await session.release();
    const all = await model.predictAll(x);
    for (const name of ['kind', 'size']) {
      const data = found[name]!.data as Float32Array;
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(all[name]!.data[i]!, 6);
    }
    const y = [labels, labels];
    const scores = await model.evaluate({ x, y });
    for (const [name, value] of Object.entries(await model.evaluateOnnx(file, { x, y }))) {
      expect(value).toBeCloseTo(scores[name]!, 5);
    }
  });

  it('resumes from a checkpoint to the same bits', async () => {
    const y = { kind: labels, size: labels };
    const create = (): Model =>
      twoHeads().compile({ optimizer: 'adam', loss: { kind: 'categoricalCrossentropy', size: 'huber' } });
    const whole = create();
    const saved: Uint8Array[] = [];
    const options = { epochs: 4, batchSize: 4, seed: 3 };
    await whole.fit(
      { x, y },
      { ...options, checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) } },
    );
    const rest = create();
    await rest.fit({ x, y }, { ...options, resume: saved[2]! });
    expect(rest.getWeights()).toEqual(whole.getWeights());
  });
});

describe('a model is refused', () => {
  const dense = layers.dense({ units: 2, name: 'd' });
  const a = input({ shape: [2], name: 'a' });
  const b = input({ shape: [2], name: 'b' });
  it.each<readonly [string, () => unknown, string, RegExp]>([
    [
      'without an output',
      () => functional({ inputs: a, outputs: [] }),
      'LU_MODEL_EMPTY',
      /needs an input and an output/,
    ],
    ['a layer without input', () => call(dense), 'LU_MODEL_INPUT', /dense 'd' has no input/],
    [
      'a layer after no tensor',
      () => call(dense, dense as never),
      'LU_MODEL_INPUT',
      /argument 1 is no tensor/,
    ],
    [
      'an input that is not listed',
      () => functional({ inputs: a, outputs: call(layers.add(), a, b) }),
      'LU_MODEL_INPUT',
      /add needs the input 'b', which is not among inputs/,
    ],
    [
      'an input that nothing needs',
      () => functional({ inputs: [a, b], outputs: call(dense, a) }),
      'LU_MODEL_INPUT',
      /no output depends on the input 'b'/,
    ],
    [
      'a computed tensor as input',
      () => functional({ inputs: call(dense, a), outputs: a }),
      'LU_MODEL_INPUT',
      /inputs holds the output of dense 'd'/,
    ],
    [
      'an input twice',
      () => functional({ inputs: [a, a], outputs: call(dense, a) }),
      'LU_MODEL_INPUT',
      /twice/,
    ],
    [
      'two layers of one name',
      () => functional({ inputs: a, outputs: call(layers.dense({ units: 1, name: 'd' }), call(dense, a)) }),
      'LU_MODEL_NAME',
      /Two layers are named 'd'/,
    ],
    [
      'a shared layer on other shapes',
      () => {
        const c = input({ shape: [3], name: 'c' });
        return functional({ inputs: [a, c], outputs: call(layers.add(), call(dense, a), call(dense, c)) });
      },
      'LU_MODEL_SHAPE',
      /is shared, but its weights would have other shapes after the input 'c'/,
    ],
    [
      'a cycle',
      () => {
        // Only by breaking the rule that a tensor never changes.
        const made: { layer: typeof dense; inputs: SymbolicTensor[] } = { layer: dense, inputs: [a] };
        const loop: SymbolicTensor = { shape: [2], call: made as LayerCall, index: 0 };
        made.inputs = [loop];
        return functional({ inputs: a, outputs: loop });
      },
      'LU_MODEL_CYCLE',
      /dense 'd' needs its own output/,
    ],
  ])('%s', (_, make, code, message) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  const model = functional({
    inputs: [a, b],
    outputs: { sum: call(layers.add(), a, b), same: call(layers.activation('linear'), a) },
  });
  it.each<readonly [string, () => unknown, RegExp]>([
    [
      'a loss for one output only',
      () => model.compile({ loss: { sum: 'huber' } }),
      /output 'same' has no loss/,
    ],
    [
      'a loss for no output',
      () => model.compile({ loss: { som: 'huber' } as never }),
      /no option 'som'; did you mean 'sum'/,
    ],
    ['too few losses', () => model.compile({ loss: ['huber'] }), /1 entries for 2 outputs/],
    [
      'a negative weight',
      () => model.compile({ loss: 'huber', lossWeights: { sum: -1 } }),
      /sum is -1, outside/,
    ],
  ])('compile: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it.each<readonly [string, object, RegExp]>([
    ['a missing input', { x: { a: [[1, 2]] }, y: [[[1, 2]], [[1, 2]]] }, /has nothing for 'b'/],
    ['a wrong name', { x: { a: [[1, 2]], c: [[1, 2]] }, y: [[[1, 2]], [[1, 2]]] }, /no option 'c'/],
    [
      'one tensor for two',
      { x: [[1, 2]], y: [[[1, 2]], [[1, 2]]] },
      /data x is one tensor, or not as many as the 2 wanted/,
    ],
    [
      'unequal lengths',
      {
        x: [[[1, 2]], [[1, 2]]],
        y: {
          sum: [[1, 2]],
          same: [
            [1, 2],
            [3, 4],
          ],
        },
      },
      /x has 1 rows, y.same has 2/,
    ],
  ])('data: %s', async (_, data, message) => {
    model.compile({ loss: 'huber' });
    await expect(model.evaluate(data as never)).rejects.toThrow(message);
  });
});
