import { describe, expect, test } from 'vitest';
import type { Node } from '../node.ts';
import { expectGradient, expectValue, numbers } from '../testing.ts';
import { add, clip, divide, maximum, minimum, multiply, power, subtract } from './arithmetic.ts';
import { cast } from './cast.ts';
import { greater, where } from './compare.ts';
import {
  absolute,
  cosine,
  erf,
  exp,
  floor,
  gelu,
  log,
  negate,
  reciprocal,
  relu,
  sigmoid,
  sign,
  sine,
  softplus,
  sqrt,
  square,
  tanh,
} from './elementwise.ts';
import { sum } from './reduce.ts';
import { input, scalar } from './sources.ts';

const x = input('x', 'float32', [2, 3]);
const y = input('y', 'float32', [2, 3]);
const row = input('row', 'float32', [3]);
const column = input('column', 'float32', [2, 1]);

describe('ops of two operands', () => {
  const a = [1, -2, 3, 4, -5, 6];
  const b = [2, 4, -8, 0.5, 5, 3];
  const cases: readonly [string, (a: Node, b: Node) => Node, number[]][] = [
    ['add', add, [3, 2, -5, 4.5, 0, 9]],
    ['subtract', subtract, [-1, -6, 11, 3.5, -10, 3]],
    ['multiply', multiply, [2, -8, -24, 2, -25, 18]],
    ['divide', divide, [0.5, -0.5, -0.375, 8, -1, 2]],
    ['maximum', maximum, [2, 4, 3, 4, 5, 6]],
    ['minimum', minimum, [1, -2, -8, 0.5, -5, 3]],
  ];
  test.each(cases)('%s has the value of its definition', async (_, op, expected) => {
    await expectValue(op(x, y), { x: a, y: b }, expected);
  });
  test.each(cases)('%s has the gradient of finite differences [#60]', async (_, op) => {
    await expectGradient(op(x, y), { x: a, y: b });
    await expectGradient(op(column, row), { column: [0.7, -1.3], row: [2, 0.4, -0.6] });
    await expectGradient(op(row, x), { x: a, row: [2.5, 0.4, -0.6] });
  });

  test('power has the value of its definition', async () => {
    await expectValue(power(row, 3), { row: [2, -1, 0.5] }, [8, -1, 0.125]);
  });
  test('power has the gradient of finite differences [#60]', async () => {
    await expectGradient(power(row, column), { row: [2, 1.5, 0.5], column: [0.3, -2] });
  });

  test('maximum gives the gradient of a tie to its first operand', async () => {
    await expectGradient(maximum(add(x, 1e-3), x), { x: a });
  });
});

describe('ops of one operand', () => {
  const at = [0.5, 1, 2];
  const cases: readonly [string, (x: Node) => Node, number[]][] = [
    ['negate', negate, [-0.5, -1, -2]],
    ['absolute', absolute, [0.5, 1, 2]],
    ['sign', sign, [1, 1, 1]],
    ['floor', floor, [0, 1, 2]],
    ['sqrt', sqrt, [Math.SQRT1_2, 1, Math.SQRT2]],
    ['square', square, [0.25, 1, 4]],
    ['reciprocal', reciprocal, [2, 1, 0.5]],
    ['exp', exp, [Math.sqrt(Math.E), Math.E, Math.E ** 2]],
    ['log', log, [-Math.LN2, 0, Math.LN2]],
    ['sine', sine, [0.4794255386, 0.8414709848, 0.9092974268]],
    ['cosine', cosine, [0.8775825619, 0.5403023059, -0.4161468365]],
    ['tanh', tanh, [0.4621171573, 0.761594156, 0.9640275801]],
    ['sigmoid', sigmoid, [0.6224593312, 0.7310585786, 0.880797078]],
    ['relu', relu, [0.5, 1, 2]],
    // Abramowitz and Stegun, table 7.1.
    ['erf', erf, [0.5204998778, 0.8427007929, 0.995322265]],
    ['softplus', softplus, [0.9740769842, 1.3132616875, 2.126928011]],
    ['gelu', gelu, [0.3457312306, 0.8413447461, 1.9544997361]],
  ];
  test.each(cases)('%s has the value of its definition', async (_, op, expected) => {
    await expectValue(op(row), { row: at }, expected);
  });
  test.each(cases)('%s has the gradient of finite differences [#60]', async (name, op) => {
    await expectGradient(op(row), { row: [0.3, 1.4, 2.2] });
    if (!['sqrt', 'log'].includes(name))
      await expectGradient(op(x), { x: [-2.1, -0.7, 0.2, 1.3, -0.4, 3.3] });
  });

  test('negative and extreme arguments give the limits', async () => {
    await expectValue(relu(row), { row: [-1, 0, -1e30] }, [0, 0, 0]);
    await expectValue(sigmoid(row), { row: [-200, 0, 200] }, [0, 0.5, 1]);
    await expectValue(softplus(row), { row: [-200, 0, 200] }, [0, Math.LN2, 200]);
    await expectValue(erf(row), { row: [-8, 0, 8] }, [-1, 0, 1]);
  });

  test('NaN and infinities are kept', async () => {
    await expectValue(add(row, 1), { row: [Number.NaN, Infinity, -Infinity] }, [
      Number.NaN,
      Infinity,
      -Infinity,
    ]);
    for (const node of [clip(row, -1, 1), maximum(row, 0), minimum(0, row), tanh(row), sigmoid(row)]) {
      await expectValue(sum(node), { row: [1, Number.NaN, 1] }, [Number.NaN]);
    }
    await expectValue(relu(row), { row: [Number.NaN, Infinity, -Infinity] }, [Number.NaN, Infinity, 0]);
    await expectValue(log(row), { row: [0, -1, Infinity] }, [-Infinity, Number.NaN, Infinity]);
  });
});

