import { describe, expect, it } from 'vitest';
import { generator } from '../random/generator.ts';
import { randomKey } from '../random/key.ts';
import {
  choleskyAppendRow,
  choleskyInPlace,
  choleskyInverse,
  choleskyLogDeterminant,
  solveLower,
  solveLowerRows,
  solveLowerTransposed,
} from './cholesky.ts';

/** A lower factor with diagonal in [1, 2] and its product L Lᵀ, in the order of definition. */
function problem(size: number, stride = size): { factor: Float64Array; matrix: Float64Array } {
  const random = generator(randomKey(size, 'cholesky'));
  const factor = new Float64Array(size * stride);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) factor[i * stride + j] = random.normal() / Math.sqrt(size);
    factor[i * stride + i] = 1 + random.uniform();
  }
  const matrix = new Float64Array(size * stride);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k <= Math.min(i, j); k++) sum += factor[i * stride + k]! * factor[j * stride + k]!;
      matrix[i * stride + j] = sum;
    }
  }
  return { factor, matrix };
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}

const SIZES = [1, 2, 3, 7, 47, 48, 49, 50, 97, 131, 200];

describe('choleskyInPlace', () => {
  it('finds the factor that a product was made of, at every remainder of the blocks', () => {
    for (const size of SIZES) {
      const stride = size + (size % 3);
      const { factor, matrix } = problem(size, stride);
      const worked = matrix.slice();
      expect(choleskyInPlace(worked, size, stride)).toBe(true);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const at = i * stride + j;
          if (j <= i) expect(Math.abs(worked[at]! - factor[at]!)).toBeLessThan(1e-11);
          // The upper triangle is left alone.
          else expect(worked[at]).toBe(matrix[at]);
        }
      }
    }
  });

  it('keeps seven digits of the factor of a Hilbert matrix, condition 1.5e7 (60-digit values)', () => {
    const expected = [
      [1],
      [0.5, 0.28867513459481287],
      [0.3333333333333333, 0.28867513459481287, 0.07453559924999299],
      [0.25, 0.25980762113533157, 0.11180339887498948, 0.01889822365046136],
      [0.2, 0.2309401076758503, 0.12777531299998798, 0.03779644730092272, 0.004761904761904762],
      [
        0.16666666666666666, 0.20619652471058064, 0.13309928437498747, 0.052495065695726005,
        0.011904761904761904, 0.0011964735895943,
      ],
    ];
    const hilbert = Float64Array.from({ length: 36 }, (_, at) => 1 / (Math.floor(at / 6) + (at % 6) + 1));
    expect(choleskyInPlace(hilbert, 6)).toBe(true);
    for (const [i, row] of expected.entries())
      for (const [j, value] of row.entries())
        expect(Math.abs(hilbert[6 * i + j]! / value - 1)).toBeLessThan(1e-7);
  });

  it('reports a matrix that is not positive definite or not finite', () => {
    expect(choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(Number.NaN), 1)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(Number.POSITIVE_INFINITY), 1)).toBe(false);
  });
});

describe('choleskyAppendRow', () => {
  it('gives the factor of the extended matrix', () => {
    const { factor, matrix } = problem(60);
    const grown = new Float64Array(60 * 60);
    for (let i = 0; i < 60; i++) {
      expect(choleskyAppendRow(grown, i, 60, matrix.subarray(i * 60, i * 60 + i + 1))).toBe(true);
    }
    expect(largestDifference(grown, factor)).toBeLessThan(1e-12);
  });

  it('refuses a row that depends on the others, and one without room', () => {
    const factor = Float64Array.of(1, 0, 0, 0);
    expect(choleskyAppendRow(factor, 1, 2, [1, 1])).toBe(false);
    expect(() => choleskyAppendRow(factor, 2, 2, [1, 1, 3])).toThrow('room');
  });
});

describe('solves, inverse and determinant', () => {
  it('undo the factor', () => {
    for (const size of SIZES) {
      const { factor, matrix } = problem(size);
      const random = generator(randomKey(size, 'solve'));
      const x = Float64Array.from({ length: size }, () => random.normal());
      const product = new Float64Array(size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) product[i]! += matrix[i * size + j]! * x[j]!;
      solveLower(factor, size, product);
      solveLowerTransposed(factor, size, product);
      expect(largestDifference(product, x)).toBeLessThan(1e-9);
    }
  });

  it('solve many right-hand sides as one by one', () => {
    const { factor } = problem(37);
    const random = generator(randomKey('rows'));
    const rows = Float64Array.from({ length: 11 * 40 }, () => random.normal());
    const expected = rows.slice();
    for (let r = 0; r < 11; r++) solveLower(factor, 37, expected, 37, r * 40);
    solveLowerRows(factor, 37, rows, 11, 40);
    expect(largestDifference(rows, expected)).toBeLessThan(1e-12);
  });

  it('the inverse times the matrix is the identity', () => {
    for (const size of [1, 2, 33, 90]) {
      const { factor, matrix } = problem(size);
      const inverse = choleskyInverse(factor, size);
      // What a room held before does not matter.
      const room = {
        columns: new Float64Array(size * size).fill(Number.NaN),
        inverse: new Float64Array(size * size).fill(Number.NaN),
      };
      expect(choleskyInverse(factor, size, size, room)).toBe(room.inverse);
      expect(room.inverse).toEqual(inverse);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = 0;
          for (let k = 0; k < size; k++) sum += inverse[i * size + k]! * matrix[k * size + j]!;
          expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(1e-10);
        }
      }
    }
  });

  it('the log determinant of a diagonal matrix is the sum of its logarithms', () => {
    const factor = Float64Array.of(2, 0, 0, 0, 3, 0, 0, 0, 5);
    expect(choleskyLogDeterminant(factor, 3)).toBeCloseTo(2 * Math.log(30), 13);
  });
});
