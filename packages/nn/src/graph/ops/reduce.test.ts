import { describe, expect, test } from 'vitest';
import type { Node } from '../node.ts';
import { expectGradient, expectValue } from '../testing.ts';
import { argmax, max, mean, min, type ReduceOptions, sum } from './reduce.ts';
import { input } from './sources.ts';

type Reduce = (x: Node, axes?: number | readonly number[], options?: ReduceOptions) => Node;

const x = input('x', 'float32', [2, 3, 2]);
const values = [1, -2, 3, 4, -5, 6, 7, 8, -9, 10, 11, -12];
const cases: readonly [string, Reduce, number[], number[], number][] = [
  ['sum', sum, [-1, 8, 9, 6], [1 + 3 - 5 + 7 - 9 + 11, -2 + 4 + 6 + 8 + 10 - 12], 22],
  ['mean', mean, [-1 / 3, 8 / 3, 3, 2], [8 / 6, 14 / 6], 22 / 12],
  ['max', max, [3, 6, 11, 10], [11, 10], 11],
  ['min', min, [-5, -2, -9, -12], [-9, -12], -12],
];

describe('reductions', () => {
  test.each(cases)('%s combines over axes', async (_, op, over1, over01, overAll) => {
    await expectValue(op(x, 1), { x: values }, over1);
    await expectValue(op(x, -2, { keepDims: true }), { x: values }, over1);
    await expectValue(op(x, [1, 0]), { x: values }, over01);
    await expectValue(op(x), { x: values }, [overAll]);
    expect(op(x, 1, { keepDims: true }).shape).toEqual([2, 1, 2]);
    expect(op(x, [0, -1]).shape).toEqual([3]);
  });

  test.each(cases)('%s has the gradient of finite differences [#60]', async (_, op) => {
    for (const axes of [undefined, 0, [1, 2], [0, 2]]) {
      await expectGradient(op(x, axes), { x: values });
      await expectGradient(op(x, axes, { keepDims: true }), { x: values });
    }
  });

  test('tied largest elements share the gradient equally', async () => {
    const { gradient } = await import('../gradient.ts');
    const pair = input('pair', 'float32', [3]);
    const [g] = gradient(max(pair), [pair]);
    await expectValue(g!, { pair: [4, 4, 1] }, [0.5, 0.5, 0]);
  });

  test.each(cases)('%s keeps NaN wherever it stands', async (_, op) => {
    const rows = input('rows', 'float32', [3, 20]);
    const poisoned = Array.from({ length: 60 }, (_, i) => ([7, 20, 59].includes(i) ? Number.NaN : i));
    await expectValue(op(rows, 1), { rows: poisoned }, [Number.NaN, Number.NaN, Number.NaN]);
    await expectValue(op(rows), { rows: poisoned }, [Number.NaN]);
  });

  test('argmax is the first largest position', async () => {
    const rows = input('rows', 'float32', [2, 3]);
    await expectValue(argmax(rows), { rows: [1, 5, 5, 9, 2, 3] }, [1, 0]);
    await expectValue(argmax(rows, 0), { rows: [1, 5, 5, 9, 2, 5] }, [1, 0, 0]);
    expect(argmax(rows).dtype).toBe('int64');
  });

  test('whole numbers are summed exactly', async () => {
    const counts = input('counts', 'int64', [3]);
    await expectValue(sum(counts), { counts: [2 ** 40, 1, 2] }, [2 ** 40 + 3]);
  });

  test('axes that do not exist or repeat are refused', () => {
    expect(() => sum(x, 3)).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
    expect(() => sum(x, [0, -3])).toThrow(/repeat/);
    expect(() => mean(input('none', 'float32', [0, 2]), 0)).toThrow(/nothing to reduce/);
  });
});