describe('selection', () => {
  test('clip limits values and stops the gradient outside [#60]', async () => {
    await expectValue(clip(row, -1, 2), { row: [-3, 0.5, 7] }, [-1, 0.5, 2]);
    await expectGradient(clip(row, -1, 2), { row: [-3, 0.5, 7] });
  });

  test('where chooses by the condition and splits the gradient [#60]', async () => {
    const chosen = where(greater(x, 0), row, multiply(x, 2));
    await expectValue(chosen, { x: [1, -2, 3, -4, 5, -6], row: [7, 8, 9] }, [7, -4, 9, -8, 8, -12]);
    await expectGradient(chosen, { x: [1, -2, 3, -4, 5, -6], row: [7, 8, 9] });
    await expectGradient(where(greater(scalar(1), 0), column, row), { column: numbers(2), row: numbers(3) });
  });

  test('casts truncate towards zero and carry gradient between floats only', async () => {
    await expectValue(cast(row, 'int32'), { row: [-1.7, 0.2, 2.9] }, [-1, 0, 2]);
    await expectValue(cast(row, 'uint8'), { row: [0.5, 100.9, 255] }, [0, 100, 255]);
    await expectValue(cast(row, 'int64'), { row: [-7.5, 0, 1e9] }, [-7, 0, 1e9]);
    await expectValue(cast(row, 'bool'), { row: [-0.5, 0, 3] }, [1, 0, 1]);
    const bytes = input('bytes', 'uint8', [3]);
    await expectValue(divide(cast(bytes, 'float32'), 255), { bytes: [0, 51, 255] }, [0, 0.2, 1]);
    expect(cast(row, 'float32')).toBe(row);
  });
});

describe('whole numbers', () => {
  test.each(['int32', 'int64', 'uint32'] as const)('%s arithmetic is exact', async (dtype) => {
    const a = input('a', dtype, [2]);
    const b = input('b', dtype, [2]);
    const feeds = { a: [100_003, 7], b: [11, 3] };
    await expectValue(add(a, b), feeds, [100_014, 10]);
    await expectValue(subtract(a, b), feeds, [99_992, 4]);
    await expectValue(multiply(a, b), feeds, [1_100_033, 21]);
    await expectValue(divide(a, b), feeds, [9091, 2]);
  });

  test('uint32 wraps around', async () => {
    const a = input('a', 'uint32', [2]);
    await expectValue(add(a, 5), { a: [4_294_967_295, 1] }, [4, 6]);
    await expectValue(multiply(a, 0x7feb352d), { a: [0xdeadbeef, 3] }, [
      Math.imul(0xdeadbeef, 0x7feb352d) >>> 0,
      Math.imul(3, 0x7feb352d) >>> 0,
    ]);
  });
});
