import { expect, test } from 'vitest';
import { filterSpam } from './spam.ts';

test('[#92] a network tells spam from wanted mails by the words of labelled ones', async () => {
  const { accuracy, baseline } = await filterSpam(500, 5);
  expect(baseline).toBeCloseTo(4150 / 6046, 2);
  expect(accuracy).toBeGreaterThan(0.94);
});
