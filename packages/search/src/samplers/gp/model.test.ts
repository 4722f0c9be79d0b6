import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type Data, fit, negativeLogPosterior, startTheta } from './fit.ts';
import type { Feature } from './geometry.ts';
import { matern, squaredDistance } from './kernel.ts';
import { posterior } from './posterior.ts';

const FEATURES: readonly Feature[] = [
  { kind: 'numeric', dimension: 0 },
  { kind: 'numeric', dimension: 1 },
  { kind: 'mismatch', dimension: 2 },
  { kind: 'mismatch', dimension: -1 },
];
const THETA = [-0.7, 0.2, 0.4, -0.3, 0.3, -2, -0.5];

/** Random observations with inactive entries (0.5), repeats and extra noise. */
function sample(count: number, seed: number): Data {
  const random = generator(randomKey(seed, 'data'));
  const rows = new Float64Array(count * 4);
  for (let i = 0; i < count; i++) {
    const active = random.uniform() < 0.7;
    rows.set([random.uniform(), active ? random.uniform() : 0.5, random.integer(3), active ? 1 : 0], 4 * i);
  }
  return {
    features: FEATURES,
    rows,
    count,
    y: Float64Array.from({ length: count }, () => random.normal()),
    repeats: Float64Array.from({ length: count }, () => 1 + random.integer(3)),
    extra: Float64Array.from({ length: count }, () => (random.uniform() < 0.3 ? 0.2 : 0)),
  };
}

/** Solves a small linear system by Gauss-Jordan elimination, independently of the Cholesky factor. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const m = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < m.length; i++) {
    const pivot = m
      .slice(i)
      .reduce((best, row, r) => (Math.abs(row[i]!) > Math.abs(m[best]![i]!) ? i + r : best), i);
    [m[i], m[pivot]] = [m[pivot]!, m[i]!];
    for (let r = 0; r < m.length; r++) {
      if (r === i) continue;
      const factor = m[r]![i]! / m[i]![i]!;
      for (let c = i; c <= m.length; c++) m[r]![c]! -= factor * m[i]![c]!;
    }
  }
  return m.map((row, i) => row[m.length]! / row[i]!);
}

/** The covariance written out: Matern-5/2, and (1 + 4 Σ (u - ½)(v - ½))²/4 over the two numbers. */
function covariance(
  theta: readonly number[],
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
): number {
  const weights = Float64Array.from(FEATURES, (_, k) => Math.exp(-2 * theta[k]!));
  const product = (a[4 * i]! - 0.5) * (b[4 * j]! - 0.5) + (a[4 * i + 1]! - 0.5) * (b[4 * j + 1]! - 0.5);
  return (
    Math.exp(theta[4]!) * matern(squaredDistance(FEATURES, weights, a, 4 * i, b, 4 * j)) +
    (Math.exp(theta[6]!) * (1 + 4 * product) ** 2) / 4
  );
}

/** Mean and variance by the textbook formulas (Rasmussen and Williams 2006, equations 2.25 and 2.26). */
function direct(data: Data, theta: readonly number[], at: Float64Array): { mean: number; variance: number } {
  const noise = Math.exp(theta[5]!);
  const index = Array.from({ length: data.count }, (_, i) => i);
  const matrix = index.map((i) =>
    index.map(
      (j) =>
        covariance(theta, data.rows, i, data.rows, j) +
        (i === j ? noise / data.repeats[i]! + data.extra[i]! : 0),
    ),
  );
  const cross = index.map((i) => covariance(theta, data.rows, i, at, 0));
  const byY = solve(matrix, [...data.y]);
  const byCross = solve(matrix, cross);
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  return { mean: dot(cross, byY), variance: covariance(theta, at, 0, at, 0) - dot(cross, byCross) };
}

