import { describe, expect, it } from 'vitest';
import { choice, float, space, when } from '../../space/define.ts';
import type { Observation } from './evidence.ts';
import { geometry } from './geometry.ts';
import { boxAround, firstRegion, isInRegion, isLocal, nearest, nextRegion } from './region.ts';

/** Observations of values in the order in which they ended. */
function ended(values: readonly number[], from = 0): readonly Observation[] {
  return values.map((value, i) => ({
    // None of the numbers is one of a global step.
    number: 3 * (from + i) + 1,
    ended: from + i + 1,
    point: Float64Array.of(0.5),
    value,
    repeats: 1,
    uncertainty: 0,
    complete: true,
  }));
}

describe('nextRegion', () => {
  const start = firstRegion(ended([0, 5, 3]));

  it('begins with four fifths of the range around the best', () => {
    expect(start).toEqual({ side: 0.8, successes: 0, failures: 0, best: 5, seen: 3, from: -1 });
  });

  it('doubles after three gains in a row, to at most 1.6', () => {
    const once = nextRegion(start, ended([6, 7, 8], 3), 2, true);
    expect(once).toMatchObject({ side: 1.6, successes: 0, best: 8, seen: 6 });
    expect(nextRegion(once, ended([9, 10, 11], 6), 2, true).side).toBe(1.6);
    expect(nextRegion(start, ended([6, 7, 1], 3), 2, true)).toMatchObject({ side: 0.8, failures: 1 });
  });

  it('halves after as many failures in a row as there are dimensions, at least four', () => {
    expect(nextRegion(start, ended([1, 1, 1, 1], 3), 2, true)).toMatchObject({ side: 0.4, failures: 0 });
    expect(nextRegion(start, ended([1, 1, 1, 1], 3), 5, true)).toMatchObject({ side: 0.8, failures: 4 });
  });

  it('takes a thousandth for no gain, and what it has seen only once', () => {
    expect(nextRegion(start, ended([5.004], 3), 2, true).successes).toBe(0);
    expect(nextRegion(start, ended([5.006], 3), 2, true).successes).toBe(1);
    expect(nextRegion(start, ended([9, 9, 9]), 2, true)).toEqual(start);
  });

  it('begins anew once it has shrunk away: elsewhere when local, in place otherwise', () => {
    const small = { ...start, side: 2 ** -7 };
    const four = ended([1, 1, 1, 1], 3);
    expect(nextRegion(small, four, 2, true)).toEqual({
      side: 0.8,
      successes: 0,
      failures: 0,
      seen: 7,
      from: 7,
    });
    expect(nextRegion(small, four, 2, false)).toMatchObject({ side: 0.8, best: 5, from: -1 });
  });

  it('does not blame the region for failures of global steps', () => {
    const global = ended([1, 1, 1, 1], 3).map((one) => ({ ...one, number: 3 * one.number }));
    expect(nextRegion(start, global, 2, false).failures).toBe(0);
    expect([0, 1, 2, 3].map((trial) => isInRegion(trial, false))).toEqual([false, true, true, false]);
    expect(isInRegion(0, true)).toBe(true);
  });
});

describe('boxAround', () => {
  const of = space({ x: float(0, 1), y: float(0, 1), c: choice(['a', 'b']) });

  it('is longer where the length scale is longer, within the range, and has all categories', () => {
    const theta = [Math.log(0.5), Math.log(2), 0, 0, 0];
    const { low, high } = boxAround(geometry(of), Float64Array.of(0.5, 0.9, 0.25), 0.2, theta);
    // The geometric mean of the scales is 1: half sides of 0.05 and 0.2.
    expect([...low].map((u) => Number(u.toFixed(10)))).toEqual([0.45, 0.7, 0]);
    expect([...high].map((u) => Number(u.toFixed(10)))).toEqual([0.55, 1, 1]);
  });

  it('leaves a parameter that the best does not have its whole range', () => {
    const tree = space({ c: choice(['a', 'b']), m: when('c', ['b'], float(0, 1)), x: float(0, 1) });
    const { low, high } = boxAround(geometry(tree), Float64Array.of(0.25, 0.5, 0.5), 0.1, [0, 0, 0, 0, 0, 0]);
    expect([low[1], high[1]]).toEqual([0, 1]);
    expect([low[2], high[2]]).toEqual([0.45, 0.55]);
  });

  it('is used above 300 trials or 30 dimensions', () => {
    expect(isLocal(geometry(of), 300)).toBe(false);
    expect(isLocal(geometry(of), 301)).toBe(true);
    const wide = space(Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`x${i}`, float(0, 1)])));
    expect(isLocal(geometry(wide), 5)).toBe(true);
  });
});

describe('nearest', () => {
  it('keeps the closest in their order', () => {
    const all = [0.9, 0.1, 0.52, 0.4, 0.5].map((u, number) => ({
      ...ended([0])[0]!,
      number,
      point: Float64Array.of(u),
    }));
    expect(nearest(all, Float64Array.of(0.5), 3).map(({ number }) => number)).toEqual([2, 3, 4]);
    expect(nearest(all, Float64Array.of(0.5), 9)).toBe(all);
  });
});
