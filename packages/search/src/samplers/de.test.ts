import { generator, type Json, median, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { contains } from '../space/canonical.ts';
import { boolean, choice, float, int, space, when } from '../space/define.ts';
import type { History } from '../study/history.ts';
import { differentialEvolution } from './de.ts';
import {
  BRANIN,
  branin,
  type Ending,
  HARTMANN,
  hartmann,
  smallest,
  testHistory,
  testSearch,
} from './fixtures/test-search.ts';
import { random } from './random.ts';
import { parseSampler } from './registry.ts';

samplerContract('de', () => differentialEvolution());

const MIXED = space({
  optimizer: choice(['sgd', 'adam', 'rmsprop']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
  rate: float(1e-4, 1, { log: true }),
  layers: int(1, 40),
  norm: boolean(),
});
function mixed(params: Params): Ending {
  const rate = Math.log10(params.rate as number);
  const base = (rate + 1.7) ** 2 + 0.05 * Math.abs((params.layers as number) - 12);
  return { values: [base + (params.norm === true ? 0 : 1) + (params.optimizer === 'adam' ? 0 : 1)] };
}

describe('differentialEvolution', () => {
  it('beats random search: half of its median regret after 200 trials on Branin, and on Hartmann-6', () => {
    for (const [of, value, best] of [
      [BRANIN, branin, 0.397887],
      [HARTMANN, hartmann, -3.32237],
    ] as const) {
      const regrets = [differentialEvolution(), random()].map((sampler) =>
        median(
          Array.from(
            { length: 7 },
            (_, seed) => smallest(testSearch(sampler, of, 200, seed, (p) => ({ values: [value(p)] }))) - best,
          ),
        ),
      );
      expect(regrets[0]).toBeLessThan(0.5 * regrets[1]!);
    }
  });

  it('finds categories and integers among numbers', () => {
    const { trials } = testSearch(differentialEvolution(), MIXED, 400, 2, mixed);
    for (const { params } of trials) expect(contains(MIXED, params)).toBe(true);
    expect(smallest({ trials, requests: [], suggestions: [] })).toBeLessThan(0.05);
  });

  it('lets a child replace its member only when it is no worse', () => {
    const { suggestions, trials } = testSearch(differentialEvolution(), BRANIN, 80, 3, (p) => ({
      values: [branin(p)],
    }));
    const populations = suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined
        ? [(one.memo as { members: readonly number[] }).members]
        : [],
    );
    expect(populations[0]).toHaveLength(12);
    for (const [i, members] of populations.entries())
      for (const [slot, member] of members.entries()) {
        const before = populations[i - 1]?.[slot] ?? member;
        expect(trials[member]!.values![0]).toBeLessThanOrEqual(trials[before]!.values![0]!);
      }
    expect(populations.at(-1)).not.toEqual(populations[0]);
  });

  it('suggests the same again from a copy of the request, several trials running', () => {
    const { requests, suggestions } = testSearch(differentialEvolution(), MIXED, 60, 4, mixed, 4);
    for (const [i, request] of requests.entries()) {
      const { history, memo } = JSON.parse(
        JSON.stringify({ history: request.history, memo: request.memo ?? null }),
      ) as { history: History; memo: Json };
      const copy = { ...request, history, memo, space: history.space, random: generator(randomKey(4, i)) };
      expect(differentialEvolution().suggest(copy)).toEqual(suggestions[i]);
    }
  });

  it('keeps replaced members and trials outside of narrowed ranges for differences, never as members', () => {
    const { trials } = testSearch(differentialEvolution(), HARTMANN, 90, 6, (p) => ({
      values: [hartmann(p)],
    }));
    const narrow = space(
      Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`x${i}`, float(0, i === 1 ? 0.5 : 1)])),
    );
    const isOutside = (number: number): boolean => (trials[number]!.params.x1 as number) > 0.5;
    expect(trials.filter(({ number }) => isOutside(number)).length).toBeGreaterThan(5);
    const subtracted = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const suggestion = differentialEvolution().suggest({
        history: { ...testHistory(narrow, 6, trials) },
        memo: undefined,
        space: narrow,
        random: generator(randomKey(6, seed)),
        trial: 90,
        budget: {},
      });
      if (suggestion.kind !== 'params') throw new Error(suggestion.text);
      expect(contains(narrow, suggestion.params)).toBe(true);
      const { members } = suggestion.memo as unknown as { readonly members: readonly number[] };
      expect(members.filter(isOutside)).toEqual([]);
      subtracted.add(Number(/ and (\d+)$/.exec(suggestion.why.text)![1]));
    }
    expect([...subtracted].some(isOutside)).toBe(true);
    const { suggestions } = testSearch(differentialEvolution(), HARTMANN, 90, 6, (p) => ({
      values: [hartmann(p)],
    }));
    const memos = suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined
        ? [
            one.memo as unknown as {
              readonly members: readonly number[];
              readonly archive: readonly number[];
            },
          ]
        : [],
    );
    for (const [i, { members, archive }] of memos.entries()) {
      expect(archive.length).toBeLessThanOrEqual(members.length);
      const gone = (memos[i - 1]?.members ?? []).filter((number) => !members.includes(number));
      expect(archive).toEqual(expect.arrayContaining(gone));
    }
    expect(memos.at(-1)!.archive.length).toBeGreaterThan(5);
  });

  it('keeps to a third of a small budget with its population', () => {
    const { trials } = testSearch(differentialEvolution(), HARTMANN, 24, 5, (p) => ({
      values: [hartmann(p)],
    }));
    const children = trials.filter(({ why }) => why.mode === 'explore');
    expect(children).toHaveLength(24 - 8);
    for (const { number, why } of children) {
      const [parent, elite] = why.neighbours!;
      expect(why.text).toContain(`trial ${parent} moved towards trial ${elite} `);
      expect(Math.max(parent!, elite!)).toBeLessThan(number);
    }
  });

  it('refuses options, for it has none', () => {
    expect(parseSampler('de').spec).toEqual({ name: 'de' });
    expect(() => parseSampler({ name: 'de', population: 9 })).toThrow("de has no option 'population'");
  });
});