describe('negativeLogPosterior', () => {
  it('has the gradient of finite differences, to 1e-6', () => {
    const objective = negativeLogPosterior(sample(17, 1));
    const gradient = new Float64Array(7);
    const scratch = new Float64Array(7);
    objective(THETA, gradient);
    for (let k = 0; k < 7; k++) {
      const h = 1e-5;
      const moved = (by: number): number =>
        objective(
          THETA.map((value, i) => (i === k ? value + by : value)),
          scratch,
        );
      expect(Math.abs((moved(h) - moved(-h)) / (2 * h) - gradient[k]!)).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(gradient[k]!)),
      );
    }
  });

  it('has a split normal prior of what all lengths share, narrow where they are short', () => {
    const prior = (width: number, shared: number): number => {
      const features = Array.from(
        { length: width },
        (_, dimension): Feature => ({ kind: 'numeric', dimension }),
      );
      const center = Math.SQRT2 + 0.5 * Math.log(width) - 3;
      const rows = new Float64Array(width).fill(0.5);
      const one = new Float64Array(1).fill(1);
      const data = { features, rows, count: 1, y: one, repeats: one, extra: new Float64Array(1) };
      const theta = [...features.map(() => center + shared), 0, -4, -4];
      // Of one observation the likelihood does not depend on lengths.
      return negativeLogPosterior(data)(theta, new Float64Array(width + 3));
    };
    for (const [width, short] of [
      [1, 2.7],
      [2, 2.7],
      [4, 2.7 / 8],
      [20, 0.15],
    ] as const)
      for (const [shared, variance] of [
        [1, 2.7],
        [-1, short],
      ] as const)
        expect(prior(width, shared) - prior(width, 0)).toBeCloseTo(1 / (2 * (0.3 / width + variance)), 10);
  });

  it('of one observation is the log density of a normal number with the priors', () => {
    const features: readonly Feature[] = [{ kind: 'numeric', dimension: 0 }];
    const one = new Float64Array(1).fill(1);
    const data: Data = {
      features,
      rows: one,
      count: 1,
      y: Float64Array.of(0.7),
      repeats: one,
      extra: new Float64Array(1),
    };
    const [length, signal, noise, trend] = [0.1, 0.2, -3, -1];
    const theta = [length, signal, noise, trend];
    // At the end of the range, 1: (1 + 4/4)²/2 = 2.
    const variance = Math.exp(signal) + Math.exp(noise) + 2 * Math.exp(trend);
    const expected =
      0.5 * Math.log(2 * Math.PI * variance) +
      0.49 / (2 * variance) +
      (length - Math.SQRT2 + 3) ** 2 / 6 +
      signal ** 2 / 2 +
      (noise + 4) ** 2 / 8 +
      (trend + 4) ** 2 / 8;
    expect(negativeLogPosterior(data)(theta, new Float64Array(4))).toBeCloseTo(expected, 12);
    // Quiet data: -ln of Cauchy(-9, 1) up to a constant, instead of N(-4, 2).
    const quiet = negativeLogPosterior({ ...data, isQuiet: true });
    const gradients = [new Float64Array(4), new Float64Array(4)];
    expect(quiet(theta, gradients[0]!)).toBeCloseTo(
      expected - (noise + 4) ** 2 / 8 + Math.log(1 + (noise + 9) ** 2),
      12,
    );
    negativeLogPosterior(data)(theta, gradients[1]!);
    expect(gradients[0]![2]! - gradients[1]![2]!).toBeCloseTo(
      (2 * (noise + 9)) / (1 + (noise + 9) ** 2) - (noise + 4) / 4,
      12,
    );
    expect(startTheta(features, 1).slice(1)).toEqual([0, -4, -4]);
    expect(startTheta(features, 1, true).slice(1)).toEqual([0, -9, -4]);
  });

  it('has length scales of which nine tenths of the variance are shared', () => {
    const none = new Float64Array(0);
    const objective = negativeLogPosterior({
      features: FEATURES.slice(0, 2),
      rows: none,
      count: 0,
      y: none,
      repeats: none,
      extra: none,
    });
    const at = (a: number, b: number): number => objective([a, b, 0, -4, -4], new Float64Array(5));
    const middle = Math.SQRT2 + 0.5 * Math.log(2) - 3;
    // -ln N(0, [[3, 2.7], [2.7, 3]]) of (0.7, -0.2): the inverse is [[3, -2.7], [-2.7, 3]]/1.71.
    const expected = (3 * 0.49 + 2 * 2.7 * 0.14 + 3 * 0.04) / (2 * 1.71);
    expect(at(middle + 0.7, middle - 0.2) - at(middle, middle)).toBeCloseTo(expected, 12);
  });

  it('has its prior mode of length scales at 0.205 √D', () => {
    expect(Math.exp(startTheta(FEATURES, 0.205)[0]!)).toBeCloseTo(
      Math.exp(Math.SQRT2 + 0.5 * Math.log(4) - 3),
      2,
    );
  });
});

