import { generator, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { choice, float, int, space } from '../../space/define.ts';
import type { History } from '../../study/history.ts';
import type { Sampler } from '../contract.ts';
import { smallest, testSearch } from '../fixtures/test-search.ts';
import { gp } from '../gp/gp.ts';
import { random } from '../random.ts';
import { parseSampler, samplerNames } from '../registry.ts';
import { sobol } from '../sobol.ts';
import { auto, explainSampler } from './auto.ts';
import { chooseSampler } from './choose.ts';
import { rankCorrelation } from './compare-models.ts';

const small = space({ a: int(1, 4), b: choice(['x', 'y', 'z']) });
const open = space({ rate: float(1e-4, 1e-1, { log: true }), units: int(1, 512) });
const wide = (count: number) =>
  space(Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, float(0, 1)])));

function emptyHistory(trials: History['trials'] = []): History {
  return {
    sequence: 0,
    createdAt: 0,
    space: small,
    objectives: [{ metric: 'loss', direction: 'minimize' }],
    seed: 1,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

samplerContract('auto', () => auto());

describe('chooseSampler', () => {
  it('enumerates a space that the budget covers, and only then', () => {
    expect(chooseSampler(small, { trials: 12 })).toEqual({
      sampler: 'grid',
      text: 'the space holds 12 configurations, no more than the budget: each is tried once',
    });
    expect(chooseSampler(small, { trials: 11 }).sampler).toBe('gp');
    expect(chooseSampler(small, {}).sampler).toBe('gp');
  });

  it('models everything of ordinary size', () => {
    const { sampler, text } = chooseSampler(open, { trials: 30 }, 2);
    expect(sampler).toBe('gp');
    expect(text).toBe(
      '2 parameters, a continuous space and 30 trials: a model of the results finds good ones soonest',
    );
  });

  it('spreads points evenly when most trials run at once', () => {
    expect(chooseSampler(open, { trials: 30 }, 8).sampler).toBe('sobol');
    expect(chooseSampler(open, { trials: 200 }, 8).sampler).toBe('gp');
    expect(chooseSampler(wide(50), { trials: 100 }, 50).sampler).toBe('sobol');
    expect(chooseSampler(wide(70), { trials: 100 }, 50).sampler).toBe('random');
  });

  it('takes TPE where dimensions are too many for the Gaussian process', () => {
    expect(chooseSampler(wide(100), { trials: 100 }).sampler).toBe('gp');
    expect(chooseSampler(wide(101), { trials: 100 })).toEqual({
      sampler: 'tpe',
      text: '101 parameters are too many for a model of the results: draws like the best trials so far',
    });
  });

  const mixed = space({ rate: float(0, 1), optimizer: choice(['sgd', 'adam']) });

  it('hands over to CMA-ES after 250 trials where the budget has 100 a number', () => {
    expect(chooseSampler(open, { trials: 1000 }, 1, { ended: 249 }).sampler).toBe('gp');
    expect(chooseSampler(open, { trials: 1000 }, 1, { ended: 250 }).sampler).toBe('cmaes');
    expect(chooseSampler(wide(20), { trials: 1000 }, 1, { ended: 300 }).sampler).toBe('gp');
    // Above 100 parameters, too, where it learns variances only.
    expect(chooseSampler(wide(200), { trials: 20_000 }, 1, { ended: 249 }).sampler).toBe('tpe');
    expect(chooseSampler(wide(200), { trials: 20_000 }, 1, { ended: 250 }).sampler).toBe('cmaes');
    expect(chooseSampler(mixed, { trials: 1000 }, 1, { ended: 300 }).sampler).toBe('gp');
  });

  it('asks a cheap sampler once trials are many, or over before a model has an answer', () => {
    expect(chooseSampler(mixed, { trials: 5000 }, 1, { ended: 1000 }).sampler).toBe('tpe');
    expect(chooseSampler(wide(20), { trials: 1500 }, 1, { ended: 1000 }).sampler).toBe('cmaes');
    expect(chooseSampler(wide(20), { trials: 1500 }, 1, { ended: 1000, stopped: 0.7 }).sampler).toBe('tpe');
    expect(chooseSampler(mixed, { trials: 5000 }, 1, { ended: 50, trialSeconds: 0.01 }).sampler).toBe('tpe');
    expect(chooseSampler(mixed, { trials: 5000 }, 1, { ended: 50, trialSeconds: 2 }).sampler).toBe('gp');
    expect(chooseSampler(mixed, { trials: 200 }, 1, { ended: 50, trialSeconds: 0.01 }).sampler).toBe('gp');
  });

  it('goes by what ranks held-out results better, with figures', () => {
    expect(chooseSampler(mixed, {}, 1, { ranks: { gp: 0.4, tpe: 0.5 } }).sampler).toBe('gp');
    expect(chooseSampler(mixed, {}, 1, { ranks: { gp: 0.3, tpe: 0.5 } })).toEqual({
      sampler: 'tpe',
      text: 'of results that they were not shown TPE ranks 0.50 right, the Gaussian process 0.30 (1 is perfect)',
    });
  });
});

describe('auto', () => {
  it('comes closer in 60 dimensions than evenly spread and random points, for each of 3 seeds', () => {
    const bowl = (params: Params): number =>
      Object.values(params).reduce<number>((sum, x) => sum + ((x as number) - 0.3) ** 2, 0);
    const best = (sampler: Sampler, seed: number): number =>
      smallest(testSearch(sampler, wide(60), 60, seed, (p) => ({ values: [bowl(p)] })));
    for (let seed = 0; seed < 3; seed++)
      expect(best(auto(), seed)).toBeLessThan(0.9 * Math.min(best(sobol(), seed), best(random(), seed)));
  });

  it('keeps the memo of each sampler that it asked, and says why when the choice changes', () => {
    const request = { history: emptyHistory(), space: small, random: generator(randomKey(1)), trial: 0 };
    const first = auto().suggest({ ...request, memo: undefined, budget: { trials: 12 } });
    expect(first).toMatchObject({
      kind: 'params',
      memo: { choice: 'grid', inner: { grid: { next: 1, size: 12 } } },
    });
    const later = auto().suggest({
      ...request,
      memo: { choice: 'grid', inner: { grid: { next: 5, size: 12 } } },
      budget: { trials: 12 },
    });
    expect(later).toMatchObject({ memo: { choice: 'grid', inner: { grid: { next: 6, size: 12 } } } });
    const other = auto().suggest({
      ...request,
      memo: { choice: 'gp', inner: { gp: { held: 1 }, grid: { next: 5, size: 12 } } },
      budget: { trials: 12 },
    });
    expect(other).toMatchObject({
      memo: { choice: 'grid', inner: { gp: { held: 1 }, grid: { next: 6, size: 12 } } },
      why: { text: expect.stringMatching(/; from here on grid: the space holds 12 configurations/) },
    });
  });

  it('checks its choice every ten results from 30 on', () => {
    const searched = space({ x: float(0, 1), y: float(0, 1) });
    const { suggestions } = testSearch(auto(), searched, 52, 1, (p) => ({
      values: [((p.x as number) - 0.3) ** 2 + (p.y as number)],
    }));
    const checks = suggestions.flatMap((one) => {
      const memo =
        one.kind === 'params' ? (one.memo as { readonly checked?: number } | undefined) : undefined;
      return memo?.checked === undefined ? [] : [memo.checked];
    });
    expect([...new Set(checks)]).toEqual([30, 40, 50]);
    const notes = suggestions.flatMap((one) =>
      one.kind === 'params' && / after \d+ results: /.test(one.why.text) ? [one.why.text] : [],
    );
    expect(notes).toHaveLength(3);
    expect(notes[0]).toMatch(
      /; still gp after 30 results: of results that they were not shown TPE ranks -?\d\.\d\d right, the Gaussian process \d\.\d\d \(1 is perfect\)$/,
    );
    const last = suggestions.at(-1)!;
    const { ranks } = (last.kind === 'params' ? last.memo : undefined) as unknown as {
      readonly ranks: { readonly gp: number; readonly tpe: number };
    };
    expect(ranks.gp).toBeGreaterThan(0.5);
    expect(ranks.gp).toBeLessThanOrEqual(1);
    expect(ranks.tpe).toBeGreaterThan(-1);
  });

  it('says in words what it chose; a sampler that the user named needs no reason', () => {
    expect(explainSampler(auto(), small, { trials: 12 }, 1)).toMatch(/^auto chose grid: the space holds 12/);
    expect(explainSampler(gp(), small, { trials: 12 }, 1)).toBe('');
  });
});

describe('rankCorrelation', () => {
  it('is Spearman’s, equals sharing their rank', () => {
    expect(rankCorrelation([1, 2, 3], [10, 20, 90])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    // Ranks (0, 1, 2, 3) and (0.5, 0.5, 2, 3): covariance 4.5, variances 5 and 4.5.
    expect(rankCorrelation([1, 2, 3, 4], [7, 7, 8, 9])).toBeCloseTo(4.5 / Math.sqrt(5 * 4.5), 12);
    expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBe(0);
  });
});

describe('names of samplers', () => {
  it('are known to the registry, with bayes for gp', () => {
    for (const name of ['auto', 'bayes', 'cmaes', 'de', 'gp', 'grid', 'oneAtATime', 'random', 'sobol', 'tpe'])
      expect(samplerNames()).toContain(name);
    expect(parseSampler('bayes').spec).toEqual({ name: 'gp' });
    expect(parseSampler('auto').name).toBe('auto');
    expect(() => parseSampler('bayse')).toThrow("did you mean 'bayes'?");
  });
});
