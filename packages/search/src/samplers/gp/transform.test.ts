import { mean } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTransform, isApplicable, type TransformKind } from './transform.ts';

const KINDS: readonly TransformKind[] = ['rank', 'standard', 'log', 'power'];
const values = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 3, maxLength: 30 });

describe('createTransform', () => {
  it('never changes the order of values, whatever the kind', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...KINDS), fc.constantFrom(1, -1), (raw, kind, sign) => {
        const all = Float64Array.from(raw, (value) => sign * value).sort();
        const mapped = all.map(createTransform(kind, all).forward);
        for (let i = 1; i < all.length; i++) expect(mapped[i]!).toBeGreaterThanOrEqual(mapped[i - 1]! - 1e-9);
      }),
    );
  });

  it('gives mean 0 and deviation 1', () => {
    const all = Float64Array.of(1, 2, 5, 7, 30, 90);
    for (const kind of KINDS) {
      const mapped = all.map(createTransform(kind, all).forward);
      expect(mean(mapped)).toBeCloseTo(0, 12);
      expect(mean(mapped.map((value) => value ** 2))).toBeCloseTo(1, 12);
    }
  });

  it('is undone by its inverse, also a little outside of the values', () => {
    const all = Float64Array.of(-9, -4, -3.5, -2, -1.2, -1, -0.9);
    for (const kind of KINDS) {
      const { forward, inverse } = createTransform(kind, all);
      for (const value of [-8, -4, -3.7, -2, -1.1, -0.9, -0.8])
        expect(inverse(forward(value))).toBeCloseTo(value, 9);
    }
  });

  it('has the slope of finite differences on the better half', () => {
    const all = Float64Array.of(0.5, 1, 2, 3, 5, 8);
    for (const kind of KINDS) {
      const { forward, logSlope } = createTransform(kind, all);
      for (const value of [3, 5, 7.9]) {
        const h = 1e-6;
        expect(Math.exp(logSlope(value))).toBeCloseTo((forward(value + h) - forward(value - h)) / (2 * h), 6);
      }
    }
  });

  it('by rank puts a disaster next to the merely bad', () => {
    const { forward } = createTransform('rank', Float64Array.of(-1e9, -5, -4, -3, -2, -1));
    expect(forward(-5) - forward(-1e9)).toBeLessThan(1.5);
    expect(forward(-1) - forward(-2)).toBeGreaterThan(0.3);
  });

  it('of equal values is flat but finite', () => {
    for (const kind of KINDS) {
      const { forward, inverse } = createTransform(kind, Float64Array.of(2, 2, 2));
      expect(forward(2)).toBeCloseTo(0, 12);
      expect(inverse(forward(2))).toBeCloseTo(2, 12);
    }
  });

  it('takes logarithms only of values of one sign', () => {
    expect(isApplicable('log', Float64Array.of(-1, -2))).toBe(true);
    expect(isApplicable('log', Float64Array.of(0, 1))).toBe(false);
    expect(isApplicable('rank', Float64Array.of(-1, 1))).toBe(true);
  });
});