describe('fit', () => {
  it('finds that one of two features does not matter and how noisy the values are', () => {
    const random = generator(randomKey(3, 'fit'));
    const features = FEATURES.slice(0, 2);
    const count = 60;
    const rows = Float64Array.from({ length: 2 * count }, () => random.uniform());
    const y = Float64Array.from(
      { length: count },
      (_, i) => Math.sin(7 * rows[2 * i]!) * 1.4 + 0.2 * random.normal(),
    );
    const ones = new Float64Array(count).fill(1);
    const theta = fit({ features, rows, count, y, repeats: ones, extra: new Float64Array(count) }, [
      startTheta(features, 0.5),
    ]).theta;
    expect(theta[1]! - theta[0]!).toBeGreaterThan(1);
    // True variance 0.04; the estimate from 60 values has about 20 % error.
    expect(Math.exp(theta[3]!)).toBeGreaterThan(0.015);
    expect(Math.exp(theta[3]!)).toBeLessThan(0.08);
  });

  it('takes rough data for noisy also where little noise is expected, and goes on learning from them', () => {
    const random = generator(randomKey(5, 'rough'));
    const features = FEATURES.slice(0, 2);
    const count = 60;
    const rows = Float64Array.from({ length: 2 * count }, () => random.uniform());
    const y = Float64Array.from(
      { length: count },
      (_, i) => 2 * (rows[2 * i]! - 0.5) + 0.6 * random.normal(),
    );
    const ones = new Float64Array(count).fill(1);
    const data: Data = {
      features,
      rows,
      count,
      y,
      repeats: ones,
      extra: new Float64Array(count),
      isQuiet: true,
    };
    const { theta } = fit(data, [startTheta(features, 0.205, true), startTheta(features, 0.5)]);
    // True variance 0.36; the estimate from 60 values has about 20 % error.
    expect(Math.exp(theta[3]!)).toBeGreaterThan(0.15);
    expect(Math.exp(theta[3]!)).toBeLessThan(0.7);
    const [means, deviations] = [new Float64Array(2), new Float64Array(2)];
    posterior(data, theta).predict(Float64Array.of(0.1, 0.5, 0.9, 0.5), 2, means, deviations);
    expect(Math.abs(means[0]! + 0.8)).toBeLessThan(0.4);
    expect(Math.abs(means[1]! - 0.8)).toBeLessThan(0.4);
    expect(Math.max(...deviations)).toBeLessThan(0.4);
  });

  it('mends a start at which equal rows make the covariance singular', () => {
    const features = FEATURES.slice(0, 1);
    const rows = new Float64Array(30).fill(0.5);
    const y = Float64Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const ones = new Float64Array(30).fill(1);
    const theta = fit({ features, rows, count: 30, y, repeats: ones, extra: new Float64Array(30) }, [
      [0, 4, -40, -4],
    ]).theta;
    expect(theta.every(Number.isFinite)).toBe(true);
    expect(Math.exp(theta[2]!)).toBeGreaterThan(0.3);
  });
});

