import { expect, test } from 'vitest';
import { type Recipe, recipe } from './recipe.ts';

test('[#115] baseline, diagnosis, regularization, tuning, retraining and one test beat the baseline over 5 seeds', {
  timeout: 180_000,
}, async () => {
  const runs: Recipe[] = [];
  for (const seed of [0, 1, 2, 3, 4]) runs.push(await recipe(seed));
  const mean = (pick: (run: Recipe) => number): number =>
    runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
  expect(mean(({ final }) => final)).toBeGreaterThan(mean(({ baseline }) => baseline));
  for (const { final, baseline, params, suggestedRate } of runs) {
    // Of a single seed the test part of 360 digits tells no more than two standard errors.
    expect(final).toBeGreaterThan(baseline - 0.025);
    expect(params.learningRate).toBeGreaterThanOrEqual(suggestedRate / 3);
    expect(params.learningRate).toBeLessThanOrEqual(suggestedRate * 3);
  }
});
