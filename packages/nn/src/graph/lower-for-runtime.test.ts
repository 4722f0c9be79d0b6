import { expect, test } from 'vitest';
import { nodeRuntime } from '../runtime/node.ts';
import { gradient } from './gradient.ts';
import { interpret } from './interpret.ts';
import { lowerForRuntime } from './lower-for-runtime.ts';
import type { Graph } from './node.ts';
import { toOnnx } from './onnx.ts';
import { multiply } from './ops/arithmetic.ts';
import { type ConvOptions, conv2d } from './ops/conv.ts';
import { sum } from './ops/reduce.ts';
import { input } from './ops/sources.ts';
import { simplify } from './simplify.ts';
import { sizeOf } from './tensor.ts';
import { expectClose, numbers } from './testing.ts';
import { topological } from './topological.ts';

/** A convolution of images with its gradients. */
function convolution(
  images: readonly [number, number, number, number],
  kernel: readonly [number, number, number, number],
  options: ConvOptions,
): { readonly graph: Graph; readonly feeds: Record<string, number[]> } {
  const x = input('x', 'float32', images);
  const weights = input('kernel', 'float32', kernel);
  const y = conv2d(x, weights, options);
  const dy = input('dy', 'float32', y.shape);
  const [dx, dk] = gradient(sum(multiply(y, dy)), [x, weights]);
  return {
    graph: { inputs: [x, weights, dy], outputs: { y, dx: dx!, dk: dk! } },
    feeds: {
      x: numbers(sizeOf(images)),
      kernel: numbers(sizeOf(kernel), 1, 50),
      dy: numbers(sizeOf(y.shape), 1, 99),
    },
  };
}

function blockedIn(graph: Graph): number {
  return topological(Object.values(graph.outputs)).filter(({ op }) => op === 'blockedConv2d').length;
}

const cases: readonly (readonly [string, Parameters<typeof convolution>, number])[] = [
  ['plain', [[8, 5, 6, 8], [3, 3, 8, 8], { strides: [1, 1] }], 3],
  ['with margins', [[8, 5, 4, 8], [3, 3, 8, 16], { strides: [1, 1], margins: [1, 1, 1, 1] }], 3],
  [
    'of a batch that is no block',
    [[6, 4, 4, 8], [3, 2, 8, 8], { strides: [1, 1], margins: [1, 0, 0, 1] }],
    3,
  ],
  ['of channels that fill no block', [[8, 4, 4, 12], [3, 3, 12, 14], { strides: [1, 1] }], 3],
  ['of few channels', [[8, 5, 5, 2], [3, 3, 2, 8], { strides: [1, 1] }], 1],
  ['of one channel', [[4, 5, 5, 1], [3, 3, 1, 8], { strides: [1, 1] }], 1],
  ['with steps that leave a rest', [[8, 6, 7, 8], [3, 3, 8, 8], { strides: [2, 3] }], 3],
  ['with steps and margins', [[8, 7, 6, 8], [3, 3, 8, 8], { strides: [2, 2], margins: [0, 1, 1, 1] }], 3],
  ['with steps wider than the kernel', [[8, 5, 7, 8], [1, 2, 8, 8], { strides: [2, 3] }], 3],
  [
    'with margins wider than the kernel',
    [[8, 3, 3, 8], [2, 2, 8, 8], { strides: [1, 1], margins: [3, 3, 3, 4] }],
    3,
  ],
  ['dilated', [[8, 6, 5, 8], [2, 2, 8, 8], { strides: [1, 1], dilation: [2, 1], margins: [1, 0, 0, 0] }], 2],
  ['in groups', [[8, 4, 4, 16], [2, 2, 8, 16], { strides: [1, 1], groups: 2 }], 0],
  ['of a single sample', [[1, 4, 4, 8], [3, 3, 8, 8], { strides: [1, 1] }], 2],
];

test.each(cases)(
  'a convolution %s and its gradients are the same in blocks of channels',
  (_, parts, count) => {
    const { graph, feeds } = convolution(...parts);
    const expected = interpret(graph, feeds);
    const lowered = lowerForRuntime(graph, 8);
    const actual = interpret(simplify(lowered), feeds);
    for (const name of Object.keys(expected)) expectClose(actual[name]!.data, expected[name]!.data, 1e-12);
    expect(blockedIn(lowered)).toBe(count);
  },
);

test.each(cases)('the runtime computes a convolution %s in its own blocks', async (_, parts) => {
  const runtime = await nodeRuntime();
  const { channelBlock } = runtime;
  if (channelBlock === undefined) return;
  const widen = (shape: readonly number[], axes: readonly number[]): readonly number[] =>
    shape.map((extent, axis) => (axes.includes(axis) && extent >= 8 ? (extent * channelBlock) / 8 : extent));
  const [images, kernel, options] = parts;
  const { graph, feeds } = convolution(
    widen(images, [0, 3]) as typeof images,
    widen(kernel, [2, 3]) as typeof kernel,
    options,
  );
  const session = await runtime.createSession(toOnnx(simplify(lowerForRuntime(graph, channelBlock))));
  const tensors = graph.inputs.map((node) => {
    const name = String(node.attributes.name);
    return [name, { dtype: 'float32', shape: node.shape, data: Float32Array.from(feeds[name]!) }] as const;
  });
  const actual = await session.run(Object.fromEntries(tensors), Object.keys(graph.outputs));
  await session.release();
  const expected = interpret(graph, feeds);
  for (const name of Object.keys(expected)) {
    expectClose(actual[name]!.data as Float32Array, expected[name]!.data, 1e-4);
  }
});
