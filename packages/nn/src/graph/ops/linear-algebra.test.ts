import { describe, expect, test } from 'vitest';
import { expectGradient, expectValue, numbers } from '../testing.ts';
import { gemm, matmul, swapAxes } from './linear-algebra.ts';
import { input } from './sources.ts';

const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

describe('matmul', () => {
  test('multiplies rows by columns', async () => {
    const a = input('a', 'float32', [2, 2]);
    const b = input('b', 'float32', [2, 2]);
    const feeds = { a: [1, 2, 3, 4], b: [5, 6, 7, 8] };
    await expectValue(matmul(a, b), feeds, [19, 22, 43, 50]);
    await expectValue(matmul(a, b, { transposeA: true }), feeds, [26, 30, 38, 44]);
    await expectValue(matmul(a, b, { transposeB: true }), feeds, [17, 23, 39, 53]);
    await expectValue(matmul(a, b, { transposeA: true, transposeB: true }), feeds, [23, 31, 34, 46]);
  });

  test.each(flags)(
    'has the gradient of finite differences, transposes %s %s [#60]',
    async (transposeA, transposeB) => {
      const a = input('a', 'float32', transposeA ? [4, 3] : [3, 4]);
      const b = input('b', 'float32', transposeB ? [2, 4] : [4, 2]);
      await expectGradient(matmul(a, b, { transposeA, transposeB }), {
        a: numbers(12),
        b: numbers(8, 1, 40),
      });
    },
  );

  test.each(flags)('batches broadcast, transposes %s %s [#60]', async (transposeA, transposeB) => {
    const a = input('a', 'float32', transposeA ? [2, 1, 2, 3] : [2, 1, 3, 2]);
    const b = input('b', 'float32', transposeB ? [3, 4, 2] : [3, 2, 4]);
    const product = matmul(a, b, { transposeA, transposeB });
    expect(product.shape).toEqual([2, 3, 3, 4]);
    await expectGradient(product, { a: numbers(12), b: numbers(24, 1, 40) });
  });

  test('a batch of rows times one matrix has the gradient of finite differences [#60]', async () => {
    const a = input('a', 'float32', [2, 3, 4]);
    const b = input('b', 'float32', [4, 2]);
    await expectGradient(matmul(a, b), { a: numbers(24), b: numbers(8, 1, 40) });
    await expectValue(swapAxes(b), { b: [1, 2, 3, 4, 5, 6, 7, 8] }, [1, 3, 5, 7, 2, 4, 6, 8]);
  });
});

describe('gemm', () => {
  const a = input('a', 'float32', [2, 2]);
  const b = input('b', 'float32', [2, 2]);
  const c = input('c', 'float32', [2]);
  const feeds = { a: [1, 2, 3, 4], b: [5, 6, 7, 8], c: [100, 200] };

  test('scales the product and the addend', async () => {
    await expectValue(gemm(a, b, c), feeds, [119, 222, 143, 250]);
    await expectValue(gemm(a, b, c, { alpha: 2, beta: -0.5 }), feeds, [-12, -56, 36, 0]);
    await expectValue(gemm(a, b, undefined, { alpha: 0.5, transposeA: true }), feeds, [13, 15, 19, 22]);
  });

  test.each(flags)(
    'has the gradient of finite differences, transposes %s %s [#60]',
    async (transposeA, transposeB) => {
      const left = input('left', 'float32', transposeA ? [4, 3] : [3, 4]);
      const right = input('right', 'float32', transposeB ? [2, 4] : [4, 2]);
      const values = { left: numbers(12), right: numbers(8, 1, 40) };
      for (const shape of [[2], [3, 1], [3, 2], []]) {
        const addend = input('addend', 'float32', shape);
        const size = shape.reduce((x, y) => x * y, 1);
        const node = gemm(left, right, addend, { transposeA, transposeB, alpha: 0.75, beta: -2 });
        await expectGradient(node, { ...values, addend: numbers(size, 1, 80) });
      }
      await expectGradient(gemm(left, right, undefined, { transposeA, transposeB }), values);
    },
  );

  test('factors must be finite', () => {
    expect(() => gemm(a, b, c, { alpha: Infinity })).toThrow(
      expect.objectContaining({ code: 'LU_GRAPH_ATTRIBUTE' }),
    );
  });
});
