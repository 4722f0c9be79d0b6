import { expect, test } from 'vitest';
import { type LabStep, runLab } from './lab.ts';

// The limit of the test runner for one test, a minute, is half of the two that the lab may take.
test('[#107] the lab goes from a baseline to one look at the test part on the bundled digits', async () => {
  const told: LabStep[] = [];
  const steps = await runLab({ onStep: (step) => told.push(step) });
  expect(told).toEqual(steps);
  expect(steps.map(({ title }) => title)).toEqual([
    '1. A baseline',
    '2. The learning rate',
    '3. Overfitting',
    '4. Dropout and L2',
    '5. A search',
    '6. The test, once',
  ]);
  const [baseline, rate, free, held, search, last] = steps.map(({ numbers }) => numbers);
  expect(baseline!.accuracy).toBeGreaterThan(0.85);
  expect(rate!.tooLow).toBeGreaterThan(2 * rate!.usual!);
  expect(rate!.tooHigh).toBeGreaterThan(2 * rate!.usual!);
  expect(free!.isOverfit).toBe(1);
  expect(held!.gap).toBeLessThan(0.8 * free!.gap!);
  expect(search!.loss).toBeLessThan(search!.baseline!);
  expect(last!.accuracy).toBeGreaterThan(last!.baseline! - 0.02);
});
