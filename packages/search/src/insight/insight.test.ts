import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { gp } from '../samplers/gp/gp.ts';
import { random } from '../samplers/random.ts';
import { choice, float, int, space, when } from '../space/define.ts';
import type { History } from '../study/history.ts';
import { optimize } from '../study/optimize.ts';
import { objectiveOf, topTrials } from '../study/results.ts';
import { compareSeeds } from './compare-seeds.ts';
import { importance } from './importance.ts';
import { binomialTail, spaceEdges } from './space-edges.ts';

describe('comparison over seeds', () => {
  it('gives the probabilities of the printed t table', () => {
    // Equal variances 1 and n each: t = d / sqrt(2 / n), 2n - 2 degrees; critical values of Student's t table.
    const table = [
      [2, 2.92, 0.95],
      [2, 4.303, 0.975],
      [3, 2.132, 0.95],
      [3, 2.776, 0.975],
      [3, 3.747, 0.99],
      [6, 1.812, 0.95],
      [6, 2.764, 0.99],
    ] as const;
    for (const [count, t, probability] of table) {
      const centre = (count - 1) / 2;
      const b = Array.from({ length: count }, (_, i) => i - centre);
      const spread = Math.sqrt(b.reduce((sum, x) => sum + x * x, 0) / (count - 1));
      const d = t * spread * Math.sqrt(2 / count);
      expect(
        compareSeeds(
          b.map((x) => x + d),
          b,
        ).probability,
      ).toBeCloseTo(probability, 3);
      expect(
        compareSeeds(
          b.map((x) => x + d),
          b,
        ).degrees,
      ).toBeCloseTo(2 * count - 2, 9);
    }
  });
  it("gives Welch's published degrees of freedom for unequal spreads", () => {
    // Wikipedia, "Welch's t-test", example 1: t = -2.46, 25.0 degrees of freedom, two-sided p = 0.021.
    const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
    const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4];
    const { probability, degrees, difference, standardError } = compareSeeds(a, b);
    expect(difference / standardError).toBeCloseTo(-2.46, 2);
    expect(degrees).toBeCloseTo(25, 1);
    expect(2 * probability).toBeCloseTo(0.021, 3);
  });
  it('turns around with the direction, and is one half for equal scores', () => {
    const [a, b] = [
      [0.98, 0.982, 0.981],
      [0.97, 0.975, 0.973],
    ];
    const up = compareSeeds(a, b).probability;
    expect(compareSeeds(a, b, { direction: 'minimize' }).probability).toBeCloseTo(1 - up, 12);
    expect(compareSeeds(b, a).probability).toBeCloseTo(1 - up, 12);
    expect(compareSeeds([1, 1], [1, 1]).probability).toBe(0.5);
    expect(compareSeeds([2, 2], [1, 1]).probability).toBe(1);
  });
  it('is honest about too few seeds and diverged runs', () => {
    expect(compareSeeds([1], [2, 3])).toMatchObject({ probability: Number.NaN });
    expect(compareSeeds([1], [2, 3]).text).toContain('not enough data');
    expect(compareSeeds([1, Number.NaN], [2, 3]).probability).toBeNaN();
  });
  it('is calibrated: between equal configurations it exceeds 0.95 in about 5 % of 4,000 draws', () => {
    const random = generator(randomKey(1, 'calibration'));
    let above = 0;
    for (let i = 0; i < 4000; i++) {
      const draw = (): number[] => Array.from({ length: 4 }, () => random.normal());
      if (compareSeeds(draw(), draw()).probability > 0.95) above += 1;
    }
    // Binomial standard deviation 0.0034; Welch's test is slightly conservative at n = 4.
    expect(above / 4000).toBeGreaterThan(0.03);
    expect(above / 4000).toBeLessThan(0.06);
  });
});