describe('posterior', () => {
  const data = sample(14, 5);
  const belief = posterior(data, THETA);
  const probes = sample(9, 6).rows;

  it('agrees with the textbook formulas', () => {
    const means = new Float64Array(9);
    const deviations = new Float64Array(9);
    belief.predict(probes, 9, means, deviations);
    for (let i = 0; i < 9; i++) {
      const expected = direct(data, THETA, probes.slice(4 * i, 4 * i + 4));
      expect(means[i]).toBeCloseTo(expected.mean, 10);
      expect(deviations[i]! ** 2).toBeCloseTo(expected.variance, 10);
    }
  });

  it('has the derivatives of finite differences by numeric features', () => {
    const row = Float64Array.of(0.31, 0.62, 1, 1);
    const byMean = new Float64Array(4);
    const byVariance = new Float64Array(4);
    const { mean, variance } = belief.gradient(row, byMean, byVariance);
    const at = direct(data, THETA, row);
    expect(mean).toBeCloseTo(at.mean, 10);
    expect(variance).toBeCloseTo(at.variance, 10);
    for (const k of [0, 1]) {
      const h = 1e-5;
      const moved = (by: number) =>
        direct(
          data,
          THETA,
          row.map((value, i) => (i === k ? value + by : value)),
        );
      expect(byMean[k]).toBeCloseTo((moved(h).mean - moved(-h).mean) / (2 * h), 6);
      expect(byVariance[k]).toBeCloseTo((moved(h).variance - moved(-h).variance) / (2 * h), 6);
    }
  });

  it('leaves one out as if it had never been seen', () => {
    const { means, deviations } = belief.leaveOneOut();
    const without = (array: Float64Array, i: number, width = 1): Float64Array =>
      array.filter((_, at) => Math.floor(at / width) !== i);
    for (let i = 0; i < data.count; i++) {
      const rest: Data = {
        features: FEATURES,
        rows: without(data.rows, i, 4),
        count: data.count - 1,
        y: without(data.y, i),
        repeats: without(data.repeats, i),
        extra: without(data.extra, i),
      };
      const expected = direct(rest, THETA, data.rows.slice(4 * i, 4 * i + 4));
      const noise = Math.exp(THETA[5]!) / data.repeats[i]! + data.extra[i]!;
      expect(means[i]).toBeCloseTo(expected.mean, 9);
      expect(deviations[i]! ** 2).toBeCloseTo(expected.variance + noise, 9);
    }
    const last = data.count - 1;
    expect(belief.newestResidual()).toBeCloseTo((data.y[last]! - means[last]!) / deviations[last]!, 9);
  });

  it('with pending rows keeps its mean and has the variance that remains once the function is known there', () => {
    const waiting = belief.withPending(probes.slice(0, 12), 3);
    const more = (array: Float64Array, by: readonly number[]): Float64Array =>
      Float64Array.of(...array, ...by);
    const later: Data = {
      features: FEATURES,
      rows: more(data.rows, [...probes.slice(0, 12)]),
      count: data.count + 3,
      y: more(data.y, [9, 9, 9]),
      repeats: more(data.repeats, [Infinity, Infinity, Infinity]),
      extra: more(
        data.extra,
        [0, 1, 2].map((i) => 1e-6 * covariance(THETA, probes, i, probes, i)),
      ),
    };
    const rest = probes.slice(12);
    const means = new Float64Array(6);
    const before = new Float64Array(6);
    const deviations = new Float64Array(6);
    waiting.predict(rest, 6, means, deviations);
    belief.predict(rest, 6, before);
    for (let i = 0; i < 6; i++) {
      expect(means[i]).toBeCloseTo(before[i]!, 12);
      expect(deviations[i]! ** 2).toBeCloseTo(direct(later, THETA, rest.slice(4 * i, 4 * i + 4)).variance, 9);
    }
  });
});
