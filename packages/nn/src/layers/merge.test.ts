import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { Shape } from '../graph/node.ts';
import { cast } from '../graph/ops/cast.ts';
import { greater } from '../graph/ops/compare.ts';
import { constant, input as node } from '../graph/ops/sources.ts';
import { expectClose, graphOf, numbers } from '../graph/testing.ts';
import { type ForwardResult, forward } from '../training/forward.ts';
import { planGraph } from '../training/plan.ts';
import { call, input, type SymbolicTensor } from '../training/symbolic.ts';
import { defineLayer, type Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildMerge, evaluated, expectLayer } from './testing.ts';

type Fold = (values: readonly number[]) => number;
const elementwise: readonly (readonly [string, Layer, number, Fold])[] = [
  ['add', layers.add(), 3, (v) => v.reduce((a, b) => a + b)],
  ['subtract', layers.subtract(), 2, ([a, b]) => a! - b!],
  ['multiply', layers.multiply(), 3, (v) => v.reduce((a, b) => a * b)],
  ['average', layers.average(), 3, (v) => v.reduce((a, b) => a + b) / v.length],
  ['maximum', layers.maximum(), 3, (v) => Math.max(...v)],
  ['minimum', layers.minimum(), 2, (v) => Math.min(...v)],
];

test.each(elementwise)('%s combines tensors value by value', async (_, layer, count, fold) => {
  const built = buildMerge(
    layer,
    Array.from({ length: count }, () => [2, 3]),
  );
  const feeds = Object.values(built.feeds);
  const expected = feeds[0]!.map((_value, i) => fold(feeds.map((values) => values[i]!)));
  expectClose(evaluated(built.output, built.feeds), expected, 1e-12);
  await expectLayer(built);
});

test.each(elementwise)('%s repeats samples of fewer axes and extents of 1', async (_, layer) => {
  const built = buildMerge(layer, [[2, 3], [3]]);
  expect(built.output.shape).toEqual([2, 2, 3]);
  const wide = buildMerge(layer, [
    [2, 3],
    [1, 3],
  ]);
  expectClose(evaluated(built.output, built.feeds), evaluated(wide.output, wide.feeds), 1e-12);
  await expectLayer(built);
});

test('concatenate joins along any axis of the samples', async () => {
  const last = buildMerge(layers.concatenate(), [[2], [3]]);
  const [a, b] = [last.feeds.x0!, last.feeds.x1!];
  expect([...evaluated(last.output, last.feeds)]).toEqual([
    ...a.slice(0, 2),
    ...b.slice(0, 3),
    ...a.slice(2),
    ...b.slice(3),
  ]);
  await expectLayer(last);
  const first = buildMerge(layers.concatenate({ axis: 1 }), [
    [1, 2],
    [2, 2],
    [1, 2],
  ]);
  expect(first.output.shape).toEqual([2, 4, 2]);
  await expectLayer(first);
});

test.each<readonly [number | readonly [number, number], Shape, Shape, Shape]>([
  [1, [3], [3], [1]],
  [
    [2, 1],
    [2, 3],
    [3, 4],
    [2, 4],
  ],
  [-1, [2, 3], [4, 3], [2, 4]],
  [1, [3, 2], [3], [2]],
])('dot along %j of [%j] and [%j] gives [%j]', async (axes, left, right, after) => {
  for (const normalize of [false, true]) {
    const built = buildMerge(layers.dot({ axes, normalize }), [left, right]);
    expect(built.output.shape).toEqual([2, ...after]);
    await expectLayer(built);
  }
});

test('dot of rows is their scalar product, normalized their cosine', () => {
  const built = buildMerge(layers.dot({ axes: 1 }), [[3], [3]]);
  const cosine = buildMerge(layers.dot({ axes: 1, normalize: true }), [[3], [3]]);
  const rows = (values: readonly number[]): number[][] => [values.slice(0, 3), values.slice(3)];
  const pairs = rows(built.feeds.x0!).map((row, i) => [row, rows(built.feeds.x1!)[i]!] as const);
  const products = pairs.map(([a, b]) => a.reduce((total, value, i) => total + value * b[i]!, 0));
  expectClose(evaluated(built.output, built.feeds), products, 1e-12);
  const cosines = products.map(
    (product, i) => product / Math.hypot(...pairs[i]![0]) / Math.hypot(...pairs[i]![1]),
  );
  expectClose(evaluated(cosine.output, built.feeds), cosines, 1e-12);
});

