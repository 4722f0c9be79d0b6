import type { History } from '@luthier/search';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { canonicalKey } from '../space/canonical.ts';
import { choice, float, int, space } from '../space/define.ts';
import type { Space } from '../space/parameter.ts';
import { optimize } from '../study/optimize.ts';
import type { Sampler } from './contract.ts';
import { grid, gridSize } from './grid.ts';
import { random } from './random.ts';
import { parseSampler } from './registry.ts';
import { sobol } from './sobol.ts';
import { owenScramble, sobolBits, sobolPoint } from './sobol-sequence.ts';

samplerContract('random', () => random());
samplerContract('sobol', () => sobol());
samplerContract('grid', () => grid({ levels: 4 }), { finiteOnly: true });

async function sampled(searched: Space, sampler: Sampler, trials: number, seed = 0): Promise<History> {
  const { study } = await optimize(() => 0, { space: searched, sampler, trials, seed });
  return study.history;
}

describe('grid', () => {
  it('[#61] tries every combination once, the baseline first and the last parameter fastest', async () => {
    const searched = space({ a: int(1, 3, { default: 2 }), b: choice(['x', 'y']) });
    const history = await sampled(searched, grid(), 100);
    expect(history.trials.map(({ params }) => `${params.a}${params.b}`)).toEqual([
      '2x',
      '2y',
      '1x',
      '1y',
      '3x',
      '3y',
    ]);
    expect(gridSize(searched)).toBe(6);
  });
  it('[#62] makes 25 models of 5 log-spaced rates and 5 batch sizes', async () => {
    const searched = space({
      learningRate: float(0.00001, 0.1, { log: true }),
      batchSize: choice([32, 64, 128, 256, 512]),
    });
    const history = await sampled(searched, grid({ levels: { learningRate: 5 } }), 1000);
    expect(new Set(history.trials.map(({ params }) => canonicalKey(searched, params))).size).toBe(25);
    expect(history.trials).toHaveLength(25);
    const rates = [...new Set(history.trials.map(({ params }) => params.learningRate))];
    expect(rates).toEqual([1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
  });
  it('asks for a count when a parameter is continuous', async () => {
    await expect(sampled(space({ x: float(0, 1) }), grid(), 3)).rejects.toMatchObject({
      code: 'LU_SAMPLER_GRID',
    });
    expect(() => grid({ levels: 0 })).toThrow(expect.objectContaining({ code: 'LU_SAMPLER_OPTION' }));
  });
});

describe('random', () => {
  it('[#64] draws a log-uniform learning rate (Kolmogorov-Smirnov, 1 % level, fixed seed)', async () => {
    const searched = space({ learningRate: float(1e-4, 1e-1, { log: true }) });
    const history = await sampled(searched, random(), 1001);
    const u = history.trials
      .slice(1)
      .map(({ params }) => Math.log(Number(params.learningRate) / 1e-4) / Math.log(1e3))
      .sort((a, b) => a - b);
    const distance = Math.max(
      ...u.map((value, i) => Math.max((i + 1) / u.length - value, value - i / u.length)),
    );
    expect(distance).toBeLessThan(1.628 / Math.sqrt(u.length));
  });
  it('[#64] repeats with the seed and differs without', async () => {
    const searched = space({ x: float(0, 1) });
    const a = await sampled(searched, random(), 20, 0);
    expect((await sampled(searched, random(), 20, 0)).trials.map(({ params }) => params)).toEqual(
      a.trials.map(({ params }) => params),
    );
    expect((await sampled(searched, random(), 20, 1)).trials[1]!.params).not.toEqual(a.trials[1]!.params);
  });
  it('[#65] an extended run keeps its first trials', async () => {
    const searched = space({ x: float(0, 1), n: int(1, 9) });
    const short = await sampled(searched, random(), 10);
    const long = await sampled(searched, random(), 30);
    expect(long.trials.slice(0, 10).map(({ params }) => params)).toEqual(
      short.trials.map(({ params }) => params),
    );
  });
});

/** Warnock's formula for the squared L2 star discrepancy. */
function starDiscrepancy(points: readonly Float64Array[]): number {
  const [count, dimension] = [points.length, points[0]!.length];
  let first = 0;
  let second = 0;
  for (const x of points) {
    first += x.reduce((product, value) => product * ((1 - value ** 2) / 2), 1);
    for (const y of points)
      second += x.reduce((product, value, k) => product * (1 - Math.max(value, y[k]!)), 1);
  }
  return Math.sqrt(3 ** -dimension - (2 / count) * first + second / count ** 2);
}

describe('sobol', () => {
  it('gives the first points of the published sequence', () => {
    const at = (index: number) => [0, 1, 2].map((dimension) => sobolBits(index, dimension) / 2 ** 32);
    // Joe and Kuo's own programme, first 8 points in 3 dimensions.
    expect(Array.from({ length: 8 }, (_, i) => at(i))).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
    ]);
  });
  it('puts one of 256 scrambled points into each of 256 slices of all 64 dimensions', () => {
    const all = Array.from({ length: 256 }, (_, i) => sobolPoint(i, 64, 7));
    for (let dimension = 0; dimension < 64; dimension++)
      expect(new Set(all.map((point) => Math.floor(point[dimension]! * 256))).size).toBe(256);
  });
  it('scrambling maps elementary intervals to elementary intervals and is a bijection', () => {
    for (const bits of [1, 2, 5, 8]) {
      const images = Array.from(
        { length: 2 ** bits },
        (_, i) => owenScramble(i * 2 ** (32 - bits), 99) >>> (32 - bits),
      );
      expect(new Set(images).size).toBe(2 ** bits);
      for (const [i, image] of images.entries())
        expect(owenScramble((i * 2 ** (32 - bits) + 2 ** (31 - bits)) >>> 0, 99) >>> (32 - bits)).toBe(image);
    }
  });
  it('[#65] has a lower discrepancy than independent points for every one of 20 seeds', () => {
    for (let seed = 0; seed < 20; seed++) {
      const quasi = Array.from({ length: 128 }, (_, i) => sobolPoint(i, 4, seed));
      const independent = Array.from({ length: 128 }, (_, i) =>
        // Dimensions beyond the table are plain hashed uniform numbers.
        sobolPoint(i, 68, seed).slice(64),
      );
      expect(starDiscrepancy(quasi)).toBeLessThan(starDiscrepancy(independent));
    }
  });
  it('is a pure function of index and seed', () => {
    expect(sobolPoint(1000, 3, 1)).toEqual(sobolPoint(1000, 3, 1));
    expect(sobolPoint(1000, 3, 1)).not.toEqual(sobolPoint(1000, 3, 2));
  });
});

describe('the table of samplers', () => {
  it('makes the sampler of a stored specification again', () => {
    for (const sampler of [grid({ levels: { x: 3 } }), random(), sobol()])
      expect(parseSampler(sampler.spec).spec).toEqual(sampler.spec);
  });
  it('refuses an unknown name with the nearest one', () => {
    expect(() => parseSampler('radnom')).toThrow(
      expect.objectContaining({
        code: 'LU_SAMPLER_UNKNOWN',
        message: "there is no sampler 'radnom'; did you mean 'random'?",
      }),
    );
    expect(() => parseSampler(null)).toThrow(expect.objectContaining({ code: 'LU_SAMPLER_UNKNOWN' }));
  });
});
