import { mean } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { float, space } from '../../space/define.ts';
import type { TrialRecord } from '../../study/history.ts';
import { testHistory, testSearch } from '../fixtures/test-search.ts';
import { createCostModel, secondsOf } from './cost.ts';
import { readEvidence } from './evidence.ts';
import { geometry } from './geometry.ts';
import { gp } from './gp.ts';
import { featureRows } from './model.ts';

const of = space({ size: float(0, 1), rate: float(0, 1) });
const reports = (seconds: number): TrialRecord['reports'] => ({
  steps: [1],
  seconds: [seconds],
  metrics: {},
});

/** e^(4 size) seconds: 1 to 55. */
const costs = (size: number): number => Math.exp(4 * size);

function timed(count: number, seconds: (size: number) => number): readonly TrialRecord[] {
  return testSearch(gp(), of, count, 1, ({ size, rate }) => ({
    values: [((rate as number) - 0.4) ** 2],
    reports: reports(seconds(size as number)),
  })).trials;
}

describe('secondsOf', () => {
  it('is the time of the last report, else that from start to end', () => {
    const [trial] = timed(1, () => 7);
    expect(secondsOf(trial!)).toBe(7);
    const bare = { ...trial!, reports: { steps: [], seconds: [], metrics: {} } };
    expect(secondsOf({ ...bare, startedAt: 1000, finishedAt: 3500 })).toBe(2.5);
    expect(secondsOf(bare)).toBeUndefined();
    expect(secondsOf({ ...bare, startedAt: 9, finishedAt: 9 })).toBeUndefined();
  });
});

describe('createCostModel', () => {
  const modelOf = (trials: readonly TrialRecord[]) => {
    const history = testHistory(of, 1, trials);
    return createCostModel(geometry(of), history, readEvidence(history, of), undefined);
  };

  it('learns how long trials take, within a tenth', () => {
    const model = modelOf(timed(20, costs))!;
    const rows = featureRows(geometry(of), [Float64Array.of(0.1, 0.5), Float64Array.of(0.9, 0.5)]);
    const [fast, slow] = model.logSeconds(rows, 2);
    expect(Math.exp(fast!) / costs(0.1)).toBeCloseTo(1, 1);
    expect(Math.exp(slow!) / costs(0.9)).toBeCloseTo(1, 1);
  });

  it('is left out while trials are few or take about as long as each other', () => {
    expect(modelOf(timed(4, costs))).toBeUndefined();
    expect(modelOf(timed(20, (size) => 10 + 10 * size))).toBeUndefined();
  });
});

describe('gp({ costAware: true })', () => {
  it('spends less time while nothing is lost by it', () => {
    const spent = (costAware: boolean): number => {
      const { trials } = testSearch(gp({ costAware }), of, 25, 2, ({ size, rate }) => ({
        values: [((rate as number) - 0.4) ** 2],
        reports: reports(costs(size as number)),
      }));
      return mean(trials.slice(6).map((trial) => secondsOf(trial)!));
    };
    expect(spent(true)).toBeLessThan(0.7 * spent(false));
  });

  it('is part of its specification; other options are refused', () => {
    expect(gp({ costAware: true }).spec).toEqual({ name: 'gp', costAware: true });
    expect(() => gp({ xi: 1 } as never)).toThrow("gp has no option 'xi'");
    expect(() => gp({ costAware: 'yes' } as never)).toThrow('costAware is yes');
  });
});
