import { describe, expect, it } from 'vitest';
import { compared, medianOf, trialsToReach } from './statistics.ts';

describe('comparing searches', () => {
  it('finds the first number of trials whose median reaches the target', () => {
    const curves = [
      [5, 3, 1],
      [6, 4, 0],
      [9, 9, 9],
    ];
    expect(trialsToReach(curves, 4)).toBe(2);
    expect(trialsToReach(curves, 1)).toBe(3);
    expect(trialsToReach(curves, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('does not count a moment at the target that noise takes back', () => {
    expect(trialsToReach([[5, 1, 4, 2]], 2)).toBe(4);
    expect(trialsToReach([[5, 1, 4]], 2)).toBe(Number.POSITIVE_INFINITY);
  });

  it('keeps the last loss of a search whose space ended', () => {
    expect(
      trialsToReach(
        [
          [5, 1],
          [5, 4, 3],
        ],
        2,
      ),
    ).toBe(3);
  });

  it('agrees with the table of Mann and Whitney at five per cent', () => {
    // Two samples of ten: U <= 23 is significant (two-sided 5 %), U = 24 is not.
    const low = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const shifted = (by: number): readonly number[] => low.map((value) => value + by + 0.5);
    expect(compared(low, shifted(4))).toBe('better');
    expect(compared(shifted(4), low)).toBe('worse');
    expect(compared(low, shifted(1))).toBe('undecided');
    expect(compared(low, low)).toBe('undecided');
    expect(compared([1, 1, 1], [1, 1, 1])).toBe('undecided');
  });

  it('orders infinite numbers of trials last', () => {
    expect(medianOf([30, Number.POSITIVE_INFINITY, 20])).toBe(30);
    expect(medianOf([30, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(medianOf([30, 20])).toBe(25);
  });
});
