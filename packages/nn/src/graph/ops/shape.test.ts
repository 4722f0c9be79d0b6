import { describe, expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { interpret } from '../interpret.ts';
import { simplify } from '../simplify.ts';
import { expectGradient, expectValue, graphOf, numbers } from '../testing.ts';
import { add, multiply } from './arithmetic.ts';
import { sum } from './reduce.ts';
import { broadcastTo, reshape, stopGradient, transpose, zeroRows } from './shape.ts';
import { concat, flip, pad, slice, split } from './slice.ts';
import { input } from './sources.ts';

const x = input('x', 'float32', [2, 3]);
const feeds = { x: [1, 2, 3, 4, 5, 6] };
const cube = input('cube', 'float32', [2, 3, 4]);

describe('shape', () => {
  test('reshape keeps order and infers one extent [#60]', async () => {
    expect(reshape(x, [-1, 2]).shape).toEqual([3, 2]);
    await expectValue(reshape(x, [3, -1]), feeds, feeds.x);
    await expectGradient(reshape(x, [6]), feeds);
    expect(() => reshape(x, [4, 2])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });

  test('transpose moves axes and its gradient moves them back [#60]', async () => {
    await expectValue(transpose(x), feeds, [1, 4, 2, 5, 3, 6]);
    const moved = transpose(cube, [2, 0, 1]);
    expect(moved.shape).toEqual([4, 2, 3]);
    await expectGradient(moved, { cube: numbers(24) });
    expect(() => transpose(x, [0, 0])).toThrow(/order of the axes/);
  });

  test('broadcastTo repeats and its gradient sums [#60]', async () => {
    const row = input('row', 'float32', [3]);
    await expectValue(broadcastTo(row, [2, 3]), { row: [1, 2, 3] }, [1, 2, 3, 1, 2, 3]);
    await expectGradient(broadcastTo(row, [2, 3]), { row: [1, 2, 3] });
    expect(() => broadcastTo(x, [2, 4])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });

  test('split cuts an axis into parts, and its gradient joins those of the parts that are used [#60]', async () => {
    const [left, right] = split(x, [1, 2]);
    await expectValue(left!, feeds, [1, 4]);
    await expectValue(right!, feeds, [2, 3, 5, 6]);
    await expectGradient(right!, feeds);
    const [first, , last] = split(cube, [1, 0, 2], 1);
    await expectValue(first!, { cube: numbers(24) }, [...numbers(4), ...numbers(4, 1, 12)]);
    await expectGradient(multiply(first!, last!), { cube: numbers(24) });
    expect(() => split(x, [1, 1])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });

  test('flip reverses an axis, and so does its gradient [#60]', async () => {
    await expectValue(flip(x, 1), feeds, [3, 2, 1, 6, 5, 4]);
    await expectValue(flip(x, 0), feeds, [4, 5, 6, 1, 2, 3]);
    await expectGradient(flip(cube, 1), { cube: numbers(24) });
    const twice = flip(transpose(flip(cube, 0), [1, 0, 2]), 1);
    const { y } = simplify(graphOf({ y: twice })).outputs;
    expect([y!.op, y!.inputs[0]!.op]).toEqual(['transpose', 'input']);
    await expectValue(
      twice,
      { cube: numbers(24) },
      interpret(graphOf({ y: y! }), { cube: numbers(24) }).y!.data,
    );
  });

  test('zeroRows is as long as another value and passes no gradient', async () => {
    await expectValue(zeroRows(x, [3, 1]), feeds, new Array<number>(6).fill(0));
    await expectGradient(multiply(x, add(zeroRows(x, [3]), 2)), feeds);
  });

  test('stopGradient makes a value a constant', async () => {
    const [g] = gradient(sum(multiply(x, stopGradient(x))), [x]);
    await expectValue(g!, feeds, feeds.x);
  });
});

describe('parts', () => {
  test('concat joins and its gradient splits [#60]', async () => {
    const y = input('y', 'float32', [2, 1]);
    await expectValue(concat([x, y]), { ...feeds, y: [7, 8] }, [1, 2, 3, 7, 4, 5, 6, 8]);
    await expectValue(concat([x, x], 0), feeds, [...feeds.x, ...feeds.x]);
    await expectGradient(concat([x, y, x], 1), { ...feeds, y: [7, 8] });
    expect(() => concat([x, y], 0)).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });

  test('slice takes a range and its gradient pads [#60]', async () => {
    await expectValue(slice(x, [0, 1], [2, 3]), feeds, [2, 3, 5, 6]);
    await expectValue(slice(x, [-1], [3], { axes: [1] }), feeds, [3, 6]);
    await expectValue(slice(x, [0], [3], { axes: [1], steps: [2] }), feeds, [1, 3, 4, 6]);
    await expectGradient(slice(cube, [0, 1, 1], [1, 3, 4]), { cube: numbers(24) });
    await expectGradient(slice(cube, [1, 1], [3, 4], { axes: [1, 2], steps: [2, 2] }), { cube: numbers(24) });
    expect(() => slice(x, [0], [4])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });

  test('pad surrounds and its gradient slices [#60]', async () => {
    await expectValue(pad(x, [0, 1], [1, 0], 9), feeds, [9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9]);
    await expectGradient(pad(x, [2, 0], [0, 1]), feeds);
    expect(() => pad(x, [0], [0])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }));
  });
});
