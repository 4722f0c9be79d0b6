import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { greater } from '../graph/ops/compare.ts';
import { constant, input as node, scalar } from '../graph/ops/sources.ts';
import { expectClose, graphOf, numbers } from '../graph/testing.ts';
import { forward } from '../training/forward.ts';
import { functional } from '../training/functional.ts';
import { planGraph } from '../training/plan.ts';
import { call, callAll, input } from '../training/symbolic.ts';
import { defineLayer, type Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildMerge, evaluated, expectLayer } from './testing.ts';

// All expected values: keras.layers.MultiHeadAttention(num_heads=2, key_dim=3, value_dim=2) of Keras 3.15.1 on
// TensorFlow 2.21, with the inputs and weights of buildMerge.
const options = { numHeads: 2, keyDim: 3, valueDim: 2 };

describe('multiHeadAttention', () => {
  it('equals Keras on query and value', async () => {
    const built = buildMerge(layers.multiHeadAttention(options), [
      [3, 4],
      [4, 4],
    ]);
    expectClose(
      evaluated(built.output, built.feeds),
      [
        0.632177, 0.119898, -0.386287, -0.247037, 0.682862, 0.134128, -0.42083, -0.302253, 0.726663, 0.15218,
        -0.433869, -0.327112, 0.572515, 0.083188, -0.375515, -0.212584, 0.508559, 0.060784, -0.345021,
        -0.161154, 0.645141, 0.107953, -0.4214, -0.292908,
      ],
      2e-6,
    );
    await expectLayer(built);
  });

  it('equals Keras with an attention mask', async () => {
    const built = buildMerge(layers.multiHeadAttention(options), [
      [3, 4],
      [4, 4],
      [4, 4],
      [3, 4],
    ]);
    const mask = [1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0];
    const feeds = { ...built.feeds, x2: built.feeds.x1!, x3: [...mask, ...mask] };
    expectClose(
      evaluated(built.output, feeds),
      [
        0.819143, 0.202607, -0.452028, -0.375319, 0.23058, 0.047146, 0.015507, 0.364436, 0.529631, -0.000416,
        -0.581677, -0.514931, 0.812825, 0.219806, -0.3875, -0.283234, -0.534551, -0.410541, 0.113773,
        0.781005, 0.507545, 0.057229, -0.498684, -0.487682,
      ],
      2e-6,
    );
  });

  it('equals Keras with a causal mask, and gives the same attention scores', () => {
    const layer = layers.multiHeadAttention({ ...options, useCausalMask: true });
    const built = buildMerge(layer, [[3, 4]]);
    expectClose(
      evaluated(built.output, built.feeds),
      [
        1.492634, 0.641594, -0.393039, -0.505948, 0.695924, 0.142764, -0.321933, -0.090942, 0.441066,
        -0.061003, -0.435235, -0.163805, 0.756389, 0.241263, -0.367703, -0.343735, 0.686384, 0.271804,
        -0.153583, -0.018363, 0.497616, 0.149365, -0.155287, 0.048154,
      ],
      2e-6,
    );
    const words = input({ shape: [3, 4] });
    const [, scores] = callAll({ ...layer, returnAttentionScores: true } as Layer, words);
    expect(scores!.shape).toEqual([2, 3, 3]);
    const plan = planGraph({ inputs: [words], outputs: [{ tensor: scores! }] });
    const pass = forward(plan, {
      inputs: [node('x', 'float32', [2, 3, 4])],
      isTraining: false,
      weight: (path) =>
        node(
          path.replace(/^multiHeadAttention1/, 'tested'),
          'float32',
          plan.weights.find((w) => w.path === path)!.shape,
        ),
      knob: () => scalar(0),
      randomKey: () => scalar(0, 'uint32'),
    });
    const { found } = interpret(graphOf({ found: pass.outputs[0]! }), built.feeds);
    expectClose(
      found!.data,
      [
        1, 0, 0, 0.512832, 0.487168, 0, 0.322978, 0.324467, 0.352555, 1, 0, 0, 0.582161, 0.417839, 0,
        0.562618, 0.28392, 0.153462, 1, 0, 0, 0.516216, 0.483784, 0, 0.36094, 0.329052, 0.310008, 1, 0, 0,
        0.538667, 0.461333, 0, 0.38248, 0.379218, 0.238302,
      ],
      2e-6,
    );
  });

  it('leaves out padded steps as Keras does', () => {
    defineLayer({
      kind: 'testPadding',
      outputShape: (_layer, shape) => shape,
      structure: () => null,
      outputMask: () => greater(constant([1, 1, 0, 1, 0, 0], [2, 3]), 0.5),
      forward: (_layer, { input: x }) => x,
    });
    const words = input({ shape: [3, 4] });
    const tensor = call(
      layers.multiHeadAttention({ ...options, name: 'tested' }),
      call({ kind: 'testPadding' }, words),
    );
    const plan = planGraph({ inputs: [words], outputs: [{ tensor }] });
    const pass = forward(plan, {
      inputs: [node('x', 'float32', [2, 3, 4])],
      isTraining: false,
      weight: (path) => node(path, 'float32', plan.weights.find((w) => w.path === path)!.shape),
      knob: () => scalar(0),
      randomKey: () => scalar(0, 'uint32'),
    });
    const { feeds } = buildMerge(layers.multiHeadAttention(options), [[3, 4]]);
    expectClose(
      interpret(graphOf({ found: pass.outputs[0]! }), feeds).found!.data,
      [
        0.616403, 0.100735, -0.300181, -0.034227, 0.695924, 0.142764, -0.321933, -0.090942, 0.290432,
        -0.102554, -0.338261, -0.01152, 0.756389, 0.241263, -0.367703, -0.343735, 0.465874, 0.133819,
        -0.146566, 0.068976, 0.465874, 0.133819, -0.146566, 0.068976,
      ],
      2e-6,
    );
    expect(pass.masks[0]).toBeDefined();
  });

  it('begins with the Glorot limits of Keras: those of kernels of three axes', () => {
    const { weights } = planGraph(
      (() => {
        const words = input({ shape: [8, 64] });
        const tensor = call(layers.multiHeadAttention({ numHeads: 4, keyDim: 16 }), words);
        return { inputs: [words], outputs: [{ tensor }] };
      })(),
    );
    const kernel = weights.find(({ name }) => name === 'query.kernel')!;
    // keras.initializers.GlorotUniform on (64, 4, 16): sqrt(6 / (256 + 1024))
    expect(kernel.fans).toEqual({ fanIn: 256, fanOut: 1024 });
    expect(weights.find(({ name }) => name === 'attentionOutput.kernel')!.shape).toEqual([4, 16, 64]);
  });

  it('has the gradients of finite differences with dropout, in training, for a batch of one', async () => {
    for (const batch of [2, 1]) {
      const layer = layers.multiHeadAttention({ ...options, dropout: 0.3, outputDim: 5 });
      const built = buildMerge(layer, [[3, 4]], { batch, isTraining: true });
      expect(built.output.shape).toEqual([batch, 3, 5]);
      await expectLayer(built);
    }
  });

  it('learns to copy the step that a query points at', async () => {
    const words = input({ shape: [4, 4] });
    const attended = call(layers.multiHeadAttention({ numHeads: 2, keyDim: 4 }), words);
    const model = functional({ inputs: words, outputs: attended }).compile({
      optimizer: 'adam',
      loss: 'meanSquaredError',
    });
    const x = { data: Float32Array.from(numbers(32 * 16)), shape: [32, 4, 4] };
    const before = await model.evaluate({ x, y: x });
    await model.fit({ x, y: x }, { epochs: 150, batchSize: 16 });
    expect((await model.evaluate({ x, y: x })).loss!).toBeLessThan(before.loss! / 4);
  });

  it.each<readonly [string, () => unknown, RegExp]>([
    ['no heads', () => layers.multiHeadAttention({ numHeads: 0, keyDim: 2 }), /numHeads is 0/],
    [
      'a dropout of 1',
      () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, dropout: 1 }),
      /dropout is 1, outside \[0, 1\)/,
    ],
    [
      'rows',
      () => call(layers.multiHeadAttention({ numHeads: 1, keyDim: 2, name: 'look' }), input({ shape: [4] })),
      /multiHeadAttention 'look' cannot follow the input, .*: it takes samples of \[steps, width\], not \[4\]/,
    ],
    [
      'a mask of other steps',
      () => {
        const [a, m] = [input({ shape: [2, 4] }), input({ shape: [3, 3] })];
        return call(layers.multiHeadAttention({ numHeads: 1, keyDim: 2 }), a, a, a, m);
      },
      /takes an attention mask of \[2, 2\], not \[3, 3\]/,
    ],
    [
      'other numbers of keys than values',
      () => {
        const [a, b] = [input({ shape: [2, 4] }), input({ shape: [3, 4] })];
        return call(layers.multiHeadAttention({ numHeads: 1, keyDim: 2 }), a, a, b);
      },
      /takes as many keys as values, not 3 and 2/,
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
