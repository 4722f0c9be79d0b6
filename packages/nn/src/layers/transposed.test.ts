import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { greater, where } from '../graph/ops/compare.ts';
import { relu } from '../graph/ops/elementwise.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { topological } from '../graph/topological.ts';
import { transposed } from './transposed.ts';

const x = input('x', 'float32', [2, 3]);
const z = input('z', 'float32', [3, 2]);
const k = input('k', 'float32', []);
const feeds = { x: [1, -2, 3, -4, 5, -6], z: [0.5, 1, -1, 2, 4, -3], k: [3] };

function check(node: Node): Node {
  const other = transposed(node);
  const results = interpret({ inputs: [x, z, k], outputs: { other, expected: swapAxes(node) } }, feeds);
  expect(other.shape).toEqual([node.shape[1], node.shape[0]]);
  expect(results.other).toEqual(results.expected);
  return other;
}

describe('transposed', () => {
  it('undoes a transpose through activations, masks, rows, columns, scalars and constants', () => {
    const zt = swapAxes(z);
    const row = constant([1, 2, 3], [1, 3]);
    const column = constant([10, 20], [2, 1]);
    const matrix = constant([1, 0, 1, 0, 1, 0], [2, 3]);
    const value = multiply(add(add(relu(zt), row), column), multiply(matrix, k));
    const other = check(where(greater(zt, 0), value, multiply(constant([2], [1, 1]), zt)));
    expect(topological([other]).some(({ op }) => op === 'transpose')).toBe(false);
  });

  it('transposes what it meets on the way, and only the whole where nothing is undone', () => {
    check(multiply(x, swapAxes(z)));
    expect(check(multiply(x, 2)).op).toBe('transpose');
  });
});
