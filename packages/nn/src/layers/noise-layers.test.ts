import { expect, test } from 'vitest';
import { graphOf, numbers, runOnnx } from '../graph/testing.ts';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated } from './testing.ts';

async function trained(
  layer: Layer,
  sample: readonly number[],
  x: readonly number[],
  key: number,
): Promise<number[]> {
  const built = buildLayer(layer, sample, {
    batch: x.length / sample.reduce((a, b) => a * b, 1),
    isTraining: true,
    key,
  });
  return (await runOnnx(graphOf({ output: built.output }), { x })).output!;
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

/*
 * 2^18 values each. Means are tested at 4.5 standard errors, variances at 4.5 times the standard error that the fourth
 * moment gives: eight tests, so a correct generator fails once in about 18,000 choices of the keys.
 */
const count = 2 ** 18;
const sample = [512];
const fixed = new Array<number>(count).fill(2);

test('gaussianNoise adds numbers of mean 0 and the deviation asked for', async () => {
  const noise = (await trained(layers.gaussianNoise({ stddev: 0.5 }), sample, fixed, 0x1234567)).map(
    (y) => y - 2,
  );
  const { mean, variance } = moments(noise);
  expect(Math.abs(mean)).toBeLessThan(4.5 * (0.5 / Math.sqrt(count)));
  expect(Math.abs(variance / 0.25 - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
});

test('gaussianDropout multiplies by numbers of mean 1 and variance rate / (1 - rate)', async () => {
  const factors = (await trained(layers.gaussianDropout({ rate: 0.2 }), sample, fixed, 0x89abcdef)).map(
    (y) => y / 2,
  );
  const { mean, variance } = moments(factors);
  expect(Math.abs(mean - 1)).toBeLessThan(4.5 * (0.5 / Math.sqrt(count)));
  expect(Math.abs(variance / 0.25 - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
});

test('alphaDropout keeps mean 0 and variance 1', async () => {
  // A symmetric sample of mean 0 and variance 1, so that only the mask is left to chance.
  const x = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const { mean, variance } = moments(
    await trained(layers.alphaDropout({ rate: 0.25 }), sample, x, 0xfedcba9),
  );
  expect(Math.abs(mean)).toBeLessThan(4.5 / Math.sqrt(count));
  // The values 1.248, -0.486 and -1.143 have a fourth moment of 1.36, below the 3 of a normal.
  expect(Math.abs(variance - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
});

test('spatial dropout drops or keeps whole channels, at its rate', async () => {
  const y = await trained(layers.spatialDropout2d(0.25), [2, 2, 512], new Array<number>(2 ** 17).fill(3), 77);
  const channels = 2 ** 15;
  let dropped = 0;
  for (let channel = 0; channel < channels; channel++) {
    const image = Math.floor(channel / 512);
    const values = [0, 1, 2, 3].map((position) => y[(image * 4 + position) * 512 + (channel % 512)]!);
    expect(values.every((value) => value === values[0])).toBe(true);
    if (values[0] === 0) dropped += 1;
    else expect(values[0]).toBeCloseTo(4, 5);
  }
  expect(Math.abs(dropped - channels * 0.25) / Math.sqrt(channels * 0.25 * 0.75)).toBeLessThan(4.5);
  const steps = await trained(layers.spatialDropout1d(0.5), [3, 4], new Array<number>(12).fill(1), 5);
  expect(steps.slice(0, 4)).toEqual(steps.slice(4, 8));
  const volumes = await trained(layers.spatialDropout3d(0.5), [2, 1, 2, 8], new Array<number>(64).fill(1), 9);
  const [first, second] = [volumes.slice(0, 32), volumes.slice(32)];
  for (const volume of [first, second]) {
    for (let at = 8; at < 32; at += 8) expect(volume.slice(at, at + 8)).toEqual(volume.slice(0, 8));
  }
  expect(first.slice(0, 8)).not.toEqual(second.slice(0, 8));
});

test('dropout shares its mask along axes of noiseShape 1', async () => {
  const ones = new Array<number>(2 * 3 * 16).fill(1);
  const y = await trained(layers.dropout({ rate: 0.5, noiseShape: [null, 1, null] }), [3, 16], ones, 21);
  const row = (sample: number, step: number): number[] =>
    y.slice((sample * 3 + step) * 16, (sample * 3 + step + 1) * 16);
  for (const sample of [0, 1]) {
    expect(row(sample, 1)).toEqual(row(sample, 0));
    expect(row(sample, 2)).toEqual(row(sample, 0));
    expect(new Set(row(sample, 0))).toEqual(new Set([0, 2]));
  }
  expect(row(1, 0)).not.toEqual(row(0, 0));
  const everywhere = await trained(
    layers.dropout({ rate: 0.5, noiseShape: [1, null] }),
    [32],
    new Array<number>(64).fill(1),
    3,
  );
  expect(everywhere.slice(32)).toEqual(everywhere.slice(0, 32));
  expect(() => layers.dropout({ rate: 0.5, noiseShape: [null, 3 as 1] })).toThrow(/noiseShape is/);
  expect(() =>
    sequential([layers.input({ shape: [3] }), layers.dropout({ rate: 0.5, noiseShape: [null, 1, null] })]),
  ).toThrow(/noiseShape of 3 axes for \[batch, 3\]/);
});

test('noise differs between keys, repeats with one, and is absent at inference and at rate 0', async () => {
  const x = numbers(6);
  for (const layer of [
    layers.gaussianNoise({ stddev: 0.1 }),
    layers.gaussianDropout({ rate: 0.5 }),
    layers.alphaDropout({ rate: 0.5 }),
  ]) {
    const first = await trained(layer, [6], x, 1);
    expect(await trained(layer, [6], x, 1)).toEqual(first);
    expect(await trained(layer, [6], x, 0x5bd1e995)).not.toEqual(first);
    const built = buildLayer(layer, [6], { batch: 1 });
    expect(Array.from(evaluated(built.output, { x }))).toEqual(x);
  }
  expect(await trained(layers.gaussianNoise({ stddev: 0 }), [6], x, 1)).toEqual(x);
  expect(await trained(layers.gaussianDropout({ rate: 0 }), [6], x, 1)).toEqual(x);
});

test('activityRegularization adds its penalty divided by the batch size', () => {
  const built = buildLayer(layers.activityRegularization({ l1: 0.5, l2: 0.25 }), [2]);
  const feeds = { x: [1, -2, 3, -4] };
  expect(evaluated(built.penalty!, feeds)[0]).toBeCloseTo((0.5 * 10 + 0.25 * 30) / 2, 12);
  expect(Array.from(evaluated(built.output, feeds))).toEqual(feeds.x);
  expect(buildLayer(layers.activityRegularization(), [2]).penalty).toBeUndefined();
});

test('numbers out of range and unknown options are refused', () => {
  expect(() => layers.gaussianNoise({ stddev: -1, name: 'haze' })).toThrow(
    /gaussianNoise 'haze': stddev is -1/,
  );
  expect(() => layers.gaussianDropout({ rate: 1 })).toThrow(/rate is 1/);
  expect(() => layers.alphaDropout({ rate: -0.1 })).toThrow(/rate is -0.1/);
  expect(() => layers.spatialDropout1d(2)).toThrow(/rate is 2/);
  expect(() => layers.activityRegularization({ l2: -1 })).toThrow(
    expect.objectContaining({ code: 'LU_REGULARIZER_NEGATIVE' }),
  );
  expect(() => layers.gaussianNoise({ stdev: 1 } as never)).toThrow(/Did you mean|stddev/);
  expect(() =>
    sequential([layers.input({ shape: [3] }), layers.spatialDropout2d({ rate: 0.1, name: 'holes' })]),
  ).toThrow(/spatialDropout2d 'holes' cannot follow/);
});
