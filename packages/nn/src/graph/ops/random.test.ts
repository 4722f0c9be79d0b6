import { expect, test } from 'vitest';
import { interpret } from '../interpret.ts';
import { expectValue, graphOf, runOnnx } from '../testing.ts';
import { bitwiseAnd, bitwiseXor, shiftLeft, shiftRight } from './bits.ts';
import { bernoulliNot, dropoutMask, randomBits, randomNormal, randomUniform } from './random.ts';
import { input, scalar } from './sources.ts';

const key = input('key', 'uint32', []);
const rate = input('rate', 'float32', []);

/** lowbias32 as published (C. Wellons, 2018), in plain 32-bit arithmetic. */
function lowbias32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

function bitsOf(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => lowbias32(Math.imul(i, 0x9e3779b9) + seed));
}

/** The upper halves of all hashes, then those of the next numbers of Knuth's generator, and so on. */
function lanesOf(seed: number, count: number): number[] {
  let numbers = bitsOf(seed, Math.ceil(count / 8));
  const lanes: number[] = [];
  for (let lane = 0; lane < 8; lane++) {
    lanes.push(...numbers.map((n) => n >>> 16));
    numbers = numbers.map((n) => Math.imul(n, 1664525) >>> 0);
  }
  return lanes.slice(0, count);
}

test('bit operations on uint32 are those of JavaScript', async () => {
  const a = input('a', 'uint32', [2]);
  const b = input('b', 'uint32', [2]);
  const feeds = { a: [0xdeadbeef, 12], b: [0x0f0f0f0f, 10] };
  await expectValue(bitwiseXor(a, b), feeds, [(0xdeadbeef ^ 0x0f0f0f0f) >>> 0, 6]);
  await expectValue(bitwiseAnd(a, b), feeds, [0x0e0d0e0f, 8]);
  await expectValue(shiftLeft(a, 8), feeds, [0xadbeef00, 3072]);
  await expectValue(shiftRight(a, 16), feeds, [0xdead, 0]);
  expect(() => bitwiseXor(a, scalar(1))).toThrow(expect.objectContaining({ code: 'LU_GRAPH_TYPE' }));
});

test('random bits are lowbias32 of position and key, whatever the shape', async () => {
  for (const shape of [[24], [4, 6], [2, 3, 4], [24, 1]]) {
    for (const seed of [0, 1, 0xffffffff, 0x12345678]) {
      await expectValue(randomBits(key, shape), { key: [seed] }, bitsOf(seed, 24), 0);
    }
  }
  await expectValue(randomBits(key, []), { key: [7] }, bitsOf(7, 1), 0);
});

test('uniform numbers lie in [0, 1) and are the top 24 bits', async () => {
  const expected = bitsOf(5, 1000).map((bits) => Math.floor(bits / 256) / 2 ** 24);
  await expectValue(randomUniform(key, [10, 100]), { key: [5] }, expected, 0);
});

test('the mask drops exactly the elements whose 16 bits lie below the threshold', async () => {
  for (const p of [0, 0.5, 0.2, 2 ** -16, 1 - 2 ** -16].map(Math.fround)) {
    const limit = Math.floor(p * 2 ** 16);
    const scale = 1 / (1 - limit / 2 ** 16);
    const expected = lanesOf(99, 4096).map((bits) => (bits < limit ? 0 : scale));
    await expectValue(dropoutMask(key, rate, [64, 64]), { key: [99], rate: [p] }, expected, 1e-6);
  }
});

test('a mask of any shape uses each hash eight times', () => {
  for (const shape of [[], [1], [7], [8], [1, 6], [3, 4], [4, 3], [3, 5], [2, 3, 5], [16, 3]]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const columns = shape.at(-1) ?? 1;
    const rows = size / columns;
    // Where rows do not divide, the last hash of each may serve fewer.
    const isWhole = rows % 8 === 0 || rows * Math.ceil(columns / 8) === Math.ceil(size / 8);
    const found = interpret(graphOf({ keep: bernoulliNot(scalar(5, 'uint32'), 0.5, shape) }), {}).keep!.data;
    expect(found).toHaveLength(size);
    if (isWhole) {
      expect(Array.from(found)).toEqual(lanesOf(5, size).map((bits) => (bits < 2 ** 15 ? 0 : 1)));
    }
  }
});

test('the mask at rate 0 is 1 everywhere', async () => {
  const { mask } = await runOnnx(graphOf({ mask: dropoutMask(key, rate, [256, 256]) }), {
    key: [3],
    rate: [0],
  });
  expect(mask!.every((value) => value === 1)).toBe(true);
});

/*
 * 2^18 draws at each of four rates and four keys: sixteen binomial tests at 4.5 standard deviations, so a correct
 * generator fails once in about 9,000 choices of the keys.
 */
