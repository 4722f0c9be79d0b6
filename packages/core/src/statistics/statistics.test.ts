import { describe, expect, it } from 'vitest';
import { generator } from '../random/generator.ts';
import { randomKey } from '../random/key.ts';
import { bootstrap } from './bootstrap.ts';
import { mean, median, quantile, standardDeviation, variance } from './summary.ts';

describe('summaries', () => {
  it('have their textbook values', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(variance(values)).toBeCloseTo(32 / 7, 14);
    expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(median([3, 1, 2])).toBe(2);
    // numpy.quantile([15, 20, 35, 40, 50], 0.4) = 29
    expect(quantile([50, 15, 20, 40, 35], 0.4)).toBeCloseTo(29, 12);
  });

  it('of nothing are not numbers, and infinities are kept', () => {
    expect(mean([])).toBeNaN();
    expect(variance([1])).toBeNaN();
    expect(quantile([], 0.5)).toBeNaN();
    expect(quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 1)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('bootstrap', () => {
  it('covers the true mean in about 95 % of samples (600 samples, error rate 1e-5)', () => {
    const random = generator(randomKey(7, 'bootstrap'));
    let covered = 0;
    for (let r = 0; r < 600; r++) {
      const values = Float64Array.from({ length: 40 }, () => random.normal());
      const { low, high } = bootstrap(values, mean, random, { resamples: 200 });
      if (low <= 0 && high >= 0) covered += 1;
    }
    // Percentile intervals of 40 values cover about 93.5 %; 4.4 standard errors are 4.4 %.
    expect(covered / 600).toBeGreaterThan(0.89);
    expect(covered / 600).toBeLessThan(0.98);
  });
});
