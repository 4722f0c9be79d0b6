import { expect, test } from 'vitest';
import { nodeRuntime } from '../runtime/node.ts';
import { gradient } from './gradient.ts';
import { interpret } from './interpret.ts';
import { lowerForRuntime } from './lower-for-runtime.ts';
import type { Graph, Node } from './node.ts';
import { toOnnx } from './onnx.ts';
import { add, divide, multiply } from './ops/arithmetic.ts';
import { channelAffine, channelCentred, channelDot } from './ops/channels.ts';
import { type ConvOptions, conv2d } from './ops/conv.ts';
import { relu, sqrt } from './ops/elementwise.ts';
import { mean, sum } from './ops/reduce.ts';
import { constant, input } from './ops/sources.ts';
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
  ['with steps that leave a rest', [[8, 6, 7, 8], [3, 3, 8, 8], { strides: [2, 3] }], 8],
  ['with steps and margins', [[8, 7, 6, 8], [3, 3, 8, 8], { strides: [2, 2], margins: [0, 1, 1, 1] }], 6],
  ['with steps wider than the kernel', [[8, 5, 7, 8], [1, 2, 8, 8], { strides: [2, 3] }], 4],
  [
    'with margins wider than the kernel',
    [[8, 3, 3, 8], [2, 2, 8, 8], { strides: [1, 1], margins: [3, 3, 3, 4] }],
    3,
  ],
  ['dilated', [[8, 6, 5, 8], [2, 2, 8, 8], { strides: [1, 1], dilation: [2, 1], margins: [1, 0, 0, 0] }], 2],
  ['in groups', [[8, 4, 4, 16], [2, 2, 8, 16], { strides: [1, 1], groups: 2 }], 3],
  ['in groups of several blocks', [[8, 4, 5, 32], [3, 2, 16, 32], { strides: [1, 1], groups: 2 }], 3],
  [
    'in groups that fill no block',
    [[8, 5, 4, 16], [2, 3, 4, 32], { strides: [1, 1], margins: [1, 0, 1, 1], groups: 4 }],
    3,
  ],
  ['in groups, all joined', [[8, 4, 4, 12], [3, 3, 4, 18], { strides: [1, 1], groups: 3 }], 3],
  ['in groups with steps', [[8, 6, 7, 16], [3, 3, 8, 16], { strides: [2, 2], groups: 2 }], 6],
  ['in too many groups', [[8, 4, 4, 72], [2, 2, 2, 36], { strides: [1, 1], groups: 36 }], 0],
  ['by channel', [[3, 5, 6, 8], [3, 3, 1, 8], { strides: [1, 1], groups: 8 }], 3],
  [
    'by channel with margins',
    [[2, 5, 4, 24], [3, 2, 1, 24], { strides: [1, 1], margins: [1, 1, 0, 1], groups: 24 }],
    3,
  ],
  ['by channel with steps', [[2, 6, 7, 8], [3, 3, 1, 8], { strides: [2, 3], groups: 8 }], 8],
  [
    'by channel with steps and margins',
    [[2, 7, 6, 8], [3, 3, 1, 8], { strides: [2, 2], margins: [0, 1, 1, 1], groups: 8 }],
    6,
  ],
  [
    'by channel, dilated',
    [[2, 6, 7, 8], [2, 3, 1, 8], { strides: [1, 1], dilation: [2, 2], margins: [1, 0, 0, 2], groups: 8 }],
    3,
  ],
  ['by channel with several filters', [[2, 4, 5, 8], [2, 2, 1, 16], { strides: [1, 1], groups: 8 }], 6],
  [
    'by channel with several filters that fill no block',
    [[2, 4, 4, 12], [2, 2, 1, 24], { strides: [2, 1], groups: 12 }],
    7,
  ],
  ['by few channels', [[2, 4, 4, 3], [2, 2, 1, 3], { strides: [1, 1], groups: 3 }], 0],
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

