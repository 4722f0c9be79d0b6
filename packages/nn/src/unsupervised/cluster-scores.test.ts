import { describe, expect, test } from 'vitest';
import { blobs } from '../data/generators.ts';
import { adjustedRandIndex, purity, silhouette } from './cluster-scores.ts';

describe('adjustedRandIndex', () => {
  // Values of the documentation of sklearn.metrics.adjusted_rand_score.
  test.each([
    [[0, 0, 1, 1], [0, 0, 1, 1], 1],
    [[0, 0, 1, 1], [1, 1, 0, 0], 1],
    [[0, 0, 1, 2], [0, 0, 1, 1], 0.5714285714285714],
    [[0, 0, 1, 1], [0, 0, 1, 2], 0.5714285714285714],
    [[0, 0, 0, 0], [0, 1, 2, 3], 0],
    [[0, 0, 1, 1], [0, 1, 0, 1], -0.5],
  ])('of %j and %j', (a, b, expected) => {
    expect(adjustedRandIndex(a, b)).toBeCloseTo(expected, 12);
  });

  test('refuses labels of other samples', () => {
    expect(() => adjustedRandIndex([0, 1], [0])).toThrow('2 and 1 labels');
    expect(() => adjustedRandIndex([], [])).toThrow('0 and 0 labels');
  });
});

test('purity is the share of the most frequent classes', () => {
  expect(purity([0, 0, 0, 1, 1], [4, 4, 9, 9, 9])).toBe(0.8);
});

describe('silhouette', () => {
  // By hand: points 0, 1 | 5. a(0) = 1, b(0) = 5; a(1) = 1, b(1) = 4; the third is alone.
  test('of three points on a line', () => {
    const { mean, values } = silhouette([[0], [1], [5]], [7, 7, 3]);
    expect(Array.from(values)).toEqual([0.8, 0.75, 0]);
    expect(mean).toBeCloseTo(1.55 / 3, 12);
  });

  test('prefers the true number of clusters', () => {
    const { x, y } = blobs({ count: 120, classes: 3, spread: 0.3, seed: 5 });
    const merged = y.data.map((label) => Math.min(label, 1));
    expect(silhouette(x, y.data).mean).toBeGreaterThan(silhouette(x, merged).mean);
  });

  test('refuses a single cluster', () => {
    expect(() => silhouette([[1], [2]], [0, 0])).toThrow('all samples are in one cluster');
  });
});
