import { expect, test } from 'vitest';
import { FOLDS, forecast, LENGTH, persistence, yearlySamples } from './sunspots.ts';

test('[#105] no year of a validation part, seen or predicted, is in its training part, and all are later', async () => {
  const samples = await yearlySamples();
  const folds = FOLDS.split(samples);
  expect(folds).toHaveLength(3);
  for (const { train, validation } of folds) {
    // Sample i sees the years i to i + LENGTH - 1 and predicts the year i + LENGTH.
    const lastTrained = Math.max(...train) + LENGTH;
    const firstHeld = Math.min(...validation);
    expect(lastTrained).toBeLessThanOrEqual(firstHeld);
  }
});

test('[#105] a network forecasts sunspots better than repeating the last year does', async () => {
  const { scores, folds } = await forecast();
  expect(scores.loss!.mean).toBeLessThan(0.6 * (await persistence()));
  expect(folds.every((fold) => Number.isFinite(fold.scores.loss))).toBe(true);
});