/** A residual block with batch normalization between two convolutions, its loss and all gradients. */
function residual(
  channels: number,
  batch: number,
): { readonly graph: Graph; readonly feeds: Record<string, number[]> } {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    x: [batch, 6, 6, channels],
    k1: [3, 3, channels, channels],
    k2: [3, 3, channels, channels],
    k3: [1, 1, channels, 2 * channels],
    k4: [3, 3, channels, 2 * channels],
    gamma: [channels],
    beta: [channels],
    bias: [2 * channels],
  };
  const nodes = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, 'float32', shape)]),
  ) as Readonly<Record<string, Node>>;
  const same = { strides: [1, 1], margins: [1, 1, 1, 1] } as const;
  const normalized = (value: Node): Node => {
    const distance = channelCentred(value);
    const variance = divide(channelDot(distance, distance), sizeOf(value.shape) / channels);
    return channelAffine(distance, divide(nodes.gamma!, sqrt(add(variance, 1e-3))), nodes.beta!);
  };
  const first = relu(normalized(conv2d(nodes.x!, nodes.k1!, same)));
  const second = relu(add(normalized(conv2d(first, nodes.k2!, same)), nodes.x!));
  const strided = { strides: [2, 2], margins: [0, 1, 0, 1] } as const;
  const third = channelAffine(conv2d(second, nodes.k4!, strided), 1, nodes.bias!);
  const fourth = conv2d(second, nodes.k3!, { strides: [2, 2] });
  const output = mean(add(relu(third), fourth), [1, 2]);
  const weights = constant(numbers(sizeOf(output.shape), 1, 5), output.shape);
  const loss = sum(multiply(output, weights));
  const names = Object.keys(shapes);
  const gradients = gradient(
    loss,
    names.map((name) => nodes[name]!),
  );
  return {
    graph: {
      inputs: Object.values(nodes),
      outputs: {
        output,
        ...Object.fromEntries(gradients.map((node, i) => [`gradient of ${names[i]}`, node])),
      },
    },
    feeds: Object.fromEntries(names.map((name, i) => [name, numbers(sizeOf(shapes[name]!), 1, 1000 * i)])),
  };
}

test('a residual block and its gradients are the same in blocks of channels, with everything in between', () => {
  const { graph, feeds } = residual(8, 8);
  const expected = interpret(graph, feeds);
  const lowered = simplify(lowerForRuntime(simplify(graph), 4));
  const actual = interpret(lowered, feeds);
  for (const name of Object.keys(expected)) expectClose(actual[name]!.data, expected[name]!.data, 1e-6);
  const nodes = topological(Object.values(lowered.outputs));
  const images = nodes.filter(({ op, shape }) => op === 'transpose' && sizeOf(shape) >= 8 * 36 * 8);
  // Those of the batch behind lines and outputs, one or two for each gradient of a kernel, and the gradient of `x` at last.
  expect(images.length).toBeLessThanOrEqual(16);
  expect(nodes.some(({ op, attributes }) => op === 'blockedAffine' && attributes.isRectified === true)).toBe(
    true,
  );
  expect(nodes.some(({ op, inputs }) => op === 'blockedAffine' && inputs.length === 4)).toBe(true);
  expect(nodes.some(({ op, inputs }) => op === 'blockedConv2d' && inputs.length === 3)).toBe(true);
});

test('the runtime computes a residual block and its gradients in its own blocks', async () => {
  const runtime = await nodeRuntime();
  const { channelBlock } = runtime;
  if (channelBlock === undefined) return;
  const { graph, feeds } = residual(channelBlock, channelBlock);
  const expected = interpret(graph, feeds);
  const model = toOnnx(simplify(lowerForRuntime(simplify(graph), channelBlock)));
  const session = await runtime.createSession(model);
  const tensors = graph.inputs.map((node) => {
    const name = String(node.attributes.name);
    return [name, { dtype: 'float32', shape: node.shape, data: Float32Array.from(feeds[name]!) }] as const;
  });
  const actual = await session.run(Object.fromEntries(tensors), Object.keys(graph.outputs));
  await session.release();
  for (const name of Object.keys(expected)) {
    expectClose(actual[name]!.data as Float32Array, expected[name]!.data, 2e-3);
  }
});

test.each(cases)('the runtime computes a convolution %s in its own blocks', async (_, parts) => {
  const runtime = await nodeRuntime();
  const { channelBlock } = runtime;
  if (channelBlock === undefined) return;
  const widen = (shape: readonly number[], axes: readonly number[]): readonly number[] =>
    shape.map((extent, axis) => (axes.includes(axis) && extent >= 8 ? (extent * channelBlock) / 8 : extent));
  const [images, kernel, options] = parts;
  const wide = widen(images, [0, 3]) as typeof images;
  const isByChannel = kernel[2] === 1 && options.groups !== undefined;
  const groups = isByChannel ? wide[3] : (options.groups ?? 1);
  const filters = widen(kernel, [3]) as typeof kernel;
  const { graph, feeds } = convolution(wide, filters.with(2, wide[3] / groups) as unknown as typeof kernel, {
    ...options,
    groups,
  });
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
