import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDuration,
  formatMetric,
  formatParam,
  formatParams,
  formatSpread,
  plural,
} from './format.ts';

describe('formatMetric', () => {
  it('writes four decimals, fewer for large values, an exponent for tiny and huge ones', () => {
    expect([0.98361, 12.5, 123.456, 4321, 4321.25, 0.00012, 2e7, 0].map(formatMetric)).toEqual([
      '0.9836',
      '12.5000',
      '123.46',
      '4321',
      '4321.3',
      '1.20e-4',
      '2.00e7',
      '0.0000',
    ]);
  });

  it('says diverged for what is not finite', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(formatMetric)).toEqual([
      'diverged',
      'diverged',
      'diverged',
    ]);
    expect(formatMetric(undefined)).toBe('—');
  });
});

describe('formatSpread', () => {
  it('writes mean and deviation to the same place', () => {
    expect(formatSpread(0.9834, 0.00082)).toBe('0.9834 ± 0.0008');
    expect(formatSpread(0.9834, Number.NaN)).toBe('0.9834');
    expect(formatSpread(0.0001, 0.00002)).toBe('1.00e-4 ± 2.0e-5');
  });
});

describe('formatParam', () => {
  it('[#78] never shows the noise of binary fractions', () => {
    expect([0.1 + 0.2, 0.1 * 3, 0.7 + 0.1].map(formatParam)).toEqual(['0.3', '0.3', '0.8']);
  });

  it('is short for learning rates and exact for whole numbers and words', () => {
    expect([0.0001, 0.001, 0.01, 0.0031622, 512, 1e6, 'adam', true].map(formatParam)).toEqual([
      '1e-4',
      '1e-3',
      '0.01',
      '3.162e-3',
      '512',
      '1e6',
      'adam',
      'true',
    ]);
  });

  it('joins parameters in the order asked for, without inactive ones', () => {
    expect(formatParams({ b: 2, a: 1 }, ['a', 'c', 'b'])).toBe('a 1  b 2');
  });
});

describe('formatDuration', () => {
  it('writes at most two units', () => {
    expect([0, 9.94, 9.96, 59.6, 92, 3599.7, 3700, 86_399, 100_000].map(formatDuration)).toEqual([
      '0.0s',
      '9.9s',
      '10s',
      '1m00s',
      '1m32s',
      '1h00m',
      '1h02m',
      '1d00h',
      '1d04h',
    ]);
    expect([undefined, Number.NaN, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual(['—', '—', '—']);
  });
});

describe('formatCount', () => {
  it('[#84] writes 9,600 points with a comma, and words for a continuous space', () => {
    expect(formatCount(16 * 5 * 8 * 5 * 3)).toBe('9,600');
    expect(formatCount(Number.POSITIVE_INFINITY)).toBe('infinitely many');
    expect([plural(1, 'trial'), plural(0, 'trial')]).toEqual(['1 trial', '0 trials']);
  });
});