test('the share of zeros is the rate, the mean is 1, keys differ', async () => {
  const shape = [512, 512];
  const graph = graphOf({ mask: dropoutMask(key, rate, shape) });
  for (const p of [0.1, 0.2, 0.5, 0.9].map(Math.fround)) {
    const masks: number[][] = [];
    for (const seed of [1, 2, 3, 0x9e3779b9].map(lowbias32)) {
      const mask = (await runOnnx(graph, { key: [seed], rate: [p] })).mask!;
      const zeros = mask.filter((value) => value === 0).length;
      const n = mask.length;
      expect(Math.abs(zeros - n * p) / Math.sqrt(n * p * (1 - p))).toBeLessThan(4.5);
      const mean = mask.reduce((total, value) => total + value, 0) / n;
      expect(Math.abs(mean - 1)).toBeLessThan(4.5 * Math.sqrt(p / (1 - p) / n));
      masks.push(mask);
    }
    // Independent masks agree where both keep or both drop: p^2 + (1 - p)^2 of the elements.
    const agree = masks[0]!.filter((value, i) => value === masks[1]![i]).length;
    const q = p * p + (1 - p) * (1 - p);
    expect(
      Math.abs(agree - shape[0]! * shape[1]! * q) / Math.sqrt(shape[0]! * shape[1]! * q * (1 - q)),
    ).toBeLessThan(4.5);
  }
});

/*
 * The elements that share a hash are an eighth of a mask apart. Over 2^20 hashes the pairs at each distance agree, and all
 * eight are kept, binomially: eight tests at 4.5 standard deviations, so a correct generator fails once in about 18,000
 * choices of the keys.
 */
test('elements that share a hash are independent', async () => {
  const shape = [8, 128, 512];
  const graph = graphOf({ mask: dropoutMask(key, rate, shape) });
  const p = 0.25;
  const agreement = p * p + (1 - p) * (1 - p);
  const agree = new Float64Array(8);
  const pairs = new Float64Array(8);
  let kept = 0;
  let hashes = 0;
  for (let seed = 0; seed < 16; seed++) {
    const mask = (await runOnnx(graph, { key: [lowbias32(seed + 1)], rate: [p] })).mask!;
    const part = mask.length / 8;
    hashes += part;
    for (let i = 0; i < part; i++) {
      let count = 0;
      for (let lane = 0; lane < 8; lane++) {
        if (mask[lane * part + i] !== 0) count += 1;
        for (let other = lane + 1; other < 8; other++) {
          pairs[other - lane]! += 1;
          if (mask[lane * part + i] === mask[other * part + i]) agree[other - lane]! += 1;
        }
      }
      if (count === 8) kept += 1;
    }
  }
  const deviations = (hits: number, n: number, share: number): number =>
    Math.abs(hits - n * share) / Math.sqrt(n * share * (1 - share));
  for (let lag = 1; lag < 8; lag++) expect(deviations(agree[lag]!, pairs[lag]!, agreement)).toBeLessThan(4.5);
  expect(deviations(kept, hashes, (1 - p) ** 8)).toBeLessThan(4.5);
});

test('a key of another type or of several numbers is refused', () => {
  expect(() => randomBits(scalar(1), [2])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_TYPE' }));
  expect(() => randomBits(input('keys', 'uint32', [2]), [2])).toThrow(/not one number/);
  const graph = graphOf({ keep: bernoulliNot(scalar(3, 'uint32'), 0.5, [8]) });
  expect(Array.from(interpret(graph, {}).keep!.data)).toEqual(
    lanesOf(3, 8).map((bits) => (bits < 2 ** 15 ? 0 : 1)),
  );
});

test('normal numbers are those of Box and Muller from two uniform ones', async () => {
  for (const shape of [[6], [2, 3], [5], []]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const pairs = Math.ceil(size / 2);
    const uniform = bitsOf(42, 2 * pairs).map((bits) => Math.floor(bits / 256) / 2 ** 24);
    const expected = Array.from({ length: size }, (_, i) => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform[i % pairs]!));
      const angle = 2 * Math.PI * uniform[pairs + (i % pairs)]!;
      return radius * (i < pairs ? Math.cos(angle) : Math.sin(angle));
    });
    await expectValue(randomNormal(key, shape), { key: [42] }, expected, 2e-5);
  }
});

/*
 * 2^18 numbers at each of four keys: mean, variance, third and fourth moment, correlation of the two halves, and the
 * shares beyond one, two and three deviations, each at 4.5 standard errors: 32 tests, so a correct generator fails once
 * in about 4,600 choices of the keys.
 */
test('normal numbers have the moments and tails of the normal distribution', async () => {
  const n = 2 ** 18;
  const graph = graphOf({ normal: randomNormal(key, [512, 512]) });
  for (const seed of [1, 2, 3, 4].map(lowbias32)) {
    const values = (await runOnnx(graph, { key: [seed] })).normal!;
    const moment = (power: number): number => values.reduce((total, z) => total + z ** power, 0) / n;
    // Standard errors of the moments of a standard normal: variances 1, 2, 15, 96.
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(moment(power) - expected)).toBeLessThan(4.5 * Math.sqrt(variance / n));
    }
    let products = 0;
    for (let i = 0; i < n / 2; i++) products += values[i]! * values[n / 2 + i]!;
    expect(Math.abs(products / (n / 2))).toBeLessThan(4.5 / Math.sqrt(n / 2));
    // Two-sided tails of the standard normal.
    for (const [limit, share] of [
      [1, 0.31731050786291415],
      [2, 0.04550026389635842],
      [3, 0.0026997960632601866],
    ] as const) {
      const beyond = values.filter((z) => Math.abs(z) > limit).length;
      expect(Math.abs(beyond - n * share)).toBeLessThan(4.5 * Math.sqrt(n * share * (1 - share)));
    }
  }
});
