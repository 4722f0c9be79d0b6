import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisRange } from './axis-range.ts';

describe('axisRange', () => {
  it('ends on round numbers around the values', () => {
    expect(axisRange([0.93, 0.95, 0.97, 0.98], 'maximize')).toEqual({ min: 0.93, max: 0.98, interval: 0.01 });
    expect(axisRange([0.4, 0.5, 0.6, 0.95], 'minimize')).toEqual({ min: 0.4, max: 1, interval: 0.2 });
  });

  it('leaves out a diverged value on the bad side, by three interquartile ranges', () => {
    // Quartiles of [0.4, 0.5, 0.6, 0.7, 1e9]: 0.5 and 0.7, so the fence is 0.7 + 3 * 0.2 = 1.3.
    expect(axisRange([0.4, 0.5, 0.6, 0.7, 1e9], 'minimize')).toEqual({ min: 0.4, max: 0.7, interval: 0.1 });
    expect(axisRange([-1e9, 0.9, 0.91, 0.92, 0.93], 'maximize').min).toBe(0.9);
  });

  it('shows every good value however far it is', () => {
    expect(axisRange([0.5, 0.51, 0.52, 0.53, 0.0001], 'minimize').min).toBeLessThanOrEqual(0.0001);
  });

  it('holds for one value, none and values that are not finite', () => {
    const { min, max } = axisRange([0.5], 'minimize');
    expect(min).toBeLessThan(0.5);
    expect(max).toBeGreaterThan(0.5);
    expect(axisRange([], 'minimize')).toEqual({ min: 0, max: 1, interval: 0.2 });
    expect(axisRange([Number.NaN, Number.POSITIVE_INFINITY], 'maximize')).toEqual({
      min: 0,
      max: 1,
      interval: 0.2,
    });
    expect(axisRange([0, 0], 'minimize').max).toBeGreaterThan(0);
  });

  it('is finite, ordered and of few ticks for any finite values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const { min, max, interval } = axisRange(values, 'minimize');
        expect(min).toBeLessThan(max);
        expect(interval).toBeGreaterThan(0);
        expect((max - min) / interval).toBeLessThan(8.5);
        const slack = 1e-8 * Math.max(Math.abs(min), Math.abs(max));
        expect(min).toBeLessThanOrEqual(Math.min(...values) + slack);
      }),
    );
  });
});