async function study(optimum: number, sampler = random(), trials = 80, seed = 0): Promise<History> {
  const searched = space({
    rate: float(1e-4, 1e-1, { log: true }),
    units: int(32, 512, { step: 32 }),
    depth: choice([1, 2, 3, 4]),
    kind: choice(['a', 'b']),
  });
  const result = await optimize(({ rate }) => (Math.log10(rate) - optimum) ** 2, {
    space: searched,
    sampler,
    trials,
    seed,
  });
  return result.study.history;
}

describe('edges of the space', () => {
  it('names the end where the best trials crowd', async () => {
    const edges = spaceEdges(await study(0));
    expect(edges.map(({ parameter, side }) => [parameter, side])).toEqual([['rate', 'max']]);
    expect(edges[0]!.text).toContain('widen the range');
    expect((await study(-6).then(spaceEdges)).map(({ side }) => side)).toEqual(['min']);
  });
  it('looks through the habits of a model that dwells at the ends of parameters without influence: in 12 of 12 searches', async () => {
    for (let seed = 0; seed < 12; seed++) {
      // Many trials are equal, all with the rate at its end.
      const edges = spaceEdges(await study(0, gp(), 40, seed));
      expect(edges.map(({ parameter, side }) => [parameter, side])).toEqual([['rate', 'max']]);
    }
  });
  it('says nothing of equal trials', async () => {
    const history = await study(-2.5);
    const equal = history.trials.map((trial) => ({ ...trial, values: [1] }));
    expect(spaceEdges({ ...history, trials: equal })).toEqual([]);
  });
  it('says nothing when the optimum lies inside, or with few trials', async () => {
    const history = await study(-2.5);
    expect(spaceEdges(history)).toEqual([]);
    expect(spaceEdges({ ...history, trials: history.trials.slice(0, 9) })).toEqual([]);
  });
  it('has exact binomial tails', () => {
    expect(binomialTail(2, 3, 0.5)).toBeCloseTo(0.5, 12);
    expect(binomialTail(0, 5, 0.3)).toBe(1);
    expect(binomialTail(5, 5, 0.1)).toBeCloseTo(1e-5, 12);
  });
});

describe('importance', () => {
  const searched = space({
    idle: float(0, 1),
    weak: float(0, 1),
    kind: choice(['a', 'b']),
    strong: float(0, 1),
    other: int(1, 9),
    child: when('kind', ['a'], float(0, 1)),
  });
  const run = async (seed: number): Promise<History> => {
    const { study: opened } = await optimize(
      ({ strong, weak, kind }) => 10 * (strong - 0.3) ** 2 + (weak - 0.5) ** 2 + (kind === 'a' ? 0 : 0.8),
      { space: searched, sampler: random(), trials: 300, seed },
    );
    return opened.history;
  };
  it('[#69] ranks a function of known importance, and gives shares that add up to 1', async () => {
    for (const seed of [0, 1, 2]) {
      const found = importance(await run(seed));
      expect(found[0]!.parameter).toBe('strong');
      expect(found.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      const share = (name: string) => found.find(({ parameter }) => parameter === name)!.share;
      expect(share('kind')).toBeGreaterThan(share('other'));
      expect(share('strong')).toBeGreaterThan(4 * share('idle'));
    }
  });
  it('is empty with fewer than 20 complete trials', async () => {
    const history = await run(0);
    expect(importance({ ...history, trials: history.trials.slice(0, 19) })).toEqual([]);
  });
});

describe('results', () => {
  it('list the best trials first, ties in the order they were asked', async () => {
    const { study: opened } = await optimize(({ n }) => Math.abs(n - 3), {
      space: space({ n: int(1, 5) }),
      trials: 5,
    });
    const { history } = opened;
    const top = topTrials(history, 3);
    expect(top.map((trial) => objectiveOf(history, trial))).toEqual([0, 1, 1]);
    expect(top[1]!.number).toBeLessThan(top[2]!.number);
    expect(topTrials({ ...history, trials: [] }, 3)).toEqual([]);
  });
});
