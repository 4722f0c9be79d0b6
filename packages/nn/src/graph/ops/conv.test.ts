import { expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { expectGradient, expectValue, numbers } from '../testing.ts';
import { multiply } from './arithmetic.ts';
import { type ConvOptions, conv2d } from './conv.ts';
import { sum } from './reduce.ts';
import { constant, input } from './sources.ts';

test('a convolution of one image is the sum of its windows times the kernel [#96]', async () => {
  const x = input('x', 'float32', [1, 2, 3, 1]);
  const kernel = constant([1, 10, 100, 1000], [2, 2, 1, 1]);
  const feeds = { x: [1, 2, 3, 4, 5, 6] };
  await expectValue(conv2d(x, kernel, { strides: [1, 1] }), feeds, [5421, 6532]);
  const wide = conv2d(x, kernel, { strides: [2, 2], margins: [1, 1, 0, 1] });
  await expectValue(wide, feeds, [2100, 300, 54, 6]);
});

test.each<[string, ConvOptions, number]>([
  ['plain', { strides: [1, 1] }, 2],
  ['with steps that leave a rest', { strides: [2, 3] }, 2],
  ['with uneven margins', { strides: [2, 1], margins: [0, 1, 2, 1] }, 2],
  ['with margins wider than the kernel', { strides: [1, 1], margins: [3, 3, 3, 4] }, 2],
  ['dilated', { strides: [1, 1], dilation: [2, 1], margins: [1, 0, 0, 0] }, 2],
  ['in groups', { strides: [2, 1], groups: 2 }, 1],
])('gradients of gradients, %s, are those of finite differences [#96]', async (_, options, channels) => {
  const x = input('x', 'float32', [2, 4, 5, 2]);
  const kernel = input('kernel', 'float32', [2, 2, channels, 2]);
  const y = conv2d(x, kernel, options);
  const size = y.shape.reduce((a, b) => a * b, 1);
  const dy = input('dy', 'float32', y.shape);
  const [dx, dk] = gradient(sum(multiply(y, dy)), [x, kernel]);
  const feeds = { x: numbers(80), kernel: numbers(8 * channels, 1, 3), dy: numbers(size, 1, 9) };
  await expectGradient(y, { x: feeds.x, kernel: feeds.kernel });
  await expectGradient(dx!, { kernel: feeds.kernel, dy: feeds.dy });
  await expectGradient(dk!, { x: feeds.x, dy: feeds.dy });
});

test('operands that do not fit are refused with both shapes', () => {
  const x = input('x', 'float32', [1, 4, 4, 1]);
  const kernel = (shape: readonly number[]): ReturnType<typeof input> => input('kernel', 'float32', shape);
  expect(() => conv2d(x, kernel([1, 1, 2, 3]), { strides: [1, 1] })).toThrow(
    /does not fit 1 channels in 1 groups/,
  );
  expect(() => conv2d(x, kernel([5, 5, 1, 3]), { strides: [1, 1] })).toThrow(/kernel of 5 x 5 does not fit/);
  expect(() => conv2d(x, kernel([3, 3]), { strides: [1, 1] })).toThrow(/four axes/);
});
