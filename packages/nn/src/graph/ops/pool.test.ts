import { expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { simplify } from '../simplify.ts';
import { expectValue, graphOf, runOnnx } from '../testing.ts';
import { multiply } from './arithmetic.ts';
import { averagePool2d, maxPool2d } from './pool.ts';
import { sum } from './reduce.ts';
import { constant, input } from './sources.ts';

const x = input('x', 'float32', [1, 4, 4, 1]);
const flat = { x: new Array<number>(16).fill(3) };

function gradientOf(pooled: ReturnType<typeof maxPool2d>): ReturnType<typeof maxPool2d> {
  const weights = Array.from({ length: pooled.shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);
  return gradient(sum(multiply(pooled, constant(weights, pooled.shape))), [x])[0]!;
}

test('the first of equal maxima takes the whole gradient', async () => {
  const touching = gradientOf(maxPool2d(x, [2, 2], { strides: [2, 2] }));
  await expectValue(touching, flat, [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
  const overlapping = gradientOf(maxPool2d(x, [3, 3], { strides: [1, 1] }));
  await expectValue(overlapping, flat, [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const framed = gradientOf(maxPool2d(x, [2, 2], { strides: [2, 2], margins: [1, 1, 1, 1] }));
  await expectValue(framed, flat, [1, 2, 0, 3, 4, 5, 0, 6, 0, 0, 0, 0, 7, 8, 0, 9]);
});

test('margins do not count: neither as maximum nor in the mean [#96]', async () => {
  const feeds = { x: Array.from({ length: 16 }, (_, i) => -1 - i) };
  const options = { strides: [2, 2], margins: [1, 1, 1, 1] } as const;
  await expectValue(maxPool2d(x, [2, 2], options), feeds, [-1, -2, -4, -5, -6, -8, -13, -14, -16]);
  await expectValue(averagePool2d(x, [2, 2], options), feeds, [-1, -2.5, -4, -7, -8.5, -10, -13, -14.5, -16]);
});

test('NaN and infinities are kept', async () => {
  const values = Array.from({ length: 16 }, (_, i) => i);
  values[0] = Number.NaN;
  values[3] = Number.POSITIVE_INFINITY;
  const pooled = maxPool2d(x, [2, 2], { strides: [2, 2] });
  const expected = [Number.NaN, Number.POSITIVE_INFINITY, 13, 15];
  await expectValue(pooled, { x: values }, expected);
  expect((await runOnnx(simplify(graphOf({ pooled })), { x: values })).pooled).toEqual(expected);
});

test('windows that do not fit are refused', () => {
  expect(() => maxPool2d(x, [5, 1], { strides: [1, 1] })).toThrow(/window of 5 x 1 does not fit/);
  expect(() => averagePool2d(input('y', 'float32', [4, 4]), [1, 1], { strides: [1, 1] })).toThrow(
    /no batch of images/,
  );
});
