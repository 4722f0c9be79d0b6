import { expect, test } from 'vitest';
import { classifyDigits } from './digits.ts';

test('[#92] a network learns the digits from labelled images', async () => {
  expect(await classifyDigits()).toBeGreaterThan(0.94);
});
