import { regularizationChart, renderSvg } from '@luthier/plots';
import { expect, test } from 'vitest';
import { compareOnDigits } from './compare.ts';

test('[#51] the comparison on digits is a table and a picture', async () => {
  const records = await compareOnDigits(15);
  expect(records.map(({ name }) => name)).toEqual([
    'none',
    'l1',
    'l2',
    'l1l2',
    'dropout',
    'batchNormalization',
    'earlyStopping',
  ]);
  for (const { validationMetrics } of records) expect(validationMetrics.accuracy).toBeGreaterThan(0.8);
  const svg = renderSvg(regularizationChart(records), { width: 960, height: 400 });
  expect(svg).toContain('early stopping');
});
