import type { Params } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { defaults } from '../space/canonical.ts';
import { boolean, choice, float, int, space, when } from '../space/define.ts';
import type { TrialRecord } from '../study/history.ts';
import { smallest, testSearch } from './fixtures/test-search.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { parseSampler } from './registry.ts';

samplerContract('oneAtATime', () => oneAtATime(), { seeded: false });

const FLAT = space({
  rate: float(1e-4, 1e-1, { log: true, default: 1e-3 }),
  units: int(32, 512, { step: 32, default: 128 }),
  dropout: float(0, 0.5, { step: 0.1 }),
  optimizer: choice(['sgd', 'adam', 'rmsprop']),
});
function loss(params: Params): number {
  const rate = Math.log10(params.rate as number);
  const units = Math.log2((params.units as number) / 256);
  const dropout = (params.dropout as number) - 0.3;
  return (rate + 2) ** 2 + units ** 2 + 4 * dropout ** 2 + (params.optimizer === 'adam' ? 0 : 0.5);
}

/** The names whose values differ. */
function differences(a: Params, b: Params): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

function bestBefore(trials: readonly TrialRecord[], number: number): TrialRecord {
  return trials.slice(0, number).reduce((a, b) => (b.values![0]! < a.values![0]! ? b : a));
}

describe('oneAtATime', () => {
  it('[#68] tries the baseline first, and every later trial differs from the best before it in one parameter', () => {
    const { trials } = testSearch(oneAtATime(), FLAT, 30, 1, (p) => ({ values: [loss(p)] }));
    expect(trials[0]!.params).toEqual(defaults(FLAT));
    expect(trials).toHaveLength(30);
    for (const { number, params } of trials.slice(1))
      expect(differences(params, bestBefore(trials, number).params)).toHaveLength(1);
  });

  it('[#68] lets the parameters take turns and says what it changes', () => {
    const { trials } = testSearch(oneAtATime(), FLAT, 9, 1, (p) => ({ values: [loss(p)] }));
    const names = trials
      .slice(1)
      .map(({ number, params }) => differences(params, bestBefore(trials, number).params)[0]);
    expect(names).toEqual(['rate', 'units', 'dropout', 'optimizer', 'rate', 'units', 'dropout', 'optimizer']);
    expect(trials[1]!.why.text).toBe('trial 0, the best so far, with rate 0.01 instead of 0.001');
    expect(trials[1]!.why.neighbours).toEqual([0]);
  });

  it('comes to the best value of each parameter of a function without interactions', () => {
    const search = testSearch(oneAtATime(), FLAT, 60, 1, (p) => ({ values: [loss(p)] }));
    expect(smallest(search)).toBeLessThan(0.01);
  });

  it('changes a parent together with what hangs on it, and nothing else', () => {
    const nested = space({
      optimizer: choice(['adam', 'sgd']),
      momentum: when('optimizer', ['sgd'], float(0, 0.9, { default: 0.5 })),
      norm: boolean(),
    });
    const { trials } = testSearch(oneAtATime(), nested, 5, 1, (p) => ({
      values: [p.optimizer === 'sgd' ? 1 : 2],
    }));
    expect(trials[1]!.params).toEqual({ optimizer: 'sgd', momentum: 0.5, norm: false });
  });

  it('varies the baseline while no trial has a result', () => {
    const { trials } = testSearch(oneAtATime(), FLAT, 6, 1, () => ({ state: 'failed', reason: 'error' }));
    for (const { params } of trials.slice(1)) expect(differences(params, defaults(FLAT))).toHaveLength(1);
    const names = trials.slice(1).map(({ params }) => differences(params, defaults(FLAT))[0]);
    expect(new Set(names).size).toBe(4);
  });

  it('refuses options, for it has none', () => {
    expect(parseSampler('oneAtATime').spec).toEqual({ name: 'oneAtATime' });
    expect(() => parseSampler({ name: 'oneAtATime', step: 2 })).toThrow("oneAtATime has no option 'step'");
  });
});
