import { describe, expect, it } from 'vitest';
import { parseRegularizer, regularizers } from './regularizer.ts';

describe('regularizers', () => {
  it('[#41] has the defaults of Keras', () => {
    expect(regularizers.l1()).toEqual({ l1: 0.01 });
    expect(regularizers.l2()).toEqual({ l2: 0.01 });
    expect(regularizers.l1l2({ l2: 0.1 })).toEqual({ l1: 0, l2: 0.1 });
    expect(parseRegularizer('dense', 'l1l2')).toEqual({ l1: 0.01, l2: 0.01 });
    expect(parseRegularizer('dense', undefined)).toBeUndefined();
  });

  it('refuses coefficients that are negative or not finite, and unknown names', () => {
    expect(() => regularizers.l2(-0.1)).toThrow(/l2 is -0.1, outside \[0, Infinity\)/);
    expect(() => regularizers.l1(Number.NaN)).toThrow(/l1 is NaN/);
    expect(() => regularizers.l1l2({ l3: 1 } as object)).toThrow(/no option 'l3'; did you mean/);
    expect(() => parseRegularizer('dense', 'L2' as 'l2')).toThrow(/did you mean 'l2'/);
  });
});
