import { expect, it } from 'vitest';
import { fitOptionsOf } from './fit-options.ts';

it('every setting of a tuning file reaches fit, and absent ones stay absent', () => {
  const settings = { epochs: 3, batchSize: 8, callbacks: [] };
  expect(fitOptionsOf(settings)).toEqual({ batchSize: 8, shuffle: true });
  const all = { shuffle: false, classWeight: [1, 2], mixup: { alpha: 0.3 }, cutmix: {} };
  expect(fitOptionsOf({ ...settings, ...all })).toEqual({ batchSize: 8, ...all });
});
