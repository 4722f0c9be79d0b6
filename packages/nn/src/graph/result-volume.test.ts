import { expect, test } from 'vitest';
import { add, multiply } from './ops/arithmetic.ts';
import { sum } from './ops/reduce.ts';
import { scan } from './ops/scan.ts';
import { input } from './ops/sources.ts';
import { resultVolume } from './result-volume.ts';

test('results are counted in bodies, too; inputs are none', () => {
  const x = input('x', 'float32', [100, 7]);
  expect(resultVolume({ inputs: [x], outputs: { x, y: sum(x) } })).toBe(1);
  const state = input('state', 'float32', [3]);
  const row = input('row', 'float32', [7]);
  const outer = multiply(input('a', 'float32', [3, 1]), row);
  const body = { inputs: [state, row], outputs: { next: add(state, sum(outer, 1)) } };
  const start = input('start', 'float32', [3]);
  const { next } = scan(body, { states: [start], sequences: [x] });
  const graph = { inputs: [x, start], outputs: { next: next! } };
  // The product is 3 x 7, its sums and the new state 3 each; `next` reads the scan's first result.
  expect(resultVolume(graph)).toBe(21 + 3 + 3 + 3);
});
