import { generator, randomKey } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digits } from '../data/digits.ts';
import { iris } from '../data/small-sets.ts';
import { pca } from './pca.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

describe('symmetricEigen', () => {
  test('of random symmetric matrices: A v = lambda v, orthonormal vectors, descending values', () => {
    const cases = fc.record({
      n: fc.integer({ min: 1, max: 24 }),
      seed: fc.nat(),
      rank: fc.integer({ min: 0, max: 24 }),
    });
    fc.assert(
      fc.property(cases, ({ n, seed, rank }) => {
        const random = generator(randomKey(seed));
        const factor = Float64Array.from({ length: n * rank }, () => random.normal());
        const matrix = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            for (let r = 0; r < rank; r++)
              matrix[i * n + j]! += factor[i * rank + r]! * factor[j * rank + r]!;
          }
        }
        const { values, vectors } = symmetricEigen(matrix, n);
        const scale = 1 + Math.abs(values[0]!);
        for (let a = 0; a < n; a++) {
          if (a > 0) expect(values[a]!).toBeLessThanOrEqual(values[a - 1]!);
          for (let b = 0; b < n; b++) {
            let dot = 0;
            let product = 0;
            for (let j = 0; j < n; j++) {
              dot += vectors[a * n + j]! * vectors[b * n + j]!;
              product += matrix[b * n + j]! * vectors[a * n + j]!;
            }
            expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-12);
            expect(Math.abs(product - values[a]! * vectors[a * n + b]!) / scale).toBeLessThan(1e-12);
          }
        }
      }),
      { seed: 8, numRuns: 60 },
    );
  });
});

describe('pca', () => {
  // explained_variance_ratio_ of sklearn.decomposition.PCA on load_iris, as widely published (0.92461872, 0.05306648, ...).
  test('[#93] of the irises explains 92.46, 5.31, 1.71 and 0.52 percent', async () => {
    const { x } = (await iris({ validation: 0, test: 0 })).train;
    const { explainedVarianceRatio, explainedVariance } = pca().fit(x);
    const expected = [0.92461872, 0.05306648, 0.01710261, 0.00521218];
    for (const [i, ratio] of expected.entries()) expect(explainedVarianceRatio[i]).toBeCloseTo(ratio, 7);
    expect(explainedVariance[0]).toBeCloseTo(4.22824171, 7);
  });

  // The singular values of the centred data, by one-sided Jacobi rotations, squared and divided by n - 1.
  test('[#93] equals the singular value decomposition of the centred data', () => {
    const [rows, width] = [30, 6];
    const random = generator(randomKey(3, 'svd'));
    const data = Float64Array.from(
      { length: rows * width },
      (_, i) => random.normal() * (1 + (i % width)) + 5,
    );
    const columns = Array.from({ length: width }, (_, j) => {
      const column = Array.from({ length: rows }, (_, i) => data[i * width + j]!);
      const mean = column.reduce((a, b) => a + b) / rows;
      return column.map((value) => value - mean);
    });
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    for (let sweep = 0; sweep < 40; sweep++) {
      for (let p = 0; p < width; p++) {
        for (let q = p + 1; q < width; q++) {
          const [u, v] = [columns[p]!, columns[q]!];
          const angle = 0.5 * Math.atan2(2 * dot(u, v), dot(u, u) - dot(v, v));
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          columns[p] = u.map((value, i) => c * value + s * v[i]!);
          columns[q] = u.map((value, i) => -s * value + c * v[i]!);
        }
      }
    }
    const singular = columns.map((column) => dot(column, column) / (rows - 1)).sort((a, b) => b - a);
    const { explainedVariance } = pca().fit({ data, shape: [rows, width] });
    for (const [i, value] of singular.entries()) expect(explainedVariance[i]! / value).toBeCloseTo(1, 10);
  });

  test('keeps as many components as a share of the variance takes, and no more', async () => {
    const { x } = (await digits({ validation: 0, test: 0 })).train;
    const { components, explainedVarianceRatio } = pca({ components: 0.9 }).fit(x);
    const sum = explainedVarianceRatio.reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThanOrEqual(0.9);
    expect(sum - explainedVarianceRatio.at(-1)!).toBeLessThan(0.9);
    // PCA(0.9).fit(load_digits().data).n_components_ is 21.
    expect(components.shape).toEqual([21, 64]);
  });

  test('gives samples back exactly with all components', () => {
    const x = [
      [1, 2, 3],
      [4, 0, 1],
      [2, 2, 9],
      [7, 1, 1],
    ];
    const { transform, inverse } = pca().fit(x);
    const back = inverse(transform(x));
    for (const [i, value] of x.flat().entries()) expect(back.data[i]).toBeCloseTo(value, 10);
  });

  // Samples on a plane in five dimensions; outliers leave it by 3 units. AUC 1 means that every outlier has the larger error.
  test('[#93] reconstruction errors rank injected outliers above all others', () => {
    const random = generator(randomKey(5, 'plane'));
    const axes = Array.from({ length: 10 }, () => random.normal());
    const sample = (off: number): number[] => {
      const [a, b] = [random.normal(), random.normal()];
      return Array.from({ length: 5 }, (_, j) => a * axes[j]! + b * axes[5 + j]! + off * random.normal());
    };
    const normal = Array.from({ length: 200 }, () => sample(0.05));
    const outliers = Array.from({ length: 20 }, () => sample(3));
    const { reconstructionErrors } = pca({ components: 2 }).fit(normal);
    expect(Math.min(...reconstructionErrors(outliers))).toBeGreaterThan(
      Math.max(...reconstructionErrors(normal)),
    );
  });

  test('refuses what cannot be', () => {
    expect(() => pca({ components: 0 })).toThrow('components is 0');
    expect(() =>
      pca({ components: 3 }).fit([
        [1, 2],
        [3, 4],
      ]),
    ).toThrow('components is 3, the data have at most 2');
    expect(() => pca().fit([[1, 2]])).toThrow('one sample has no variance');
    expect(() =>
      pca()
        .fit([
          [1, 2],
          [3, 4],
        ])
        .transform([[1]]),
    ).toThrow('samples have 1 values');
  });
});
