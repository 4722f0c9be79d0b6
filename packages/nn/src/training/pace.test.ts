import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPace } from './pace.ts';

describe('pace', () => {
  it('reaches calls of about 150 ms and never plans longer ones from what it saw', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 300, noNaN: true }), (stepMs) => {
        const pace = createPace();
        for (let i = 0; i < 12; i++) {
          const steps = pace.steps();
          expect(steps).toBeGreaterThanOrEqual(1);
          expect(steps === 1 || steps * stepMs <= 150.001).toBe(true);
          pace.took(steps, steps * stepMs);
        }
        expect(pace.steps()).toBe(Math.max(1, Math.min(4096, Math.floor(150 / stepMs + 1e-9))));
      }),
      { seed: 1 },
    );
  });

  it('does not trust one slow first call for ever', () => {
    const pace = createPace();
    pace.took(1, 400);
    expect(pace.steps()).toBe(1);
    pace.took(1, 2);
    expect(pace.steps()).toBe(4);
  });
});
