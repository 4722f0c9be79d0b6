import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logGamma } from '../special/gamma.ts';
import { normalCdf } from '../special/normal.ts';
import { generator } from './generator.ts';
import { randomKey } from './key.ts';
import { philox } from './philox.ts';

/** P(χ² > x) by the cube-root normal approximation (Wilson and Hilferty 1931), good to 1e-3 for many degrees. */
function chiSquareTail(x: number, degrees: number): number {
  const spread = 2 / (9 * degrees);
  return normalCdf(-(Math.cbrt(x / degrees) - (1 - spread)) / Math.sqrt(spread));
}

function chiSquare(counts: ArrayLike<number>, expected: number): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (counts[i]! - expected) ** 2 / expected;
  return sum;
}

// Each statistic is two-sided at 1e-6; the seeds are fixed, so that a failure means changed numbers.
const ALPHA = 1e-6;

describe('generator', () => {
  it('draws the same numbers from the same key, others from another', () => {
    const draw = (seed: number): number[] => {
      const random = generator(randomKey(seed, 'draw'));
      return [random.bits(), random.uniform(), random.normal(), random.normal(), random.integer(10)];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('fills arrays with the normal numbers that it gives one by one, whatever was drawn before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { maxLength: 6 }), fc.nat(9), (lengths, before) => {
        const [one, many] = [generator(randomKey(3, 'fill')), generator(randomKey(3, 'fill'))];
        for (const random of [one, many]) for (let i = 0; i < before; i++) random.normal();
        for (const length of lengths) {
          const filled = new Float64Array(length);
          many.fillNormal(filled);
          expect(filled).toEqual(filled.map(() => one.normal()));
          expect(many.bits()).toBe(one.bits());
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws word n from block n / 4 of its key, however far it goes', () => {
    const key = randomKey(5, 'words');
    const random = generator(key);
    const block = new Uint32Array(4);
    for (let n = 0; n < 5000; n++) {
      if (n % 4 === 0) philox(key, n / 4, 0, 0, 0, block);
      expect(random.bits()).toBe(block[n % 4]);
    }
  });

  it('uniform numbers fill 256 cells evenly and lie in [0, 1) (chi-square, error rate 1e-6)', () => {
    const random = generator(randomKey(1, 'uniform'));
    const counts = new Uint32Array(256);
    for (let i = 0; i < 200_000; i++) {
      const u = random.uniform();
      if (!(u >= 0 && u < 1)) throw new Error(`${u} is outside [0, 1)`);
      counts[Math.floor(u * 256)]! += 1;
    }
    const p = chiSquareTail(chiSquare(counts, 200_000 / 256), 255);
    expect(p).toBeGreaterThan(ALPHA);
    expect(p).toBeLessThan(1 - ALPHA);
  });

  it('successive uniform numbers are uncorrelated (error rate 1e-6)', () => {
    const random = generator(randomKey(2, 'serial'));
    let sum = 0;
    let previous = random.uniform() - 0.5;
    const count = 100_000;
    for (let i = 0; i < count; i++) {
      const next = random.uniform() - 0.5;
      sum += previous * next;
      previous = next;
    }
    // Each product has mean 0 and variance 1/144.
    expect(Math.abs(sum * 12) / Math.sqrt(count)).toBeLessThan(4.9);
  });

  it('normal numbers have the first four moments of the normal distribution (error rate 1e-6 each)', () => {
    const random = generator(randomKey(3, 'normal'));
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const z = random.normal();
      for (let k = 0; k < 4; k++) moments[k]! += z ** (k + 1) / count;
    }
    // Standard errors of the raw moments: √(1/n), √(2/n), √(15/n), √(96/n).
    const error = (variance: number): number => 4.9 * Math.sqrt(variance / count);
    expect(Math.abs(moments[0]!)).toBeLessThan(error(1));
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(error(2));
    expect(Math.abs(moments[2]!)).toBeLessThan(error(15));
    expect(Math.abs(moments[3]! - 3)).toBeLessThan(error(96));
  });

  it('integers are even over a bound that does not divide 2^32 (chi-square, error rate 1e-6)', () => {
    const random = generator(randomKey(4, 'integer'));
    const counts = new Uint32Array(100);
    for (let i = 0; i < 100_000; i++) counts[random.integer(100)]! += 1;
    const p = chiSquareTail(chiSquare(counts, 1000), 99);
    expect(p).toBeGreaterThan(ALPHA);
    expect(p).toBeLessThan(1 - ALPHA);
  });

  it('a permutation holds every index once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer(), (length, seed) => {
        const order = generator(randomKey(seed)).permutation(length);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });

  it('all 120 permutations of five are equally likely (chi-square, error rate 1e-6)', () => {
    const random = generator(randomKey(5, 'permutation'));
    const counts = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const order = random.permutation(5).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(Math.round(Math.exp(logGamma(6))));
    const p = chiSquareTail(chiSquare([...counts.values()], 500), 119);
    expect(p).toBeGreaterThan(ALPHA);
    expect(p).toBeLessThan(1 - ALPHA);
  });
});
