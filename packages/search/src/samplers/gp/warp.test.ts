import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type Data, fit, negativeLogPosterior, startTheta } from './fit.ts';
import type { Feature } from './geometry.ts';
import { posterior } from './posterior.ts';
import { isWarped, kumaraswamy, kumaraswamySlopes, warpRows, withWarp } from './warp.ts';

const FEATURES: readonly Feature[] = [
  { kind: 'numeric', dimension: 0 },
  { kind: 'mismatch', dimension: 1 },
  { kind: 'numeric', dimension: 2 },
];
const WARPED = [-0.7, 0.3, 0.2, 0.1, -2, -0.6, 0.4, -0.3, -0.2, 0.5];

function sample(count: number, seed: number): Data {
  const random = generator(randomKey(seed, 'warp'));
  const rows = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) rows.set([random.uniform(), random.integer(3), random.uniform()], 3 * i);
  return {
    features: FEATURES,
    rows,
    count,
    y: Float64Array.from({ length: count }, () => random.normal()),
    repeats: new Float64Array(count).fill(1),
    extra: new Float64Array(count),
  };
}

describe('kumaraswamy', () => {
  it('is the identity at a = b = 1 and keeps the ends', () => {
    for (const u of [0, 0.2, 0.7, 1]) expect(kumaraswamy(u, 1, 1)).toBeCloseTo(u, 15);
    for (const a of [0.3, 4])
      for (const b of [0.4, 3]) {
        expect(kumaraswamy(0, a, b)).toBe(0);
        expect(kumaraswamy(1, a, b)).toBe(1);
      }
    // Outside nothing moves, and nothing depends on the exponents.
    for (const u of [-0.4, 1.7]) {
      expect(kumaraswamy(u, 0.3, 4)).toBe(u);
      expect(kumaraswamySlopes(u, 0.3, 4)).toEqual({ byU: 1, byA: 0, byB: 0 });
    }
    // 1 - (1 - ¼)³ by hand.
    expect(kumaraswamy(0.5, 2, 3)).toBeCloseTo(1 - 27 / 64, 15);
  });

  it('has the slopes of finite differences', () => {
    const h = 1e-6;
    for (const u of [0.05, 0.4, 0.9])
      for (const [a, b] of [
        [0.5, 2],
        [3, 0.7],
      ] as const) {
        const { byU, byA, byB } = kumaraswamySlopes(u, a, b);
        const along = (f: (by: number) => number): number => (f(h) - f(-h)) / (2 * h);
        expect(byU).toBeCloseTo(
          along((d) => kumaraswamy(u + d, a, b)),
          6,
        );
        expect(byA).toBeCloseTo(
          along((d) => kumaraswamy(u, a * Math.exp(d), b)),
          6,
        );
        expect(byB).toBeCloseTo(
          along((d) => kumaraswamy(u, a, b * Math.exp(d))),
          6,
        );
      }
    for (const u of [0, 1]) expect(Number.isFinite(kumaraswamySlopes(u, 0.4, 0.4).byU)).toBe(true);
  });
});

describe('a warped model', () => {
  it('has the gradient of finite differences, to 1e-6', () => {
    const objective = negativeLogPosterior(sample(16, 1));
    const size = WARPED.length;
    const [gradient, scratch] = [new Float64Array(size), new Float64Array(size)];
    objective(WARPED, gradient);
    for (let k = 0; k < size; k++) {
      const h = 1e-5;
      const moved = (by: number): number =>
        objective(
          WARPED.map((value, i) => (i === k ? value + by : value)),
          scratch,
        );
      const expected = (moved(h) - moved(-h)) / (2 * h);
      expect(Math.abs(expected - gradient[k]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
    }
  });

  it('is worth the same whatever was asked before', () => {
    const [fresh, used] = [negativeLogPosterior(sample(16, 1)), negativeLogPosterior(sample(16, 1))];
    const [a, b] = [new Float64Array(WARPED.length), new Float64Array(WARPED.length)];
    for (const theta of [WARPED.map((value) => value + 0.3), WARPED.slice(0, 6)]) used(theta, b);
    expect(used(WARPED, b)).toBe(fresh(WARPED, a));
    expect(b).toEqual(a);
  });

  it('predicts as a plain model of moved rows does, and has the gradient of finite differences', () => {
    const data = sample(12, 2);
    const belief = posterior(data, WARPED);
    const plain = posterior({ ...data, rows: warpRows(FEATURES, WARPED, data.rows, 12) }, WARPED.slice(0, 6));
    const row = Float64Array.of(0.3, 1, 0.6);
    const at = (of: typeof belief, where: Float64Array): [number, number] => {
      const [mean, deviation] = [new Float64Array(1), new Float64Array(1)];
      of.predict(where, 1, mean, deviation);
      return [mean[0]!, deviation[0]! ** 2];
    };
    const [mean, variance] = at(belief, row);
    const [expectedMean, expectedVariance] = at(plain, warpRows(FEATURES, WARPED, row, 1));
    expect(mean).toBeCloseTo(expectedMean, 12);
    expect(variance).toBeCloseTo(expectedVariance, 12);
    const [byMean, byVariance] = [new Float64Array(3), new Float64Array(3)];
    belief.gradient(row, byMean, byVariance);
    for (const k of [0, 2]) {
      const h = 1e-5;
      const moved = (by: number) =>
        at(
          belief,
          row.map((value, i) => (i === k ? value + by : value)),
        );
      expect(byMean[k]).toBeCloseTo((moved(h)[0] - moved(-h)[0]) / (2 * h), 6);
      expect(byVariance[k]).toBeCloseTo((moved(h)[1] - moved(-h)[1]) / (2 * h), 6);
    }
  });

  it('bounds deviations from above, and agrees on means, in its outline', () => {
    const data = sample(20, 3);
    const belief = posterior(data, WARPED);
    const probes = sample(30, 4).rows;
    const [means, deviations] = [new Float64Array(30), new Float64Array(30)];
    const [outlined, bounds] = [new Float64Array(30), new Float64Array(30)];
    belief.predict(probes, 30, means, deviations);
    belief.outline(probes, 30, outlined, bounds);
    for (let i = 0; i < 30; i++) {
      expect(outlined[i]).toBeCloseTo(means[i]!, 12);
      expect(bounds[i]!).toBeGreaterThanOrEqual(deviations[i]! - 1e-12);
    }
  });

  it('finds a warp where one is: all change at one end of the range', () => {
    const features = FEATURES.slice(0, 1);
    const count = 40;
    const rows = Float64Array.from({ length: count }, (_, i) => (i + 0.5) / count);
    const y = rows.map((u) => 1.4 * Math.sin(12 * kumaraswamy(u, 0.3, 1)));
    const ones = new Float64Array(count).fill(1);
    const data = { features, rows, count, y, repeats: ones, extra: new Float64Array(count) };
    const plain = fit(data, [startTheta(features, 0.5)]);
    const warped = fit(data, [withWarp(features, plain.theta)]);
    expect(isWarped(features, warped.theta)).toBe(true);
    expect(warped.value).toBeLessThan(plain.value - 2);
    expect(Math.exp(warped.theta[4]!)).toBeLessThan(0.8);
  });
});
