import { expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { interpret } from '../interpret.ts';
import { lowerForRuntime } from '../lower-for-runtime.ts';
import { simplify } from '../simplify.ts';
import { expectClose, expectGradient, expectValue, inputsOf, numbers, runOnnx } from '../testing.ts';
import { topological } from '../topological.ts';
import { add, divide, multiply } from './arithmetic.ts';
import { channelAffine, channelCentred, channelDot, channelMean, channelSum } from './channels.ts';
import { sqrt } from './elementwise.ts';
import { sum } from './reduce.ts';
import { input } from './sources.ts';

const x = input('x', 'float32', [2, 3, 2]);
const other = input('other', 'float32', [2, 3, 2]);
const scale = input('scale', 'float32', [2]);
const shift = input('shift', 'float32', [2]);
const feeds = { x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] };

test('sums, means and affine maps by channel have the values of their definitions', async () => {
  await expectValue(channelSum(x), feeds, [36, 42]);
  await expectValue(channelMean(x), feeds, [6, 7]);
  await expectValue(channelDot(x, x), feeds, [286, 364]);
  await expectValue(channelCentred(x), feeds, [-5, -5, -3, -3, -1, -1, 1, 1, 3, 3, 5, 5]);
  const mapped = [3, -1, 7, -3, 11, -5, 15, -7, 19, -9, 23, -11];
  await expectValue(channelAffine(x, scale, 1), { ...feeds, scale: [2, -1] }, mapped);
  await expectValue(
    channelAffine(x, 1, shift),
    { ...feeds, shift: [1, 0] },
    [2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12],
  );
  expect(() => channelAffine(x, input('s', 'float32', [3]), 0)).toThrow(/2 numbers each/);
});

test('their gradients are those of finite differences', async () => {
  const values = {
    x: numbers(12),
    other: numbers(12, 1, 20),
    scale: numbers(2, 1, 40),
    shift: numbers(2, 1, 50),
  };
  await expectGradient(channelSum(multiply(x, x)), { x: values.x });
  await expectGradient(channelDot(x, other), { x: values.x, other: values.other });
  await expectGradient(multiply(channelCentred(x), other), { x: values.x, other: values.other });
  await expectGradient(channelAffine(x, scale, shift), {
    x: values.x,
    scale: values.scale,
    shift: values.shift,
  });
});

test('the gradient of a normalization is simplified to one affine map and one sum, in rows and blocks, too', async () => {
  const images = input('x', 'float32', [3, 2, 2, 8]);
  const gamma = input('gamma', 'float32', [8]);
  const beta = input('beta', 'float32', [8]);
  const dy = input('dy', 'float32', [3, 2, 2, 8]);
  const distance = channelCentred(images);
  const variance = divide(channelDot(distance, distance), 12);
  const y = channelAffine(distance, divide(gamma, sqrt(add(variance, 1e-3))), beta);
  const [dx, dgamma, dbeta] = gradient(sum(multiply(y, dy)), [images, gamma, beta]);
  const graph = { inputs: inputsOf([dx!]), outputs: { y, dx: dx!, dgamma: dgamma!, dbeta: dbeta! } };
  const values = {
    x: numbers(96),
    gamma: numbers(8, 1, 200),
    beta: numbers(8, 1, 300),
    dy: numbers(96, 1, 400),
  };
  const withBeta = { ...graph, inputs: [images, gamma, beta, dy] };
  const expected = interpret(withBeta, values);
  const simplified = simplify(withBeta);
  for (const form of [simplified, simplify(lowerForRuntime(simplified, undefined))]) {
    const actual = await runOnnx(form, values);
    for (const name of Object.keys(expected)) expectClose(actual[name]!, expected[name]!.data, 1e-5);
  }
  // Centred, normalized; and for the gradient one map of each of its two terms.
  const maps = topological(Object.values(simplified.outputs)).filter(({ op }) => op === 'channelAffine');
  expect(maps).toHaveLength(4);
  const blocked = interpret(simplify(lowerForRuntime(simplified, 8)), values);
  for (const name of Object.keys(expected)) expectClose(blocked[name]!.data, expected[name]!.data, 1e-6);
});
