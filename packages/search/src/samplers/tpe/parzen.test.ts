import { generator, mean, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { choice, float, int, space, when } from '../../space/define.ts';
import { encode } from '../../space/encode.ts';
import { points as configurations } from '../../space/enumerate.ts';
import type { Space } from '../../space/parameter.ts';
import { axesOf } from '../axes.ts';
import { geometry } from '../gp/geometry.ts';
import { createKernelSet, type KernelSet } from './kernel-set.ts';
import { createMixture } from './mixture.ts';
import { bandwidths, categoryWeight, logNormalMass, truncatedNormal } from './parzen.ts';

describe('bandwidths', () => {
  it('are those of the published test cases where the formulas coincide', () => {
    // optuna tests/samplers_tests/tpe_tests/test_parzen_estimator.py (MIT), FloatDistribution(-1, 1). Alone, the ends considered:
    expect([...bandwidths([0.4], -1, 1, 0)]).toEqual([1.4]);
    expect([...bandwidths([-0.4], -1, 1, 0)]).toEqual([1.4]);
    // Two, the ends not considered; four, all but the last, which there has the end as its neighbour and here only 0.41.
    const pair = bandwidths([-0.3, 0.3], -1, 1, 0);
    for (const [i, expected] of [0.6, 0.6].entries()) expect(pair[i]).toBeCloseTo(expected, 12);
    const four = bandwidths([-0.4, 0.4, 0.41, 0.42], -1, 1, 0);
    for (const [i, expected] of [0.8, 0.8, 0.01, 0.01].entries()) expect(four[i]).toBeCloseTo(expected, 12);
    // The published smallest bandwidth: the range by min(100, 1 + kernels), 5 kernels.
    const clipped = bandwidths([-0.4, 0.4, 0.41, 0.42], -1, 1, 2 / 6);
    for (const [i, expected] of [0.8, 0.8, 1 / 3, 1 / 3].entries())
      expect(clipped[i]).toBeCloseTo(expected, 12);
  });
  it('stay within the smallest one and the range', () => {
    expect([...bandwidths([0.5, 0.5001], 0, 1, 0.03)]).toEqual([0.03, 0.03]);
    expect([...bandwidths([0.5], 0, 1, 0.03)]).toEqual([0.5]);
    expect(bandwidths([0.5, 0.51, 0.52], 0, 1, 0.03)[1]).toBe(0.03);
    expect([...bandwidths([-3], 0, 1, 0)]).toEqual([1]);
  });
});

describe('categoryWeight', () => {
  it('gives the rows of the published test cases', () => {
    // The same file of optuna: one observation of index 1 among 3 and among 4 choices.
    const row = (of: number): readonly number[] =>
      Array.from({ length: of }, (_, i) => categoryWeight(i === 1, of, 1));
    for (const [i, expected] of [0.2, 0.6, 0.2].entries()) expect(row(3)[i]).toBeCloseTo(expected, 14);
    for (const [i, expected] of [1 / 6, 0.5, 1 / 6, 1 / 6].entries())
      expect(row(4)[i]).toBeCloseTo(expected, 14);
  });
});

describe('logNormalMass', () => {
  // mpmath 1.4 at 80 digits.
  const TABLE: readonly (readonly [number, number, number])[] = [
    [-1.96, 1.96, -0.05128886313046422],
    [-40, -39.5, -784.720879106624],
    [39.5, 40, -784.720879106624],
    [-0.001, 0.001, -7.13354679829352],
    [5, 5.1, -15.962590193561615],
    [-30, 2, -0.02301290932896349],
    [1, 200, -1.8410216450092636],
    [-300, -1, -1.8410216450092636],
    // mpmath 1.3.0 at 80 digits, 600 beyond 40.
    [-200, -199.5, -19906.339777893427],
    [-60, -59, -1745.4967630448587],
    [-37.5, -37.4, -703.9451778541736],
    [-12, -11.999, -79.82068797936142],
    [-8, -7.5, -31.095579450839754],
    [-5, 3, -0.001351097003834711],
    [-0.5, 0.5, -0.9599163336956223],
    [0, 0.3, -2.1378215958179827],
    [0.1, 9, -0.7761545927302733],
    [2, 2.5, -4.101945378031025],
    [7.9, 8, -34.79700182019995],
    [8.5, 30, -39.19739642821767],
    [16.6667, 16.7, -143.47543953417392],
    [-33.3333, 0, -Math.LN2],
    [0, 33.3333, -Math.LN2],
    [20, 20.01, -205.62245844705953],
    [50, 51, -1254.8313611394199],
    [-17, 17, -8.211992404197813e-65],
    [-9, -0.0001, -0.6932269721991607],
  ];
  it('agrees with 80-digit values in the middle and in both tails', () => {
    for (const [a, b, expected] of TABLE)
      expect(Math.abs(logNormalMass(a, b) / expected - 1)).toBeLessThan(1e-11);
  });
  it('of slivers keeps the digits that float64 leaves in their ends', () => {
    // The ends differ by a millionth and less: about ten digits of their difference are left.
    for (const [a, b, expected] of [
      [-3, -2.9999, -14.629128903095536],
      [-1, -0.999999, -15.234448591140316],
      [0, 1e-6, -14.734449091169113],
      [-1e-9, 1e-9, -20.949057189591137],
    ] as const)
      expect(Math.abs(logNormalMass(a, b) - expected)).toBeLessThan(1e-9 / (b - a) ** 0.5);
  });
});

describe('truncatedNormal', () => {
  it('has the mean of a truncated normal distribution (20,000 draws, within 4 standard errors)', () => {
    const random = generator(randomKey(1, 'truncated'));
    const [center, deviation] = [0.8, 0.4];
    const draws = Array.from({ length: 20_000 }, () => truncatedNormal(center, deviation, random));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThanOrEqual(1);
    // μ + σ (φ(a) - φ(b))/(Φ(b) - Φ(a)), a = -2, b = ½.
    const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    const expected = center + (deviation * (density(-2) - density(0.5))) / Math.exp(logNormalMass(-2, 0.5));
    const spread = Math.sqrt(mean(draws.map((x) => (x - expected) ** 2)));
    expect(Math.abs(mean(draws) - expected)).toBeLessThan((4 * spread) / Math.sqrt(draws.length));
  });
});

function kernelsAt(of: Space, points: readonly Float64Array[]): KernelSet {
  const set = createKernelSet(axesOf(of));
  set.update(points.map((point, number) => ({ number, point })));
  return set;
}

describe('createKernelSet', () => {
  const of = space({ x: float(0, 1), n: int(1, 5), c: choice(['a', 'b']) });
  const state = (set: KernelSet) =>
    set.axes.map(({ column, indexes }) => [
      [...indexes.subarray(0, set.count)],
      column && [column.size, ...column.centers.subarray(0, column.size)],
      column && [...column.deviations.subarray(0, column.size)],
      column && [...column.constants.subarray(0, column.size)],
    ]);

  it('is after any changes what it is made at once, to the last bit', () => {
    const random = generator(randomKey(3, 'kernels'));
    const all = Array.from({ length: 300 }, (_, number) => ({
      number,
      point: Float64Array.of(
        number % 7 === 0 ? Number.NaN : random.uniform(),
        (random.integer(5) + 0.5) / 5,
        (random.integer(2) + 0.5) / 2,
      ),
    }));
    const changed = createKernelSet(axesOf(of));
    for (let turn = 0; turn < 60; turn++) {
      const some = all.filter(() => random.uniform() < (turn % 3) / 3 + 0.01);
      changed.update(some);
      const fresh = createKernelSet(axesOf(of));
      fresh.update(some);
      expect(state(changed)).toEqual(state(fresh));
      const sorted = [...new Set(some.map(({ point }) => point[0]!).filter((u) => !Number.isNaN(u)))].sort(
        (a, b) => a - b,
      );
      expect(changed.axes[0]!.column!.deviations.subarray(0, sorted.length)).toEqual(
        bandwidths(sorted, 0, 1, Math.max(0.05, (some.length + 2) ** -2)),
      );
    }
  });
});

describe('createMixture', () => {
  it('integrates to 1 over a line and over a logarithmic one', () => {
    const of = space({ x: float(0, 1), n: int(1, 100_000, { log: true, default: 10 }) });
    const some = [
      [0.1, Number.NaN],
      [0.15, Number.NaN],
      [0.99, Number.NaN],
    ].map((point) => Float64Array.from(point));
    const mixture = createMixture(kernelsAt(of, some), [1, 3, 0.5]);
    const grid = Array.from({ length: 2000 }, (_, i) => Float64Array.of((i + 0.5) / 2000, Number.NaN));
    expect(mean(mixture.logDensity(grid).map(Math.exp))).toBeCloseTo(1, 5);
  });

  it('sums to 1 over the cells of a conditional space of steps, spread integers and choices', () => {
    const of = space({
      optimizer: choice(['sgd', 'adam', 'rmsprop']),
      momentum: when('optimizer', ['sgd'], float(0, 0.9, { step: 0.1 })),
      units: int(1, 12, { log: true }),
    });
    const shape = geometry(of);
    const axes = axesOf(of);
    const masked = (point: Float64Array): Float64Array =>
      point.map((u, k) => (shape.isActive(point, k) ? u : Number.NaN));
    const all = [...configurations(of)].map((params) => masked(encode(of, params).point));
    const mixture = createMixture(kernelsAt(of, [all[3]!, all[40]!, all[130]!, all[137]!]), [1, 1, 2, 0.3]);
    const logs = mixture.logDensity(all);
    let total = 0;
    for (const [i, point] of all.entries()) {
      const width = axes.reduce((product, axis, k) => {
        if (axis.kind === 'category' || Number.isNaN(point[k]!)) return product;
        const [low, high] = axis.cell(axis.levelOf(point[k]!));
        return product * (high - low);
      }, 1);
      total += Math.exp(logs[i]!) * width;
    }
    expect(total).toBeCloseTo(1, 12);
  });

  it('draws as often as its density says (100,000 draws, every frequency within 5 standard errors)', () => {
    const of = space({ c: choice(['a', 'b', 'c']), n: int(1, 4) });
    const axes = axesOf(of);
    const all = [...configurations(of)].map((params) => encode(of, params).point);
    const mixture = createMixture(kernelsAt(of, [all[1]!, all[2]!, all[11]!]), [1, 5, 2]);
    const expected = mixture.logDensity(all).map((log) => Math.exp(log) / 4);
    const counts = new Float64Array(all.length);
    const point = new Float64Array(2);
    const random = generator(randomKey(2, 'mixture'));
    for (let i = 0; i < 100_000; i++) {
      mixture.draw(random, point, () => true);
      const [c, n] = [axes[0]!.levelOf(point[0]!), axes[1]!.levelOf(point[1]!)];
      counts[4 * c + n]! += 1;
    }
    for (const [i, p] of expected.entries())
      expect(Math.abs(counts[i]! / 100_000 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 100_000));
  });

  it('[#68] of observations outside of the range is the part of whole normal kernels that lies inside', () => {
    const of = space({ x: float(0, 1) });
    const [inside, outside] = [0.5, 1.2];
    const mixture = createMixture(kernelsAt(of, [Float64Array.of(inside), Float64Array.of(outside)]), [1, 1]);
    // Bandwidth: the gap of 0.7; the kernel inside is truncated, the one outside is not; the prior is N(1/2, 1) truncated.
    const normal = (x: number, center: number, deviation: number): number =>
      Math.exp(-0.5 * ((x - center) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
    const truncated = (x: number, center: number, deviation: number): number =>
      normal(x, center, deviation) / Math.exp(logNormalMass(-center / deviation, (1 - center) / deviation));
    for (const x of [0.01, 0.4, 0.99]) {
      const expected = (truncated(x, inside, 0.7) + normal(x, outside, 0.7) + truncated(x, 0.5, 1)) / 3;
      expect(mixture.logDensity([Float64Array.of(x)])[0]).toBeCloseTo(Math.log(expected), 10);
    }
    // Draws: the mean is that of the three parts inside, by the trapezoid rule (20,000 draws, within 4 standard errors).
    const steps = 2000;
    let [mass, moment] = [0, 0];
    for (let i = 0; i <= steps; i++) {
      const x = i / steps;
      const weight =
        (i === 0 || i === steps ? 0.5 : 1) * Math.exp(mixture.logDensity([Float64Array.of(x)])[0]!);
      mass += weight;
      moment += weight * x;
    }
    const random = generator(randomKey(2, 'outside'));
    const draws = Array.from({ length: 20_000 }, () => {
      const point = new Float64Array(1);
      mixture.draw(random, point, () => true);
      return point[0]!;
    });
    expect(Math.abs(mean(draws) - moment / mass)).toBeLessThan(4 * (0.3 / Math.sqrt(draws.length)));
  });
});
