import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { cast } from '../graph/ops/cast.ts';
import { greater } from '../graph/ops/compare.ts';
import { constant, input as node, scalar } from '../graph/ops/sources.ts';
import { expectClose, graphOf, numbers } from '../graph/testing.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { forward } from '../training/forward.ts';
import { functional } from '../training/functional.ts';
import { planModel } from '../training/plan.ts';
import { sequential } from '../training/sequential.ts';
import { call, input } from '../training/symbolic.ts';
import { defineLayer, type Layer } from './layer.ts';
import { layers } from './layers.ts';

const indices = [
  [2, 0, 1],
  [3, 3, 0],
];

/** The first output and its mask of layers in evaluation mode or training, for fed inputs. */
function run(
  stack: readonly Layer[],
  x: readonly number[],
  shape: readonly number[],
  isTraining = false,
): {
  readonly output: Float64Array;
  readonly mask: number[] | undefined;
  readonly moved: Record<string, number[]>;
} {
  const plan = planModel(stack);
  const pass = forward(plan, {
    inputs: [node('x', 'float32', shape)],
    isTraining,
    weight: (path) => {
      const { shape: own, initializer } = plan.weights.find((weight) => weight.path === path)!;
      const count = own.reduce((a, b) => a * b, 1);
      const one = JSON.stringify(initializer).includes('ones');
      return one ? node(`${path}=1`, 'float32', own) : node(`${path}=${count}`, 'float32', own);
    },
    knob: (name) => scalar(plan.knobs[name]!),
    randomKey: () => scalar(7, 'uint32'),
  });
  const outputs = {
    output: pass.outputs[0]!,
    ...(pass.masks[0] === undefined ? {} : { mask: cast(pass.masks[0], 'float32') }),
    ...Object.fromEntries(pass.moved),
  };
  const graph = graphOf(outputs);
  const feeds = Object.fromEntries(
    graph.inputs.map((one) => {
      const name = String(one.attributes.name);
      const count = one.shape.reduce((a, b) => a * b, 1);
      if (name === 'x') return [name, x];
      if (name.endsWith('=1')) return [name, new Array<number>(count).fill(1)];
      return [name, name.startsWith('embedding') ? numbers(count) : new Array<number>(count).fill(0)];
    }),
  );
  const found = interpret(graph, feeds);
  return {
    output: Float64Array.from(found.output!.data),
    mask: found.mask === undefined ? undefined : [...found.mask.data],
    moved: Object.fromEntries([...pass.moved.keys()].map((path) => [path, [...found[path]!.data]])),
  };
}

function defineFlags(flags: readonly number[]): void {
  defineLayer({
    kind: 'testFlags',
    outputShape: (_layer, shape) => shape,
    structure: () => null,
    outputMask: () => greater(constant([...flags], [2, 3]), 0.5),
    forward: (_layer, { input: x }) => x,
  });
}

describe('embedding', () => {
  it('gives the row of each index, and a mask without index 0', () => {
    const table = numbers(8);
    const stack = [layers.embedding({ inputDim: 4, outputDim: 2, maskZero: true, inputShape: [3] })];
    const { output, mask } = run(stack, indices.flat(), [2, 3]);
    expectClose(
      output,
      indices.flat().flatMap((index) => [table[2 * index]!, table[2 * index + 1]!]),
      1e-12,
    );
    expect(mask).toEqual([1, 0, 1, 1, 1, 0]);
    const plain = [layers.embedding({ inputDim: 4, outputDim: 2, inputShape: [3] })];
    expect(run(plain, indices.flat(), [2, 3]).mask).toBeUndefined();
  });

  it('the gradient of a row is the sum over the places of its index', async () => {
    const words = input({ shape: [3] });
    const model = functional({
      inputs: words,
      outputs: call(
        layers.embedding({ inputDim: 4, outputDim: 1, name: 'e', embeddingsInitializer: 'zeros' }),
        words,
      ),
    }).compile({ optimizer: optimizers.sgd({ learningRate: 6 }), loss: 'meanSquaredError' });
    const y = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3, 1] };
    // The mean over 6 places: d/de = 2 (0 - y) / 6, times 6 is -2 y.
    await model.fit({ x: indices, y }, { epochs: 1 });
    const expected = [2 + 6, 3, 1, 4 + 5].map((sum) => 2 * sum);
    expectClose(model.getWeights()['e.embeddings']!, expected, 1e-5);
  });

  it('takes int32, bytes and plain numbers alike', async () => {
    const model = sequential([
      layers.embedding({ inputDim: 4, outputDim: 2, inputShape: [3] }),
      layers.flatten(),
    ]);
    const flat = indices.flat();
    const expected = (await model.predict(indices)).data;
    for (const data of [Int32Array.from(flat), Uint8Array.from(flat)]) {
      expect((await model.predict({ data, shape: [2, 3] })).data).toEqual(expected);
    }
  });

  it.each([
    [4, /row 0 holds 4; embedding 'e' takes whole numbers from 0 to 3/],
    [-1, /row 0 holds -1/],
    [0.5, /row 0 holds 0.5/],
  ])('refuses the index %d before training', async (index, message) => {
    const model = sequential([
      layers.input({ shape: [2] }),
      layers.embedding({ inputDim: 4, outputDim: 2, name: 'e' }),
    ]);
    await expect(model.predict([[index, 1]])).rejects.toThrow(message);
  });
});

describe('masking', () => {
  it('leaves out the steps whose channels all have the value', () => {
    const x = [9, 9, 9, 1, 2, 3, 0, 0, 9, 9, 9, 9];
    const { output, mask } = run([layers.masking({ maskValue: 9, inputShape: [3, 2] })], x, [2, 3, 2]);
    expect(mask).toEqual([0, 1, 1, 1, 0, 0]);
    expect([...output]).toEqual([0, 0, 9, 1, 2, 3, 0, 0, 0, 0, 0, 0]);
  });

  it('batch normalization measures the steps that count only, as in Keras 3.15', () => {
    const flags = [1, 1, 0, 1, 0, 0];
    const x = numbers(12);
    // keras.layers.BatchNormalization()(x, training=True, mask=mask) on TensorFlow 2.21.
    const stack: Layer[] = [
      { kind: 'testFlags', inputShape: [3, 2] },
      layers.batchNormalization({ name: 'bn' }),
    ];
    defineFlags(flags);
    const { output, moved } = run(stack, x, [2, 3, 2], true);
    expectClose(
      output,
      [
        -0.622526, -0.099911, 1.406593, 1.267932, 0.779928, -0.68857, -0.784066, -1.168022, -1.402119,
        -2.851448, -3.316378, -3.125626,
      ],
      2e-6,
    );
    expectClose(moved['bn.movingMean']!, [0.003154589, 0.004612172], 1e-7);
    expectClose(moved['bn.movingVariance']!, [0.9915526509, 0.9916481972], 1e-6);
  });
});
