import { describe, expect, test } from 'vitest';
import type { Node } from '../node.ts';
import { expectValue } from '../testing.ts';
import { and, equal, greater, greaterEqual, less, lessEqual, not, or, where } from './compare.ts';
import { input, iota } from './sources.ts';

const cases: readonly [string, (a: Node, b: Node) => Node, number[]][] = [
  ['less', less, [1, 0, 0]],
  ['lessEqual', lessEqual, [1, 1, 0]],
  ['greater', greater, [0, 0, 1]],
  ['greaterEqual', greaterEqual, [0, 1, 1]],
  ['equal', equal, [0, 1, 0]],
];

describe('comparison', () => {
  test.each(cases)('%s holds by its definition for every numeric type', async (_, op, expected) => {
    for (const dtype of ['float32', 'int32', 'int64', 'uint32'] as const) {
      const [a, b] = [input('a', dtype, [3]), input('b', dtype, [3])];
      await expectValue(op(a, b), { a: [1, 2, 3], b: [2, 2, 2] }, expected);
    }
  });

  test('uint32 is compared without sign', async () => {
    const a = input('a', 'uint32', [2]);
    await expectValue(less(a, 0x80000000), { a: [0xffffffff, 0x7fffffff] }, [0, 1]);
    await expectValue(greaterEqual(a, 0x80000000), { a: [0xffffffff, 0x7fffffff] }, [1, 0]);
  });

  test('NaN equals nothing and is neither less nor greater', async () => {
    const a = input('a', 'float32', [1]);
    for (const op of [equal, less, lessEqual, greater, greaterEqual]) {
      await expectValue(op(a, a), { a: [Number.NaN] }, [0]);
    }
  });

  test('and, or and not combine bools', async () => {
    const [a, b] = [input('a', 'bool', [4]), input('b', 'bool', [4])];
    const feeds = { a: [0, 0, 1, 1], b: [0, 1, 0, 1] };
    await expectValue(and(a, b), feeds, [0, 0, 0, 1]);
    await expectValue(or(a, b), feeds, [0, 1, 1, 1]);
    await expectValue(not(a), feeds, [1, 1, 0, 0]);
    expect(() => and(a, iota(4))).toThrow(expect.objectContaining({ code: 'LU_GRAPH_TYPE' }));
    expect(() => where(iota(4), a, b)).toThrow(/condition is not bool/);
    expect(() => where(a, input('c', 'bool', [3]), b)).toThrow(/do not broadcast/);
  });
});
