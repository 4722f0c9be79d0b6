import { parseCsv, tableSamples } from '@luthier/nn';
import { expect, test } from 'vitest';
import { houses, learnLine, leastSquares, TRUE_LINE } from './house-price.ts';

test('[#3] one dense unit recovers W and B of noiseless house prices', async () => {
  const { slope, intercept } = await learnLine(tableSamples(parseCsv(houses(200, 0)), { target: 'price' }));
  expect(Math.abs(slope - TRUE_LINE.slope)).toBeLessThan(1e-2);
  expect(Math.abs(intercept - TRUE_LINE.intercept)).toBeLessThan(1e-2);
});

test('[#3] with noise it comes to the line of least squares in closed form', async () => {
  const samples = tableSamples(parseCsv(houses(200, 20)), { target: 'price' });
  const [learned, exact] = [await learnLine(samples), leastSquares(samples)];
  expect(Math.abs(learned.slope - exact.slope)).toBeLessThan(1e-3);
  expect(Math.abs(learned.intercept - exact.intercept)).toBeLessThan(1e-1);
  expect(Math.abs(exact.slope - TRUE_LINE.slope)).toBeGreaterThan(1e-3);
});
