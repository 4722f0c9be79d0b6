import { autoencoder, pca } from '@luthier/nn';
import { expect, test } from 'vitest';
import { detectTumours } from './anomalies.ts';
import { clusterDigits } from './clusters.ts';

// Inertia and adjusted Rand index: scikit-learn 1.9.1, best of 10 starts.
test('[#93] [#94] ten clusters of unlabelled digits are mostly of one digit each', async () => {
  const found = await clusterDigits();
  expect(Math.abs(found.inertia - 1_165_189)).toBeLessThan(60);
  expect(found.adjustedRandIndex).toBeCloseTo(0.666, 2);
  expect(found.purity).toBeGreaterThan(0.75);
  // Two of 64 components hold 14.9 + 13.6 percent of the variance of the digits.
  expect(found.kept).toBeCloseTo(0.285, 2);
});

test.each([
  ['principal components', pca({ components: 6 })],
  ['an autoencoder', autoencoder({ code: 6, hidden: [24], epochs: 60 })],
])('[#93] %s of benign tumours find malignant ones odd', async (_, model) => {
  const { areaUnderCurve, found, falseAlarms } = await detectTumours(model);
  expect(areaUnderCurve).toBeGreaterThan(0.85);
  expect(found).toBeGreaterThan(0.4);
  expect(falseAlarms).toBeLessThan(0.15);
});
