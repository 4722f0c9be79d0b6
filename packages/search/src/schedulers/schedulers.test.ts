import { describe, expect, it } from 'vitest';
import { float, space } from '../space/define.ts';
import type { History, TrialRecord } from '../study/history.ts';
import { maximize, minimize } from '../study/results.ts';
import { asha, rungs } from './asha.ts';
import type { Scheduler } from './contract.ts';
import { bestUpTo, medianOfNumbers, valueAtStep } from './curves.ts';
import { median } from './median.ts';
import { none } from './none.ts';
import { parseScheduler } from './registry.ts';

const line = space({ x: float(0, 1) });

/** A history whose trials have reported one value a step from step 1 on; all but the last are complete. */
function histories(curves: readonly (readonly number[])[], direction: 'min' | 'max' = 'min'): History {
  const trials = curves.map(
    (values, number): TrialRecord => ({
      number,
      state: number === curves.length - 1 ? 'running' : 'complete',
      params: { x: 0 },
      why: { text: '', sampler: '' },
      purpose: 'search',
      seed: 0,
      attempt: 1,
      reports: { steps: values.map((_, i) => i + 1), seconds: values.map(() => 0), metrics: { v: values } },
      artifacts: {},
      askedSequence: 1,
    }),
  );
  return {
    sequence: 1,
    createdAt: 0,
    space: line,
    objectives: [direction === 'min' ? minimize('v') : maximize('v')],
    seed: 0,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

function verdict(
  scheduler: Scheduler,
  curves: readonly (readonly number[])[],
  direction: 'min' | 'max' = 'min',
) {
  return scheduler.decide(histories(curves, direction), curves.length - 1).action;
}

describe('asha', () => {
  it('has rungs at exact powers of eta', () => {
    expect(rungs(1, 3, 82)).toEqual([1, 3, 9, 27, 81]);
    expect(rungs(1, 3, 81)).toEqual([1, 3, 9, 27]);
    // Optuna, test_successive_halving.py at 1d8ce7bb: minimum resource, factor -> ends of rungs.
    expect(rungs(1, 2, 9)).toEqual([1, 2, 4, 8]);
    expect(rungs(2, 2, 5)).toEqual([2, 4]);
    expect(rungs(1, 3, 10)).toEqual([1, 3, 9]);
    expect(rungs(2, 2, 1000)).toHaveLength(9);
  });
  it('never stops the first trial', () => {
    for (let length = 1; length <= 10; length++)
      expect(verdict(asha({ eta: 2 }), [new Array(length).fill(1)])).toBe('continue');
  });
  it('stops a trial that is NaN at a rung, not between rungs', () => {
    const rule = asha({ eta: 2, minResource: 2 });
    expect(verdict(rule, [[Number.NaN]])).toBe('continue');
    expect(verdict(rule, [[Number.NaN, Number.NaN]])).toBe('stop');
    expect(verdict(rule, [[1, 1, Number.NaN]])).toBe('continue');
  });
  it('decides only with eta + 1 entries, and keeps the best floor(n / eta)', () => {
    expect(verdict(asha(), [[1], [2], [3]])).toBe('continue');
    expect(verdict(asha(), [[1], [2], [3], [4]])).toBe('stop');
    expect(verdict(asha(), [[1], [2], [3], [0.5]])).toBe('continue');
    expect(verdict(asha(), [[1], [2], [3], [4], [5], [1.5]])).toBe('continue');
    expect(verdict(asha(), [[1], [2], [3], [4], [5], [2.5]])).toBe('stop');
  });
  it('knows the direction, and lets equals go on', () => {
    expect(verdict(asha(), [[1], [2], [3], [4]], 'max')).toBe('continue');
    expect(verdict(asha(), [[4], [3], [2], [1]], 'max')).toBe('stop');
    expect(verdict(asha(), [[1], [1], [1], [1]])).toBe('continue');
  });
  it('counts NaN of others as worst', () => {
    const nan = Number.NaN;
    expect(verdict(asha(), [[nan], [nan], [nan], [9]])).toBe('continue');
  });
  it('ranks by the best value up to the rung, or by the last', () => {
    const curves = [
      [9, 9, 2],
      [9, 9, 3],
      [9, 9, 4],
      [9, 1, 5],
    ];
    expect(verdict(asha(), curves)).toBe('continue');
    expect(verdict(asha({ rank: 'last' }), curves)).toBe('stop');
  });
  it('has no rung at the maximum resource', () => {
    const curves = [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
      [9, 9, 9],
    ];
    expect(verdict(asha({ maxResource: 9 }), curves)).toBe('stop');
    expect(verdict(asha({ maxResource: 3 }), curves)).toBe('continue');
  });
  it('refuses options that make no sense', () => {
    for (const options of [{ eta: 1 }, { minResource: 0 }, { eta: 2.5 }, { minResource: 5, maxResource: 4 }])
      expect(() => asha(options)).toThrow(expect.objectContaining({ code: 'LU_SCHEDULER_OPTION' }));
  });
});

describe('median', () => {
  const five = [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 5],
  ];

  it('stops below the median of complete trials at the same step', () => {
    expect(verdict(median(), [...five, [3.5]])).toBe('stop');
    expect(verdict(median(), [...five, [3]])).toBe('continue');
    expect(verdict(median(), [...five, [2.5]])).toBe('continue');
    expect(verdict(median(), [...five, [2.5]], 'max')).toBe('stop');
  });
  it('compares the best value so far', () => {
    expect(verdict(median(), [...five, [2, 9]])).toBe('continue');
  });
  it('waits for start-up trials and for the warm-up', () => {
    expect(verdict(median(), [...five.slice(1), [9]])).toBe('continue');
    expect(verdict(median({ startupTrials: 4 }), [...five.slice(1), [9]])).toBe('stop');
    expect(verdict(median({ warmup: 1 }), [...five, [9]])).toBe('continue');
    expect(verdict(median({ warmup: 1 }), [...five, [9, 9]])).toBe('stop');
  });
  it('goes on where no complete trial has been, and stops on NaN', () => {
    expect(verdict(median(), [...five, [9, 9, 9]])).toBe('continue');
    expect(verdict(median(), [...five, [Number.NaN]])).toBe('stop');
  });
});

describe('curves', () => {
  const trial = histories([[0.1, 0.2, Number.NaN]]).trials[0]!;
  it('have the best value of all steps so far, as in Optuna', () => {
    // test_percentile.py: best of [0.1, 0.2] is 0.1 to minimise, 0.2 to maximise.
    expect(bestUpTo(trial, minimize('v'), 2)).toBe(0.1);
    expect(bestUpTo(trial, maximize('v'), 3)).toBe(0.2);
    expect(bestUpTo(trial, minimize('v'), 0)).toBeUndefined();
    expect(bestUpTo(trial, minimize('w'), 2)).toBeNaN();
  });
  it('are read at the first report at or after a step', () => {
    expect(valueAtStep(trial, minimize('v'), 2)).toBe(0.2);
    expect(valueAtStep(trial, minimize('v'), 4)).toBeUndefined();
  });
  it('have medians that leave NaN out', () => {
    expect(medianOfNumbers([0.1, 0.2, 0.3, 0.4, 0.5, Number.NaN, Number.NaN])).toBe(0.3);
    expect(medianOfNumbers([Number.NaN])).toBeNaN();
  });
});

describe('the table of schedulers', () => {
  it('makes the scheduler of a stored specification again', () => {
    for (const scheduler of [none(), median({ warmup: 2 }), asha({ eta: 4, maxResource: 64, rank: 'last' })])
      expect(parseScheduler(scheduler.spec).spec).toEqual(scheduler.spec);
    expect(parseScheduler('asha').spec).toEqual(asha().spec);
  });
  it('refuses an unknown name with the nearest one', () => {
    expect(() => parseScheduler({ name: 'meidan' })).toThrow(
      expect.objectContaining({
        code: 'LU_SCHEDULER_UNKNOWN',
        message: "there is no scheduler 'meidan'; did you mean 'median'?",
      }),
    );
  });
  it('none stops nothing', () => {
    expect(verdict(none(), [[1], [Number.NaN]])).toBe('continue');
  });
});
