import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalSteps } from './decimal.ts';

describe('decimal steps', () => {
  it('are the float64 nearest to the exact decimal, for any decimal range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 12 }),
        (first, stride, count, places) => {
          const at = (units: number): number => Number(`${units}e-${places}`);
          const steps = decimalSteps(at(first), at(first + stride * count), at(stride));
          expect(steps).toMatchObject({ steps: count, exact: true });
          for (let i = 0; i <= count; i++) expect(steps.valueAt(i)).toBe(at(first + stride * i) + 0);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
  it('see that a step does not end at the maximum', () => {
    expect(decimalSteps(0.1, 0.55, 0.1)).toMatchObject({ steps: 4, exact: false });
    expect(decimalSteps(0, 1, 0.3)).toMatchObject({ steps: 3, exact: false });
  });
  it('stay exact beyond 2^53 units', () => {
    const steps = decimalSteps(0, 1e6, 1e-13);
    expect(steps.exact).toBe(true);
    expect(steps.valueAt(3)).toBe(3e-13);
    expect(decimalSteps(1e21, 1e22, 1e21).valueAt(2)).toBe(3e21);
  });
});