test.each<readonly [string, () => unknown, RegExp]>([
  [
    'one input',
    () => call(layers.add(), input({ shape: [2] })),
    /add cannot follow .*: it takes 2 or more inputs, not 1/,
  ],
  [
    'three to subtract',
    () => call(layers.subtract(), ...[1, 2, 3].map(() => input({ shape: [2] }))),
    /it takes 2 inputs, not 3/,
  ],
  [
    'shapes that differ',
    () => call(layers.add({ name: 'sum' }), input({ shape: [2] }), input({ shape: [3], name: 'right' })),
    /add 'sum' cannot follow the input, which gives \[2\] a sample, and the input 'right', which gives \[3\] a sample: it cannot combine/,
  ],
  [
    'shapes that differ off the axis',
    () => call(layers.concatenate(), input({ shape: [2, 1] }), input({ shape: [3, 1] })),
    /cannot join samples of \[2, 1\] and \[3, 1\] along axis 2/,
  ],
  [
    'extents that differ',
    () => call(layers.dot({ axes: 1 }), input({ shape: [2] }), input({ shape: [3] })),
    /cannot sum along axes of extents 2 and 3/,
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(message);
});

/** Steps of the first and of the second sample that count. */
const LEFT = [1, 1, 0, 1, 0, 0];
const RIGHT = [1, 0, 0, 1, 1, 0];
defineLayer<Layer & { readonly steps: readonly number[] }>({
  kind: 'testMask',
  outputShape: (_layer, shape) => shape,
  structure: ({ steps }) => [...steps],
  outputMask: ({ steps }) => greater(constant([...steps], [2, 3]), 0.5),
  forward: (_layer, { input: x }) => x,
});
const masked = (steps: readonly number[]): Layer => ({ kind: 'testMask', steps }) as Layer;

function pass(sources: readonly SymbolicTensor[], tensor: SymbolicTensor): ForwardResult {
  const none = (): never => {
    throw new Error('none wanted');
  };
  return forward(planGraph({ inputs: sources, outputs: [{ tensor }] }), {
    inputs: [node('a', 'float32', [2, 3, 2]), node('b', 'float32', [2, 3, 2])],
    isTraining: false,
    weight: none,
    knob: none,
    randomKey: none,
  });
}

/** The mask that goes on, sample by sample; keras 3.15.1 gives the same. */
test.each<readonly [string, Layer, readonly number[]]>([
  ['add', layers.add(), [1, 1, 0, 1, 1, 0]],
  ['multiply', layers.multiply(), [1, 1, 0, 1, 1, 0]],
  ['concatenate', layers.concatenate(), [1, 1, 0, 1, 1, 0]],
  ['concatenate of steps', layers.concatenate({ axis: 1 }), [1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0]],
])('%s merges masks as Keras does', (_, layer, expected) => {
  const sources = [input({ shape: [3, 2] }), input({ shape: [3, 2] })];
  const tensor = call(layer, call(masked(LEFT), sources[0]!), call(masked(RIGHT), sources[1]!));
  const { masks } = pass(sources, tensor);
  const feeds = { a: numbers(12), b: numbers(12, 1, 31) };
  const { mask } = interpret(graphOf({ mask: cast(masks[0]!, 'float32') }), feeds);
  expect([...mask!.data]).toEqual(expected);
});

test('multiply leaves out the steps that do not count, as Keras does', () => {
  const sources = [input({ shape: [3, 2] }), input({ shape: [3, 2] })];
  const tensor = call(layers.multiply(), call(masked(LEFT), sources[0]!), call(masked(RIGHT), sources[1]!));
  const { outputs } = pass(sources, tensor);
  const feeds = { a: numbers(12), b: numbers(12, 1, 31) };
  // keras.layers.Multiply() of Keras 3.15.1 on the same numbers and masks.
  const expected = [
    0.040006, 0.403831, 0.871493, 0.977534, 0, 0, -0.000286, 0.005411, -0.836496, -0.989991, 0, 0,
  ];
  expectClose(interpret(graphOf({ product: outputs[0]! }), feeds).product!.data, expected, 1e-6);
});
