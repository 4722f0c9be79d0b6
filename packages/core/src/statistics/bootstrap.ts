import type { Generator } from '../random/generator.ts';
import { quantile } from './summary.ts';

/** An interval and the estimate it belongs to. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap interval of a statistic (Efron 1979).
 *
 * Defaults: 1,000 resamples, level 0.95.
 *
 * @example
 * bootstrap([3, 1, 4, 1, 5], median, generator(randomKey(1)))
 */
export function bootstrap(
  values: ArrayLike<number>,
  statistic: (sample: Float64Array) => number,
  random: Generator,
  options: { readonly resamples?: number; readonly level?: number } = {},
): Interval {
  const { resamples = 1000, level = 0.95 } = options;
  const all = Float64Array.from(values);
  const sample = new Float64Array(all.length);
  const found = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < sample.length; i++) sample[i] = all[random.integer(all.length)]!;
    found[r] = statistic(sample);
  }
  return {
    estimate: statistic(all),
    low: quantile(found, (1 - level) / 2),
    high: quantile(found, (1 + level) / 2),
  };
}
