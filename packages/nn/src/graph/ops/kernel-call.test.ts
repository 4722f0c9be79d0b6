import { expect, test } from 'vitest';
import { toOnnx } from '../onnx.ts';
import { expectGradient, expectValue, graphOf, numbers } from '../testing.ts';
import { multiply } from './arithmetic.ts';
import { softplus, tanh } from './elementwise.ts';
import { kernelCall } from './kernel-call.ts';
import { input } from './sources.ts';

const a = input('a', 'float32', [5]);
const x = input('x', 'float32', [5]);
const meaning = { inputs: [a], outputs: { y: multiply(a, tanh(softplus(a))) } };

test('a kernel call runs one operator and has the value and the gradient of what it means', async () => {
  const { y } = kernelCall({ type: 'Mish', attributes: {}, meaning, inputs: [multiply(x, 2)], places: [0] });
  const feeds = { x: numbers(5, 3) };
  const expected = feeds.x.map((v) => 2 * v * Math.tanh(Math.log1p(Math.exp(2 * v))));
  await expectValue(y!, feeds, expected, 1e-6);
  await expectGradient(y!, feeds);
  await expectGradient(multiply(y!, y!), feeds);
  expect(Buffer.from(toOnnx(graphOf({ y: y! }))).toString('latin1')).toContain('Mish');
});
