import { generator, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { choice, float, int, space } from '../space/define.ts';
import type { History } from '../study/history.ts';
import { auto, chooseSampler, explainSampler } from './auto.ts';
import type { Sampler } from './contract.ts';
import { smallest, testSearch } from './fixtures/test-search.ts';
import { gp } from './gp/gp.ts';
import { random } from './random.ts';
import { parseSampler, samplerNames } from './registry.ts';
import { sobol } from './sobol.ts';

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
    expect(chooseSampler(wide(48), { trials: 100 }).sampler).toBe('gp');
    expect(chooseSampler(wide(49), { trials: 100 })).toEqual({
      sampler: 'tpe',
      text: '49 parameters are too many for a model of the results: draws like the best trials so far',
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

  it('hands its choice the memo that the choice made, and drops one of another choice', () => {
    const request = { history: emptyHistory(), space: small, random: generator(randomKey(1)), trial: 0 };
    const first = auto().suggest({ ...request, memo: undefined, budget: { trials: 12 } });
    expect(first).toMatchObject({ kind: 'params', memo: { choice: 'grid', inner: { next: 1, size: 12 } } });
    const later = auto().suggest({
      ...request,
      memo: { choice: 'grid', inner: { next: 5, size: 12 } },
      budget: { trials: 12 },
    });
    expect(later).toMatchObject({ memo: { choice: 'grid', inner: { next: 6, size: 12 } } });
    const other = auto().suggest({
      ...request,
      memo: { choice: 'gp', inner: { next: 5, size: 12 } },
      budget: { trials: 12 },
    });
    expect(other).toMatchObject({ memo: { choice: 'grid', inner: { next: 1, size: 12 } } });
  });

  it('says in words what it chose; a sampler that the user named needs no reason', () => {
    expect(explainSampler(auto(), small, { trials: 12 }, 1)).toMatch(/^auto chose grid: the space holds 12/);
    expect(explainSampler(gp(), small, { trials: 12 }, 1)).toBe('');
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
