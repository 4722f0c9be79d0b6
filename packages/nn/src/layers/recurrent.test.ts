import { LuthierError } from '@luthier/core';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { constraints } from '../constraints/constraint.ts';
import { gradient } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import type { Node, Shape } from '../graph/node.ts';
import { sum } from '../graph/ops/reduce.ts';
import { constant, input, scalar } from '../graph/ops/sources.ts';
import { sizeOf } from '../graph/tensor.ts';
import { expectClose, expectGradient, graphOf, numbers } from '../graph/testing.ts';
import { initializers } from '../initializers/initializer.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { forward } from '../training/forward.ts';
import { planGraph } from '../training/plan.ts';
import { sequential } from '../training/sequential.ts';
import { call, callAll, input as modelInput } from '../training/symbolic.ts';
import { kerasRecurrent } from './fixtures/keras-recurrent.ts';
import { defineLayer, type Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

const MASK = [0, 1, 1, 0, 1, 0, 1, 1];

/** Hands a sequence on and says which of its steps count. */
interface MarkingLayer extends Layer {
  readonly kind: 'marking';
  readonly counts: readonly number[];
}

defineLayer<MarkingLayer>({
  kind: 'marking',
  outputShape: (_, shape) => shape,
  structure: ({ counts }) => counts,
  outputMask: ({ counts }, { input: { shape } }) => constant(counts, shape.slice(0, 2), 'bool'),
  forward: (_, context) => context.input,
});

interface Net {
  readonly outputs: readonly Node[];
  readonly masks: readonly (Node | undefined)[];
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  readonly paths: readonly string[];
}

/** A layer after a sequence [4, 3] and initial states, weights as the goldens have them. */
function build(layer: Layer, states = 0, mask?: readonly number[], isTraining = false): Net {
  const sources = [
    modelInput({ shape: [4, 3] }),
    ...Array.from({ length: states }, () => modelInput({ shape: [2] })),
  ];
  const marking: MarkingLayer | undefined = mask && { kind: 'marking', counts: mask };
  const [sequence, ...initial] = sources;
  const marked = marking === undefined ? sequence! : call(marking, sequence!);
  const tensors = callAll({ name: 'tested', ...layer } as Layer, marked, ...initial);
  const plan = planGraph({ inputs: sources, outputs: tensors.map((tensor) => ({ tensor })) });
  const feeds: Record<string, readonly number[]> = {};
  const inputs = sources.map(({ shape }, i) => {
    feeds[`x${i}`] = numbers(2 * sizeOf(shape), 1, 31 * i);
    return input(`x${i}`, 'float32', [2, ...shape]);
  });
  // Draws of the goldens are in the weights' own shapes; graphs hold matrices with their axes swapped.
  const nodes = new Map(
    plan.weights.map(({ path, shape, storedShape, isSwapped }, i) => {
      const values = numbers(sizeOf(shape), 0.8, 100 * (i + 1));
      const [rows, columns] = shape as [number, number];
      feeds[path] =
        isSwapped === true
          ? values.map((_, k) => values[(k % rows) * columns + Math.floor(k / rows)]!)
          : values;
      return [path, input(path, 'float32', storedShape)] as const;
    }),
  );
  const pass = forward(plan, {
    inputs,
    isTraining,
    weight: (path) => nodes.get(path)!,
    knob: (name) => scalar(plan.knobs[name]!),
    randomKey: (asking) => scalar(1000 + asking.length, 'uint32'),
  });
  return { outputs: pass.outputs, masks: pass.masks, feeds, paths: plan.weights.map(({ path }) => path) };
}

const { simpleRnn, lstm, gru, bidirectional } = layers;
const all = { returnSequences: true, returnState: true } as const;
const cells = [
  ['simpleRnn', simpleRnn, 1],
  ['lstm', lstm, 2],
  ['gru', gru, 1],
] as const;

const goldens: readonly (readonly [string, Net])[] = [
  ...cells.flatMap(([kind, make, states]) => [
    [`${kind} plain`, build(make({ units: 2 }))] as const,
    [`${kind} masked sequence`, build(make({ units: 2, ...all }), 0, MASK)] as const,
    [`${kind} masked from a state`, build(make({ units: 2, ...all }), states, MASK)] as const,
    [`${kind} backwards`, build(make({ units: 2, ...all, goBackwards: true }), states, MASK)] as const,
    [
      `${kind} zero`,
      build(make({ units: 2, returnSequences: true, zeroOutputForMask: true }), 0, MASK),
    ] as const,
  ]),
  ['gru before', build(gru({ units: 2, resetAfter: false }))],
  ['gru no bias', build(gru({ units: 2, useBias: false, returnSequences: true }))],
  [
    'lstm relu',
    build(lstm({ units: 2, activation: 'relu', recurrentActivation: 'hardSigmoid', returnSequences: true })),
  ],
  ...(['concat', 'sum', 'mul', 'ave', null] as const).map((mergeMode) => {
    const layer = bidirectional({ layer: lstm({ units: 2, returnSequences: true }), mergeMode });
    return [`bidirectional ${mergeMode ?? 'None'}`, build(layer, 0, MASK)] as const;
  }),
  ['bidirectional states', build(bidirectional({ layer: gru({ units: 2, returnState: true }) }))],
];

describe('recurrent layers against Keras 3 [#96] [#97]', () => {
  test('every golden is looked at', () => {
    expect(goldens.map(([name]) => name).sort()).toEqual(Object.keys(kerasRecurrent).sort());
  });

  test.each(goldens)('%s', (name, { outputs, feeds }) => {
    const expected = kerasRecurrent[name]!;
    expect(outputs).toHaveLength(expected.length);
    for (const [i, node] of outputs.entries()) expectClose(evaluated(node, feeds), expected[i]!, 1e-9);
  });

  // Published in keras/src/layers/rnn/{lstm,gru,simple_rnn}_test.py (Apache-2.0).
  test.each([
    ['lstm', lstm({ units: 3, ...constants() }), [3, 6, 4], [0.6288687, 0.86899155, 0.9460773]],
    [
      'lstm backwards',
      lstm({ units: 3, ...constants(), goBackwards: true }),
      [3, 6, 4],
      [0.35622165, 0.74789524, 0.8872726],
    ],
    [
      'lstm without unitForgetBias',
      lstm({ units: 3, ...constants(), unitForgetBias: false }),
      [3, 6, 4],
      [0.57019705, 0.8661914, 0.9459622],
    ],
    ['gru', gru({ units: 3, ...constants() }), [3, 6, 4], [0.5217289, 0.6371659, 0.39384964]],
    [
      'gru backwards',
      gru({ units: 3, ...constants(), goBackwards: true }),
      [3, 6, 4],
      [0.24406259, 0.611516, 0.3928808],
    ],
    ['simpleRnn', simpleRnn({ units: 4, ...constants() }), [2, 3, 4], [0.405432, 0.73605347]],
    [
      'simpleRnn backwards',
      simpleRnn({ units: 4, ...constants(), goBackwards: true }),
      [2, 3, 4],
      [0.11144729, 0.5528889],
    ],
  ] as const)('%s gives the published rows', async (_, layer, shape, rows) => {
    const model = sequential([layers.input({ shape: shape.slice(1) }), layer]);
    const x = Float32Array.from({ length: sizeOf(shape) }, (_, i) => i);
    const { data } = await model.predict({ data: x, shape: [...shape] });
    const units = data.length / rows.length;
    expectClose(
      data,
      rows.flatMap((row) => new Array<number>(units).fill(row)),
      1e-5,
    );
  });
});

function constants(): object {
  const of = initializers.constant;
  return { kernelInitializer: of(0.01), recurrentInitializer: of(0.02), biasInitializer: of(0.03) };
}

describe('recurrent layers', () => {
  test.each(cells)(
    '%s: gradients with masks, states and sequences are those of differences',
    async (_, make, states) => {
      for (const goBackwards of [false, true]) {
        const { outputs, feeds } = build(make({ units: 2, ...all, goBackwards }), states, MASK, true);
        for (const output of outputs) await expectGradient(output, pickFeeds(output, feeds));
      }
    },
  );

  test.each([
    ...cells.map(([name, make]) => [name, make] as const),
    ['gru with the state reset first', (options: object) => gru({ units: 2, ...options, resetAfter: false })],
  ] as const)(
    '%s: gradients with dropped inputs and units, and without bias, are those of differences',
    async (_, make) => {
      const dropouts = [{ dropout: 0.4 }, { recurrentDropout: 0.4 }, { dropout: 0.4, recurrentDropout: 0.4 }];
      for (const options of [{ useBias: false }, ...dropouts]) {
        const { outputs, feeds } = build(make({ units: 2, ...all, ...options }), 0, undefined, true);
        await expectGradient(outputs[0]!, pickFeeds(outputs[0]!, feeds));
      }
    },
  );

  test.each(cells)(
    '%s: a first step from zeros, made apart while training, is like any other',
    async (_, make) => {
      for (const options of [{}, { goBackwards: true }, { useBias: false }, { returnState: true }]) {
        const layer = make({ units: 2, ...options });
        const { outputs, feeds } = build(layer, 0, undefined, true);
        const inference = build(layer);
        for (const [i, output] of outputs.entries()) {
          expectClose(evaluated(output, feeds), evaluated(inference.outputs[i]!, feeds), 1e-12);
          await expectGradient(output, pickFeeds(output, feeds));
        }
      }
    },
  );

  test.each(cells)('%s: steps that do not count change nothing and get no gradient', (_, make) => {
    const { outputs, feeds } = build(make({ units: 2, ...all }), 0, MASK, true);
    const moved = { ...feeds, x0: feeds.x0!.map((x, i) => (MASK[Math.floor(i / 3)] === 0 ? x + 9 : x)) };
    for (const output of outputs) expectClose(evaluated(output, moved), evaluated(output, feeds), 0);
    const x = graphOf({ y: outputs[0]! }).inputs.find(({ attributes }) => attributes.name === 'x0')!;
    const [dx] = gradient(sum(outputs[0]!), [x]);
    const values = evaluated(dx!, feeds);
    for (const [i, value] of values.entries()) expect(value === 0).toBe(MASK[Math.floor(i / 3)] === 0);
  });

  test.each(cells)('%s: two halves joined by their states are the whole', (_, make, states) => {
    const layer = make({ units: 2, ...all, name: 'shared' });
    const whole = modelInput({ shape: [6, 3] });
    const cut = (from: number, to: number): Layer => layers.cropping1d({ cropping: [from, 6 - to] });
    const [, ...middle] = callAll(layer, call(cut(0, 2), whole));
    const [rest, ...last] = callAll(layer, call(cut(2, 6), whole), ...middle);
    const [full, ...end] = callAll(layer, whole);
    const plan = planGraph({
      inputs: [whole],
      outputs: [rest!, ...last, full!, ...end].map((tensor) => ({ tensor })),
    });
    const x = input('x', 'float32', [2, 6, 3]);
    const feeds: Record<string, number[]> = { x: numbers(36) };
    const pass = forward(plan, {
      inputs: [x],
      isTraining: false,
      weight: (path) => {
        const shape = plan.weights.find((weight) => weight.path === path)!.storedShape;
        return constant(numbers(sizeOf(shape), 1, path.length), shape);
      },
      knob: () => scalar(0),
      randomKey: () => scalar(0, 'uint32'),
    });
    const values = pass.outputs.map((node) => evaluated(node, feeds));
    const [ending, ...others] = values;
    const complete = values[1 + states]!;
    expectClose(ending!, [...complete.subarray(4, 12), ...complete.subarray(16, 24)], 1e-12);
    for (let i = 0; i < states; i++) expectClose(others[i]!, values[2 + states + i]!, 1e-12);
  });

  test('the mask goes on with sequences, in the order of reading, and ends without', () => {
    const maskOf = (layer: Layer): number[] | undefined => {
      const { masks, feeds } = build(layer, 0, MASK);
      return masks[0] && Array.from(evaluated(masks[0], feeds));
    };
    expect(maskOf(lstm({ units: 2 }))).toBeUndefined();
    expect(maskOf(gru({ units: 2, returnSequences: true }))).toEqual(MASK);
    expect(maskOf(gru({ units: 2, returnSequences: true, goBackwards: true }))).toEqual([
      0, 1, 1, 0, 1, 1, 0, 1,
    ]);
    expect(maskOf(bidirectional({ layer: gru({ units: 2, returnSequences: true }) }))).toEqual(MASK);
    expect(maskOf(layers.timeDistributed({ layer: layers.dense({ units: 2 }) }))).toEqual(MASK);
  });

  test.each(cells)('%s: dropout drops the same inputs and units in all steps of a sequence', (_, make) => {
    const weights = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
    const dropped = (options: object): Net =>
      build(make({ units: 2, returnSequences: true, ...weights, ...options }), 0, undefined, true);
    // The gradient of the input shows which inputs got through.
    const { outputs, feeds } = dropped({ dropout: 0.5 });
    const x = graphOf({ y: outputs[0]! }).inputs.find(({ attributes }) => attributes.name === 'x0')!;
    const [dx] = gradient(sum(outputs[0]!), [x]);
    const got = Array.from(evaluated(dx!, feeds), (value) => value !== 0);
    expect(new Set(got)).toEqual(new Set([true, false]));
    for (let i = 0; i < 24; i++) expect(got[i]).toBe(got[Math.floor(i / 12) * 12 + (i % 3)]);
    // Off at inference, and at rate 0 there is nothing to draw.
    const still = build(make({ units: 2, returnSequences: true, dropout: 0.5, recurrentDropout: 0.5 }));
    const plain = build(make({ units: 2, returnSequences: true }));
    expectClose(evaluated(still.outputs[0]!, still.feeds), evaluated(plain.outputs[0]!, plain.feeds), 0);
    const both = dropped({ dropout: 0.3, recurrentDropout: 0.3 });
    expect(Array.from(evaluated(both.outputs[0]!, both.feeds))).not.toEqual(
      Array.from(evaluated(plain.outputs[0]!, plain.feeds)),
    );
  });

  test('recurrent dropout keeps the mean: over many masks the state that enters a step is the state', () => {
    // One step from a state of ones with a recurrent kernel of ones: the mean over masks of h U is U's column sum.
    const layer = simpleRnn({ units: 2, activation: 'linear', useBias: false, recurrentDropout: 0.25 });
    const state = modelInput({ shape: [2] });
    const x = modelInput({ shape: [1, 1] });
    const tensor = call(layer, x, state);
    const plan = planGraph({ inputs: [x, state], outputs: [{ tensor }] });
    const batch = 2000;
    const pass = forward(plan, {
      inputs: [
        constant(new Float32Array(batch), [batch, 1, 1]),
        constant(new Float32Array(2 * batch).fill(1), [batch, 2]),
      ],
      isTraining: true,
      weight: (path) =>
        constant(
          path.endsWith('recurrentKernel') ? [1, 1, 1, 1] : [0, 0],
          path.endsWith('recurrentKernel') ? [2, 2] : [2, 1],
        ),
      knob: (name) => scalar(plan.knobs[name]!),
      randomKey: () => scalar(77, 'uint32'),
    });
    const values = interpret(graphOf({ y: pass.outputs[0]! }), {}).y!.data;
    expect(new Set(Array.from(values, (value) => Math.round(value * 3)))).toEqual(new Set([0, 4, 8]));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    // Standard error 0.018; four of it.
    expect(Math.abs(mean - 2)).toBeLessThan(0.075);
  });

  test('extents, directions and options give the shapes they promise (200 cases)', () => {
    const extent = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.tuple(extent, extent, extent, extent),
        fc.record({
          returnSequences: fc.boolean(),
          goBackwards: fc.boolean(),
          useBias: fc.boolean(),
          dropout: fc.constantFrom(0, 0.5),
          recurrentDropout: fc.constantFrom(0, 0.5),
        }),
        fc.constantFrom(...cells),
        fc.boolean(),
        ([batch, steps, width, units], options, [, make], isTraining) => {
          const layer = make({ units, ...options });
          const expected = options.returnSequences ? [batch, steps, units] : [batch, units];
          const one = buildLayer(layer, [steps, width], { batch, isTraining });
          expect(one.output.shape).toEqual(expected);
          expect(Array.from(evaluated(one.output, one.feeds)).every(Number.isFinite)).toBe(true);
          if (options.goBackwards) return;
          const both = bidirectional({ layer, mergeMode: 'concat' });
          const two = buildLayer(both, [steps, width], { batch, isTraining });
          expect(two.output.shape).toEqual([...expected.slice(0, -1), 2 * units]);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  test('weights are named, shaped and begin as in Keras', () => {
    const of = (layer: Layer): Record<string, Float32Array> => {
      const model = sequential([layers.input({ shape: [4, 3] }), { name: 'r', ...layer }], { seed: 5 });
      return model.getWeights() as Record<string, Float32Array>;
    };
    const memory = of(lstm({ units: 2 }));
    expect(Object.keys(memory)).toEqual(['r.kernel', 'r.recurrentKernel', 'r.bias']);
    expect([...memory['r.bias']!]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(memory['r.kernel']).toHaveLength(3 * 8);
    const u = memory['r.recurrentKernel']!;
    // Two rows of 8: orthonormal.
    const product = (a: number, b: number): number =>
      Array.from({ length: 8 }, (_, k) => u[8 * a + k]! * u[8 * b + k]!).reduce((x, y) => x + y, 0);
    expectClose([product(0, 0), product(0, 1), product(1, 1)], [1, 0, 1], 1e-6);
    expect(of(lstm({ units: 2, unitForgetBias: false }))['r.bias']!.every((x) => x === 0)).toBe(true);
    expect(of(gru({ units: 2 }))['r.bias']).toHaveLength(12);
    expect(of(gru({ units: 2, resetAfter: false }))['r.bias']).toHaveLength(6);
    expect(Object.keys(of(simpleRnn({ units: 2, useBias: false })))).toEqual([
      'r.kernel',
      'r.recurrentKernel',
    ]);
    expect(Object.keys(of(bidirectional({ layer: gru({ units: 1 }) })))).toEqual([
      'r.forward.kernel',
      'r.forward.recurrentKernel',
      'r.forward.bias',
      'r.backward.kernel',
      'r.backward.recurrentKernel',
      'r.backward.bias',
    ]);
  });

  test.each([
    ['LSTM', lstm({ units: 3 })],
    ['GRU', gru({ units: 3, returnSequences: true, goBackwards: true })],
    ['RNN', simpleRnn({ units: 3, useBias: false })],
    ['LSTM', bidirectional({ layer: lstm({ units: 3, returnSequences: true }) })],
    ['Scan', lstm({ units: 3, activation: 'relu' })],
    ['Scan', gru({ units: 3, recurrentActivation: 'hardSigmoid' })],
  ] as const)('a file holds one %s where ONNX has an operator that does the same', (operator, layer) => {
    const model = sequential([layers.input({ shape: [4, 2] }), layer as Layer]);
    const text = Buffer.from(model.toOnnx()).toString('latin1');
    for (const name of ['LSTM', 'GRU', 'RNN', 'Scan']) {
      // Field 4 of a node, its operator, with the length of the name.
      expect(text.includes(`"${String.fromCharCode(name.length)}${name}`)).toBe(name === operator);
    }
  });

  test('a file with masked steps takes batches of any size and agrees with predict', async () => {
    const model = sequential([
      layers.input({ shape: [4, 2] }),
      layers.masking(),
      layers.bidirectional({ layer: lstm({ units: 3, returnSequences: true }) }),
      gru({ units: 2 }),
    ]);
    const data = Float32Array.from(numbers(5 * 8), (value, i) => (Math.floor(i / 2) % 3 === 0 ? 0 : value));
    const x = { data, shape: [5, 4, 2] };
    const expected = await model.predict(x);
    const session = await ort.InferenceSession.create(model.toOnnx(), { logSeverityLevel: 3 });
    const { output } = await session.run({ input: new ort.Tensor('float32', data, x.shape) });
    await session.release();
    expectClose(output!.data as Float32Array, expected.data, 1e-6);
  });

  test('kernels, biases and outputs take penalties and constraints', async () => {
    const layer = lstm({
      units: 3,
      returnSequences: true,
      kernelRegularizer: regularizers.l2(0.1),
      recurrentRegularizer: regularizers.l1(0.2),
      biasRegularizer: regularizers.l2(0.3),
      activityRegularizer: regularizers.l2(0.4),
      recurrentConstraint: constraints.maxNorm({ maxValue: 0.1 }),
    });
    const { output, penalty, feeds } = buildLayer(layer, [4, 2], { isTraining: true });
    const y = evaluated(output, feeds);
    const squares = (values: ArrayLike<number>): number =>
      Array.from(values).reduce((total, value) => total + value ** 2, 0);
    const expected =
      0.1 * squares(feeds['tested.kernel']!) +
      0.2 * feeds['tested.recurrentKernel']!.reduce((total, value) => total + Math.abs(value), 0) +
      0.3 * squares(feeds['tested.bias']!) +
      (0.4 * squares(y)) / 2;
    expectClose(evaluated(penalty!, feeds), [expected], 1e-6);
    const model = sequential([layers.input({ shape: [4, 2] }), { ...layer, name: 'r' }]).compile({
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      metrics: [],
    });
    await model.fit(
      {
        x: { data: Float32Array.from(numbers(64)), shape: [8, 4, 2] },
        y: { data: new Float32Array(96), shape: [8, 4, 3] },
      },
      { epochs: 1, batchSize: 4 },
    );
    const u = model.getWeights()['r.recurrentKernel']!;
    for (let column = 0; column < 12; column++) {
      const norm = Math.hypot(...Array.from({ length: 3 }, (_, row) => u[row * 12 + column]!));
      expect(norm).toBeLessThan(0.1 + 1e-6);
    }
  });

  test('a frozen wrapper freezes what it holds', () => {
    const of = (layer: Layer): number =>
      sequential([layers.input({ shape: [4, 3] }), layer]).countParams('trainable');
    expect(of(bidirectional({ layer: gru({ units: 1 }), trainable: false }))).toBe(0);
    expect(of(layers.timeDistributed({ layer: layers.dense({ units: 2 }), trainable: false }))).toBe(0);
    expect(of(layers.timeDistributed({ layer: layers.dense({ units: 2 }) }))).toBe(8);
  });
});

function pickFeeds(node: Node, feeds: Net['feeds']): Record<string, readonly number[]> {
  const names = graphOf({ node }).inputs.map(({ attributes }) => String(attributes.name));
  return Object.fromEntries(names.map((name) => [name, feeds[name]!]));
}

describe('bad input', () => {
  const after =
    (layer: Layer, shape: Shape = [4, 3], ...states: readonly Shape[]): (() => unknown) =>
    () =>
      callAll(layer, ...[shape, ...states].map((each) => modelInput({ shape: each })));

  test('is refused before anything runs, by name', () => {
    expect(() => lstm({ units: 0 })).toThrow(/units is 0/);
    expect(() => gru({ units: 2, dropout: 1 })).toThrow(/dropout is 1, outside \[0, 1\)/);
    expect(() => gru({ units: 2, recurrentDropuot: 0.1 } as object as { units: number })).toThrow(
      /did you mean 'recurrentDropout'/,
    );
    expect(() => simpleRnn({ units: 2, recurrentActivation: 'tanh' } as { units: number })).toThrow(
      LuthierError,
    );
    expect(after(lstm({ units: 2, name: 'memory' }), [3])).toThrow(
      /'memory'.*\[steps, channels\], not \[3\]/,
    );
    expect(after(lstm({ units: 2 }), [4, 3], [2])).toThrow(/takes 1 input or 3, not 2/);
    expect(after(gru({ units: 2 }), [4, 3], [3])).toThrow(/initial states of \[2\], not \[3\]/);
    expect(after(gru({ units: 2 }), [4, 3], [2], [2])).toThrow(/takes 1 to 2 inputs, not 3/);
  });

  test('wrappers refuse layers that do not fit each other', () => {
    const make = (options: object) => () => bidirectional(options as { layer: ReturnType<typeof gru> });
    expect(make({ layer: layers.dense({ units: 2 }) })).toThrow(/no recurrent layer/);
    expect(make({ layer: gru({ units: 2 }), mergeMode: 'max' })).toThrow(/unknown mergeMode 'max'/);
    expect(make({ layer: gru({ units: 2, goBackwards: true }) })).toThrow(/same direction/);
    expect(make({ layer: gru({ units: 2 }), backwardLayer: lstm({ units: 2 }) })).toThrow(/same direction/);
    const back = gru({ units: 3, goBackwards: true });
    expect(make({ layer: gru({ units: 2, returnState: true }), backwardLayer: back })).toThrow(
      /returnState differs/,
    );
    expect(make({ layer: gru({ units: 2 }), backwardLayer: back, mergeMode: 'sum' })).toThrow(
      /2 and 3 units/,
    );
    expect(after(bidirectional({ layer: gru({ units: 2 }) }), [4, 3], [2])).toThrow(/share 1 initial states/);
    expect(() => layers.timeDistributed({} as { layer: Layer })).toThrow(/no layer to apply/);
    expect(after(layers.timeDistributed({ layer: lstm({ units: 2 }) }))).toThrow(
      /\[steps, channels\], not \[3\]/,
    );
  });
});
