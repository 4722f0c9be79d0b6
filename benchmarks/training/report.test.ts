import { expect, test } from 'vitest';
import { median, pairedRatio, report } from './report.ts';

test('the median of an even number of values is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('load that hits both sides of a round leaves the paired ratio as it is', () => {
  expect(pairedRatio([1, 10, 1], [2, 20, 2])).toBe(0.5);
});

test('the report names what was left out and adds one pass over the states to the products', () => {
  const text = report({
    date: '2026-01-01',
    machine: 'a machine',
    versions: ['Luthier'],
    absent: ['PyTorch: not installed'],
    rounds: 1,
    load: [0.1, 1],
    parameters: 250_000,
    copyBytesPerSecond: 6e9,
    outcomes: [{ setting: { optimizer: 'adam', batch: 32 }, times: { luthier: [3], products: [0.5] } }],
  });
  expect(text).toContain('Load of the machine before and after: 0.1 and 1.0.');
  expect(text).toContain('Left out: PyTorch: not installed.');
  expect(text).toContain('| Matrix products alone | 0.50 | 0.50 | 6.00 |');
  expect(text).toContain('| Floor: products and one pass over parameters and states | 1.50 | 1.50 | 2.00 |');
});
