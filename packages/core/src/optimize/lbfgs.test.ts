import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lbfgs, type ValueAndGradient } from './lbfgs.ts';

const rosenbrock: ValueAndGradient = (x, g) => {
  let value = 0;
  g.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1]! - x[i]! ** 2;
    const b = 1 - x[i]!;
    value += 100 * a * a + b * b;
    g[i]! += -400 * a * x[i]! - 2 * b;
    g[i + 1]! += 200 * a;
  }
  return value;
};

describe('lbfgs', () => {
  it('finds the minimum of Rosenbrock functions of 2 to 20 dimensions', () => {
    for (const size of [2, 5, 20]) {
      const start = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
      const { x, value, converged } = lbfgs(rosenbrock, start, { iterations: 1000, valueTolerance: 0 });
      expect(converged).toBe(true);
      expect(value).toBeLessThan(1e-10);
      for (const xi of x) expect(Math.abs(xi - 1)).toBeLessThan(1e-5);
    }
  });

  it('stops at the constrained minimum of Rosenbrock with x <= 0.5', () => {
    // For x₁ <= ½ the best is x₁ = ½, x₂ = ¼ with value ¼.
    const { x, value } = lbfgs(rosenbrock, [-1.2, 1], { upper: [0.5, 2], lower: [-2, -2], iterations: 500 });
    expect(x[0]).toBeCloseTo(0.5, 8);
    expect(x[1]).toBeCloseTo(0.25, 6);
    expect(value).toBeCloseTo(0.25, 8);
  });

  it('minimises separable quadratics in a box by clamping their centres', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.double({ min: 0.1, max: 100, noNaN: true }),
            fc.double({ min: -3, max: 3, noNaN: true }),
          ),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        (terms) => {
          const { x } = lbfgs(
            (at, g) => {
              let value = 0;
              terms.forEach(([weight, centre], i) => {
                const d = at[i]! - centre;
                value += 0.5 * weight * d * d;
                g[i] = weight * d;
              });
              return value;
            },
            terms.map(() => 0.3),
            { lower: terms.map(() => -1), upper: terms.map(() => 1), iterations: 500, valueTolerance: 0 },
          );
          terms.forEach(([, centre], i) => {
            expect(Math.abs(x[i]! - Math.min(1, Math.max(-1, centre)))).toBeLessThan(1e-4);
          });
        },
      ),
    );
  });

  it('backs away from where the function is not finite', () => {
    // x - ln x has its minimum at 1 and is not a number below 0.
    const { x } = lbfgs(
      (at, g) => {
        g[0] = 1 - 1 / at[0]!;
        return at[0]! - Math.log(at[0]!);
      },
      [20],
    );
    expect(x[0]).toBeCloseTo(1, 5);
  });

  it('moves a start onto the box and refuses impossible bounds and starts', () => {
    const flat: ValueAndGradient = (_x, g) => {
      g.fill(0);
      return 0;
    };
    expect([...lbfgs(flat, [5], { upper: [2] }).x]).toEqual([2]);
    expect(() => lbfgs(flat, [0], { lower: [1], upper: [0] })).toThrow('above');
    expect(() => lbfgs(() => Number.NaN, [0])).toThrow('at the start');
  });
});
