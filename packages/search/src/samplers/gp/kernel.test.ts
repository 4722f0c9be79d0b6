import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import type { Feature } from './geometry.ts';
import { centeredProduct, matern, maternSlope, squaredDistance, trend, trendSlope } from './kernel.ts';

const FEATURES: readonly Feature[] = [
  { kind: 'numeric', dimension: 0 },
  { kind: 'numeric', dimension: 1 },
  { kind: 'mismatch', dimension: 2 },
  { kind: 'mismatch', dimension: -1 },
];

describe('kernel', () => {
  it('is the Matern-5/2 function and its slope', () => {
    // (1 + √5 + 5/3) e^-√5 at distance 1.
    expect(matern(1)).toBeCloseTo((1 + Math.sqrt(5) + 5 / 3) * Math.exp(-Math.sqrt(5)), 14);
    expect(matern(0)).toBe(1);
    for (const r2 of [0.01, 0.5, 3]) {
      const h = 1e-6;
      expect(maternSlope(r2)).toBeCloseTo((-2 * (matern(r2 + h) - matern(r2 - h))) / (2 * h), 7);
    }
  });

  it('adds squared differences of numbers and one for each mismatch, weighted', () => {
    const weights = Float64Array.of(4, 9, 0.25, 2);
    const a = Float64Array.of(0.2, 0.5, 1, 1);
    expect(squaredDistance(FEATURES, weights, a, 0, Float64Array.of(0.5, 0.1, 1, 1), 0)).toBeCloseTo(
      4 * 0.09 + 9 * 0.16,
      12,
    );
    expect(squaredDistance(FEATURES, weights, a, 0, Float64Array.of(0.2, 0.5, 2, 0), 0)).toBeCloseTo(
      0.25 + 2,
      12,
    );
  });
});

describe('trend', () => {
  it('holds every product of two coordinates: its features, squared and added, are the covariance', () => {
    // (1 + 4 a·b)²/(2 D) = Σ φ(a) φ(b) with φ = (1, √8 a_k, 4 a_k², √32 a_j a_k)/√(2 D).
    const features = (u: Float64Array): number[] => {
      const a = u.map((x) => x - 0.5);
      const squares = Array.from(a, (x) => 4 * x * x);
      const crossed = [...a.keys()].flatMap((j) =>
        [...a.keys()].slice(j + 1).map((k) => Math.sqrt(32) * a[j]! * a[k]!),
      );
      return [1, ...Array.from(a, (x) => Math.sqrt(8) * x), ...squares, ...crossed];
    };
    const random = generator(randomKey(4, 'trend'));
    for (let i = 0; i < 20; i++) {
      const [a, b] = [0, 1].map(() => Float64Array.from({ length: 3 }, () => random.uniform()));
      const sum = features(a!).reduce((total, value, f) => total + value * features(b!)[f]!, 0);
      expect(trend(centeredProduct([0, 1, 2], a!, 0, b!, 0), 3)).toBeCloseTo(sum / 6, 12);
      const product = random.normal();
      const h = 1e-5;
      expect(trendSlope(product, 3)).toBeCloseTo(
        (trend(product + h, 3) - trend(product - h, 3)) / (2 * h),
        8,
      );
    }
    expect(Number.isFinite(trend(0, 0))).toBe(true);
  });
});
