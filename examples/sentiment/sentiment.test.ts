import { expect, test } from 'vitest';
import { filmReviews } from './reviews.ts';
import { judgeReviews } from './sentiment.ts';

test('[#92] a network learns the sentiment of reviews from labelled texts, in every fold', async () => {
  const { folds, scores } = await judgeReviews();
  expect(folds).toHaveLength(5);
  expect(scores.accuracy!.mean).toBeGreaterThan(0.93);
  for (const fold of folds) expect(fold.scores.accuracy).toBeGreaterThan(0.88);
});

test('reviews repeat with the seed and hold both kinds', () => {
  expect(filmReviews(50, 1)).toEqual(filmReviews(50, 1));
  const { texts, labels } = filmReviews(400, 2);
  const liked = labels.reduce((sum, label) => sum + label, 0);
  // Binomial with p 0.5 and n 400: five standard deviations are 50.
  expect(Math.abs(liked - 200)).toBeLessThan(50);
  expect(texts.some((text) => text.includes('not'))).toBe(true);
});
