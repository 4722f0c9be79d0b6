import { describe, expect, it } from 'vitest';
import { sizeWarning } from './size-warning.ts';

describe('[#26] parameters against samples', () => {
  it('warns with both numbers when the parameters far exceed the samples', () => {
    const found = sizeWarning({ parameters: 468_874, samples: 1000 });
    expect(found).toMatchObject({ parameters: 468_874, samples: 1000 });
    expect(found!.text).toContain('468,874 trainable parameters for 1,000 training samples, 468 a sample');
  });
  it('begins at ten a sample, and is silent below', () => {
    expect(sizeWarning({ parameters: 1000, samples: 100 })).toBeDefined();
    expect(sizeWarning({ parameters: 999, samples: 100 })).toBeUndefined();
    // The network of the lessons on all its digits.
    expect(sizeWarning({ parameters: 468_874, samples: 60_000 })).toBeUndefined();
  });
  it('is silent about what it does not know', () => {
    expect(sizeWarning({ parameters: 1000, samples: 0 })).toBeUndefined();
    expect(sizeWarning({ parameters: Number.NaN, samples: 10 })).toBeUndefined();
  });
});
