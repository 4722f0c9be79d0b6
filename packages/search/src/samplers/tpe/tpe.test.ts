import { generator, type Json, median, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { canonicalKey, contains, defaults } from '../../space/canonical.ts';
import { boolean, choice, float, int, space, when } from '../../space/define.ts';
import type { History } from '../../study/history.ts';
import type { Sampler } from '../contract.ts';
import {
  BRANIN,
  branin,
  type Ending,
  HARTMANN,
  hartmann,
  smallest,
  testHistory,
  testSearch,
} from '../fixtures/test-search.ts';
import { random } from '../random.ts';
import { parseSampler } from '../registry.ts';
import { tpe } from './tpe.ts';

samplerContract('tpe', () => tpe());

const MIXED = space({
  optimizer: choice(['sgd', 'adam', 'rmsprop']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
  rate: float(1e-4, 1, { log: true }),
  layers: int(1, 40, { log: true }),
  norm: boolean(),
});
function mixed(params: Params): Ending {
  const rate = Math.log10(params.rate as number);
  if (rate > -1) return { state: 'failed', reason: 'diverged' };
  const base =
    (rate + 1.7) ** 2 + 0.05 * Math.abs((params.layers as number) - 12) + (params.norm === true ? 0 : 0.3);
  return { values: [base + (params.optimizer === 'sgd' ? 1 - (params.momentum as number) : 0.4)] };
}

const regret = (sampler: Sampler, seeds: number, budget: number, of: 'branin' | 'hartmann'): number => {
  const [searched, value, best] =
    of === 'branin' ? ([BRANIN, branin, 0.397887] as const) : ([HARTMANN, hartmann, -3.32237] as const);
  return median(
    Array.from(
      { length: seeds },
      (_, seed) =>
        smallest(testSearch(sampler, searched, budget, seed, (p) => ({ values: [value(p)] }))) - best,
    ),
  );
};

describe('tpe', () => {
  it('[#66] beats random search on Branin: half of its median regret after 60 trials', () => {
    expect(regret(tpe(), 9, 60, 'branin')).toBeLessThan(0.5 * regret(random(), 9, 60, 'branin'));
  });

  it('[#66] beats random search on Hartmann-6: half of its median regret after 100 trials', () => {
    expect(regret(tpe(), 5, 100, 'hartmann')).toBeLessThan(0.5 * regret(random(), 5, 100, 'hartmann'));
  });

  it('finds its way in a conditional space with failures', () => {
    const failures = { tpe: 0, random: 0 };
    for (let seed = 0; seed < 10; seed++) {
      const ours = testSearch(tpe(), MIXED, 80, seed, mixed);
      const others = testSearch(random(), MIXED, 80, seed, mixed);
      for (const { params } of ours.trials) expect(contains(MIXED, params)).toBe(true);
      failures.tpe += ours.trials.slice(40).filter(({ state }) => state === 'failed').length;
      failures.random += others.trials.slice(40).filter(({ state }) => state === 'failed').length;
      expect(smallest(ours)).toBeLessThan(smallest(others));
    }
    expect(failures.tpe).toBeLessThan(0.6 * failures.random);
  });

  it('[#68] learns from trials outside of a narrowed range', () => {
    // Only y matters, and only the trials beyond the new end of x have shown where it is good.
    const narrow = space({ x: float(0, 0.6), y: float(0, 1) });
    const trials = [
      ...testSearch(random(), space({ x: float(0.62, 0.8), y: float(0, 1) }), 60, 4, ({ y }) => ({
        values: [((y as number) - 0.3) ** 2],
      })).trials,
      ...testSearch(random(), space({ x: float(0.1, 0.2), y: float(0.8, 1) }), 3, 5, ({ y }) => ({
        values: [((y as number) - 0.3) ** 2],
      })).trials,
    ].map((trial, number) => ({ ...trial, number }));
    const missed = (some: typeof trials): number =>
      median(
        Array.from({ length: 30 }, (_, seed) => {
          const suggestion = tpe().suggest({
            history: testHistory(narrow, 1, some),
            memo: undefined,
            space: narrow,
            random: generator(randomKey('narrowed', seed)),
            trial: some.length,
            budget: {},
          });
          if (suggestion.kind !== 'params') throw new Error(suggestion.text);
          expect(contains(narrow, suggestion.params)).toBe(true);
          return Math.abs((suggestion.params.y as number) - 0.3);
        }),
      );
    const blind = trials.map((trial) =>
      trial.number < 60 ? { ...trial, state: 'failed' as const, reason: 'lost' as const } : trial,
    );
    expect(missed(trials)).toBeLessThan(0.1);
    expect(missed(blind)).toBeGreaterThan(0.2);
  });

  it('begins with the baseline and evenly spread points, then says how much likelier a good trial is', () => {
    const { trials } = testSearch(tpe(), MIXED, 20, 2, mixed);
    expect(trials[0]!.params).toEqual(defaults(MIXED));
    expect(trials.slice(0, 10).map(({ why }) => why.mode)).toEqual([
      'baseline',
      ...Array<string>(9).fill('initial'),
    ]);
    for (const { why, number } of trials.slice(10)) {
      expect(why.neighbours!.length).toBeGreaterThan(0);
      for (const neighbour of why.neighbours!) expect(neighbour).toBeLessThan(number);
      expect(why.text).toMatch(
        /^[\d.e+-]+ times as likely among the best \d trials \([\d.e+-]+ or better\) as among the other \d+$/,
      );
    }
  });

  it('suggests the same again from a copy of the request', () => {
    const { requests, suggestions } = testSearch(tpe(), MIXED, 30, 3, mixed, 3);
    for (const [i, request] of requests.entries()) {
      const history = JSON.parse(JSON.stringify(request.history)) as History;
      const copy = { ...request, history, space: history.space, random: generator(randomKey(3, i)) };
      expect(tpe().suggest(copy)).toEqual(suggestions[i]);
    }
  });

  it('keeps away from trials that are still running', () => {
    const done = testSearch(tpe(), BRANIN, 30, 4, (p) => ({ values: [branin(p)] }));
    const trials = [...done.trials];
    for (let number = 30; number < 38; number++) {
      const suggestion = tpe().suggest({
        history: testHistory(BRANIN, 4, [...trials]),
        memo: undefined,
        space: BRANIN,
        // The same random numbers each time: only the running trials differ.
        random: generator(randomKey(4, 'same')),
        trial: number,
        budget: {},
      });
      if (suggestion.kind !== 'params') throw new Error('exhausted');
      trials.push({ ...trials[0]!, number, state: 'running', params: suggestion.params });
    }
    expect(new Set(trials.slice(30).map(({ params }) => canonicalKey(BRANIN, params))).size).toBeGreaterThan(
      5,
    );
  });

  it('uses trials from before a parameter was added', () => {
    const before = space({ x: float(-5, 10) });
    const { trials } = testSearch(tpe(), before, 40, 5, (p) => ({
      values: [((p.x as number) - 3) ** 2],
    }));
    const after = space({ x: float(-5, 10), y: float(0, 1) });
    const near = Array.from({ length: 12 }, (_, i) => {
      const suggestion = tpe().suggest({
        history: testHistory(after, 5, trials),
        memo: undefined as Json | undefined,
        space: after,
        random: generator(randomKey(5, i)),
        trial: 40,
        budget: {},
      });
      return suggestion.kind === 'params' ? Math.abs((suggestion.params.x as number) - 3) : 99;
    });
    expect(median(near)).toBeLessThan(1);
  });

  it('refuses options, for it has none', () => {
    expect(parseSampler('tpe').spec).toEqual({ name: 'tpe' });
    expect(() => parseSampler({ name: 'tpe', candidates: 24 })).toThrow(
      expect.objectContaining({ code: 'LU_SAMPLER_OPTION', message: "tpe has no option 'candidates'" }),
    );
  });
});
