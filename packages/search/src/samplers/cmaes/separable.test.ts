import { generator, type Params, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { float, space } from '../../space/define.ts';
import { smallest, testSearch } from '../fixtures/test-search.ts';
import { random } from '../random.ts';
import { cmaes } from './cmaes.ts';
import { constantsOf, populationSize } from './constants.ts';
import {
  axisVariances,
  type Distribution,
  isSeparable,
  roundDistribution,
  stretched,
  updated,
  varianceOf,
  whitened,
} from './distribution.ts';
import { drawFrom, type Generation, warmGeneration } from './generation.ts';

const D = 200;

/** The value at the mean after generations of the usual size, without bounds. */
function descended(value: (x: ArrayLike<number>) => number, generations: number, seed: number): number {
  const draws = generator(randomKey(seed, 'separable'));
  let distribution = roundDistribution(new Array<number>(D).fill(1), 0.3);
  for (let generation = 0; generation < generations; generation++) {
    const { mean, step }: Distribution = distribution;
    const rows = Array.from({ length: populationSize(D) }, () => {
      const y = stretched(
        distribution,
        Float64Array.from({ length: D }, () => draws.normal()),
      );
      return { y, value: value(y.map((yi, i) => mean[i]! + step * yi)) };
    });
    rows.sort((a, b) => a.value - b.value);
    distribution = updated(
      distribution,
      rows.map(({ y }) => y),
    );
  }
  return value(distribution.mean);
}

/** Σ w x². */
function weighted(weights: ArrayLike<number>): (x: ArrayLike<number>) => number {
  return (x) => {
    let sum = 0;
    for (let i = 0; i < D; i++) sum += weights[i]! * x[i]! * x[i]!;
    return sum;
  };
}

const sphere = weighted(new Float64Array(D).fill(1));
/** Axes from 1 to 1000: the condition number of the Hessian is a million. */
const ellipsoid = weighted(Float64Array.from({ length: D }, (_, i) => 10 ** ((6 * i) / (D - 1))));

describe('separable distribution', () => {
  it('holds a variance a dimension above 100 dimensions, the whole covariance up to there', () => {
    const whole = roundDistribution(new Array<number>(100).fill(0.5), 0.2);
    expect([whole.covariance.length, isSeparable(whole)]).toEqual([10_000, false]);
    const separable = roundDistribution(new Array<number>(101).fill(0.5), 0.2);
    expect([separable.covariance.length, isSeparable(separable)]).toEqual([101, true]);
    expect(isSeparable(roundDistribution([0.5], 0.2))).toBe(false);
  });

  it('learns (d + 2)/3 times as fast', () => {
    const [whole, separable] = [constantsOf(D, 19), constantsOf(D, 19, true)];
    expect(separable.rankOne / whole.rankOne).toBeCloseTo(202 / 3, 10);
    expect(separable.rankMany / whole.rankMany).toBeCloseTo(202 / 3, 10);
    expect(separable.rankOne + separable.rankMany).toBeLessThan(1);
    expect(separable.stepRate).toBe(whole.stepRate);
    // Whatever the size of a generation, no more is forgotten than there is.
    for (const rows of [2, 10, 100, 5000]) {
      const { rankOne, rankMany, weights } = constantsOf(D, rows, true);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      expect(1 - rankOne - rankMany * sum).toBeGreaterThanOrEqual(0);
    }
  });

  it('stretches and whitens along the axes, as a diagonal covariance would', () => {
    const covariance = Array.from({ length: 150 }, (_, i) => 0.5 + i / 100);
    const distribution = { ...roundDistribution(new Array<number>(150).fill(0), 1), covariance };
    const z = Float64Array.from({ length: 150 }, (_, i) => Math.sin(i));
    const y = stretched(distribution, z);
    for (const i of [0, 70, 149]) {
      expect(y[i]).toBeCloseTo(Math.sqrt(0.5 + i / 100) * Math.sin(i), 13);
      expect(varianceOf(distribution, i)).toBe(covariance[i]);
      expect(axisVariances(distribution)[i]).toBe(covariance[i]);
    }
    for (const [i, back] of whitened(distribution, y).entries()) expect(back).toBeCloseTo(z[i]!, 13);
  });

  it('comes to the minimum of a sphere in 200 dimensions: 1e-6 of the value of its start after 20,000 evaluations', () => {
    expect(descended(sphere, 1050, 0)).toBeLessThan(1e-6 * D);
  });

  it('learns the axes of an ellipsoid of condition 1e6: 1e-6 of the value of its start after 76,000 evaluations', () => {
    const start = ellipsoid(new Array<number>(D).fill(1));
    expect(descended(ellipsoid, 4000, 1)).toBeLessThan(1e-6 * start);
  });
});

describe('cmaes above 100 dimensions', () => {
  const WIDE = space(Object.fromEntries(Array.from({ length: D }, (_, i) => [`x${i}`, float(0, 1)])));
  const bowl = (params: Params): number =>
    Object.values(params).reduce<number>((sum, x) => sum + ((x as number) - 0.3) ** 2, 0);

  it('remembers a variance a dimension, and is far ahead of random search after 250 trials', () => {
    const search = testSearch(cmaes(), WIDE, 250, 1, (p) => ({ values: [bowl(p)] }));
    const memos = search.suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined ? [one.memo as unknown as Generation] : [],
    );
    expect(memos.length).toBeGreaterThan(10);
    for (const { distribution } of memos) expect(distribution.covariance).toHaveLength(D);
    const other = testSearch(random(), WIDE, 250, 1, (p) => ({ values: [bowl(p)] }));
    expect(smallest(search)).toBeLessThan(0.8 * smallest(other));
  });

  it('draws inside of the cube, as if each coordinate were drawn again until it is', () => {
    const generation = warmGeneration(WIDE, [new Float64Array(D).fill(0.1)], 0);
    const { step } = generation.distribution;
    expect(step).toBe(0.2);
    const all = Array.from({ length: 40 }, (_, trial) => drawFrom(WIDE, generation, 1, trial, 0)).flatMap(
      (drawn) => {
        for (const [i, y] of drawn.step.entries()) expect(0.1 + step * y).toBeCloseTo(drawn.point[i]!, 12);
        return [...drawn.point];
      },
    );
    expect(Math.min(...all)).toBeGreaterThan(0);
    // The mean of N(0.1, 0.2) above 0: 0.1 + 0.2 φ(0.5)/Φ(0.5) = 0.20183 (above 1 there is almost nothing); 8,000 draws, deviation 0.0015.
    expect(Math.abs(all.reduce((sum, u) => sum + u, 0) / all.length - 0.20183)).toBeLessThan(0.006);
  });

  it('starts from the best tenth of what is known: their mean, their variances and 0.1', () => {
    const known = [0.2, 0.3, 0.4].map((x) => new Float64Array(D).fill(0.5).fill(x, 0, 1));
    for (let i = 0; i < 27; i++) known.push(new Float64Array(D).fill(0.9));
    const { distribution } = warmGeneration(WIDE, known, 30);
    expect(distribution.mean[0]).toBeCloseTo(0.3, 12);
    expect(distribution.covariance).toHaveLength(D);
    expect(distribution.step ** 2 * distribution.covariance[0]!).toBeCloseTo(0.02 / 3 + 0.01, 12);
    expect(distribution.step ** 2 * distribution.covariance[1]!).toBeCloseTo(0.01, 12);
    const logs = distribution.covariance.reduce((sum, variance) => sum + Math.log(variance), 0);
    expect(logs).toBeCloseTo(0, 9);
  });
});
