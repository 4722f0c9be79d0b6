import { describe, expect, it } from 'vitest';
import { float, space } from '../../space/define.ts';
import type { History, TrialRecord } from '../../study/history.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { splitTrials } from './split.ts';

function history(trials: readonly TrialRecord[], direction: 'minimize' | 'maximize' = 'minimize'): History {
  return {
    sequence: 1,
    createdAt: 0,
    space: space({ x: float(0, 1) }),
    objectives: [{ metric: 'loss', direction }],
    seed: 1,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

function trial(number: number, more: Partial<TrialRecord>): TrialRecord {
  return {
    number,
    state: 'complete',
    params: { x: number / 1000 },
    why: { text: '', sampler: 'test' },
    purpose: 'search',
    seed: number,
    attempt: 1,
    reports: { steps: [], seconds: [], metrics: {} },
    artifacts: {},
    askedSequence: number + 1,
    ...more,
  };
}

const stopped = (number: number, steps: readonly number[], loss: readonly number[]): TrialRecord =>
  trial(number, {
    state: 'pruned',
    reports: { steps, seconds: steps.map(() => 0), metrics: { loss } },
  });

const numbers = (of: History): readonly number[] =>
  orderedTrials(of, of.space).ended.map(({ number }) => number);

describe('orderedTrials', () => {
  const some = [
    trial(0, { values: [3] }),
    trial(1, { values: [1] }),
    stopped(2, [1, 2], [9, 0.1]),
    stopped(3, [1, 2, 3], [9, 9, 5]),
    stopped(4, [1, 2, 3], [9, 9, Number.NaN]),
    stopped(5, [], []),
    trial(6, { state: 'failed', reason: 'diverged' }),
    trial(7, { state: 'failed', reason: 'lost' }),
    trial(8, { state: 'running' }),
    trial(9, { values: [Number.POSITIVE_INFINITY] }),
    stopped(10, [3], [4]),
    trial(11, { values: [0], params: { x: 7 } }),
  ];

  it('puts complete trials by value before stopped ones by how far they got, and failures last', () => {
    expect(numbers(history(some))).toEqual([1, 0, 10, 3, 4, 2, 5, 6, 9]);
    expect(numbers(history(some.slice(0, 2), 'maximize'))).toEqual([0, 1]);
  });

  it('keeps running trials apart, and leaves lost ones and those outside of the space out', () => {
    const of = history(some);
    expect([...orderedTrials(of, of.space).pending.keys()]).toEqual([8]);
  });

  it('averages the value of a trial with its repeats', () => {
    const repeated = [
      trial(0, { values: [3] }),
      trial(1, { values: [2] }),
      trial(2, { values: [6], purpose: 'repeat', of: 1 }),
    ];
    const of = history(repeated);
    const { ended } = orderedTrials(of, of.space);
    expect(ended.map(({ number, standing }) => [number, standing.value])).toEqual([
      [0, 3],
      [1, 4],
    ]);
  });

  it('is the same step by step as all at once, forwards and backwards', () => {
    const grown = history([]);
    const { space: of } = grown;
    const trials: TrialRecord[] = [];
    const now = (): History => ({ ...grown, trials: [...trials] });
    for (let i = 0; i < 150; i++) {
      trials.push(trial(i, { state: 'running' }));
      orderedTrials(now(), of);
      if (i >= 3) trials[i - 3] = trial(i - 3, { values: [Math.sin(7 * i)] });
      orderedTrials(now(), of);
    }
    const expected = [...trials]
      .filter(({ values }) => values)
      .sort((a, b) => a.values![0]! - b.values![0]!)
      .map(({ number }) => number);
    expect(orderedTrials(now(), of).ended.map(({ number }) => number)).toEqual(expected);
    trials.length = 140;
    expect(orderedTrials(now(), of).ended.map(({ number }) => number)).toEqual(
      expected.filter((number) => number < 140),
    );
  });
});

describe('splitTrials', () => {
  const split = (trials: readonly TrialRecord[]) => {
    const of = history(trials);
    return splitTrials(orderedTrials(of, of.space));
  };
  const complete = (count: number): readonly TrialRecord[] =>
    Array.from({ length: count }, (_, i) => trial(i, { values: [i] }));

  it('takes the best 15 %, rounded up, at most 25', () => {
    for (const [count, good] of [
      [2, 1],
      [10, 2],
      [20, 3],
      [21, 4],
      [400, 25],
    ] as const)
      expect(split(complete(count)).counts).toEqual({ good, bad: count - good });
  });

  it('weighs the best by their gain over the best of the others, the largest weight being 1', () => {
    // Values 0 to 19: the best three gain 3, 2 and 1 over the fourth.
    expect([...split(complete(20)).good.weights]).toEqual([1, 2 / 3, 1 / 3]);
    expect([...split(complete(20).map((one) => ({ ...one, values: [5] }))).good.weights]).toEqual([1, 1, 1]);
    const huge = complete(20).map((one, i) => ({ ...one, values: [i < 3 ? -1.7e308 : 1.7e308] }));
    expect([...split(huge).good.weights]).toEqual([1, 1, 1]);
  });

  it('[#68] counts trials outside of narrowed ranges where they lie, among the best when they are as good as those', () => {
    const { good, bad, counts } = split([
      ...complete(20),
      trial(20, { values: [1.5], params: { x: 1.5 } }),
      trial(21, { values: [10], params: { x: -0.25 } }),
      trial(22, { values: [0], params: { x: 'left' } }),
    ]);
    expect(counts).toEqual({ good: 4, bad: 18 });
    expect(good.observed.map(({ point }) => point[0])).toEqual([0, 0.001, 0.002, 1.5]);
    // The gains over the value 3, the best of the others inside: 3, 2, 1 and 1.5.
    expect([...good.weights]).toEqual([1, 2 / 3, 1 / 3, 0.5]);
    expect(bad.observed.at(-1)!.point[0]).toBe(-0.25);
    expect(bad.weights.at(-1)).toBe(1);
  });

  it('puts running trials and failures among the others', () => {
    const { bad, counts } = split([
      ...complete(10),
      trial(10, { state: 'running' }),
      trial(11, { state: 'failed', reason: 'diverged' }),
    ]);
    expect(counts).toEqual({ good: 2, bad: 10 });
    expect([...bad.weights]).toEqual(new Array(10).fill(1));
    expect(bad.observed.map(({ point }) => point[0])).toContain(0.01);
    expect(bad.observed.map(({ point }) => point[0])).toContain(0.011);
  });

  it('lets a part of thousands stand for all, evenly spread and their weights adding up', () => {
    const wide = Array.from({ length: 5000 }, (_, i) => trial(i, { values: [i], params: { x: i / 5000 } }));
    const { bad, counts } = split(wide);
    expect(counts.bad).toBe(4975);
    expect(bad.observed.length).toBeGreaterThan(256);
    expect(bad.observed.length).toBeLessThanOrEqual(512);
    expect(bad.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(4975, 6);
    const gaps = bad.observed.slice(1).map(({ number }, i) => number - bad.observed[i]!.number);
    expect(Math.max(...gaps)).toBeLessThan(32);
  });

  it('changes little from trial to trial', () => {
    const wide = Array.from({ length: 3001 }, (_, i) => trial(i, { values: [Math.sin(i)] }));
    const before = new Set(split(wide.slice(0, 3000)).bad.observed.map(({ number }) => number));
    const added = split(wide).bad.observed.filter(({ number }) => !before.has(number));
    expect(added.length).toBeLessThanOrEqual(2);
  });
});
