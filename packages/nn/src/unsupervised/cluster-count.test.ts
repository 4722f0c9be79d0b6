import { describe, expect, test } from 'vitest';
import { blobs } from '../data/generators.ts';
import { elbow, silhouetteCurve } from './cluster-count.ts';
import { silhouette } from './cluster-scores.ts';
import { kMeans } from './k-means.ts';

describe('elbow', () => {
  test('is at the true number of clusters', () => {
    const { x } = blobs({ count: 200, classes: 4, features: 3, spread: 0.2, seed: 11 });
    const { curve, k } = elbow(x, [1, 2, 3, 4, 5, 6, 7, 8], { nInit: 8 });
    expect(k).toBe(4);
    expect(curve.map((point) => point.k)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(curve[0]!.inertia).toBeGreaterThan(curve[7]!.inertia);
  });

  test('refuses fewer than three numbers, or numbers out of order', () => {
    expect(() => elbow([[1]], [1, 2])).toThrow('not three or more ascending');
    expect(() => elbow([[1]], [1, 3, 2])).toThrow('not three or more ascending');
  });
});

describe('silhouetteCurve', () => {
  const { x } = blobs({ count: 200, classes: 4, features: 3, spread: 0.2, seed: 11 });

  test('is highest at the true number of clusters, with all samples or a draw', () => {
    const whole = silhouetteCurve(x, [2, 3, 4, 5, 6], { nInit: 8 });
    expect(whole.k).toBe(4);
    const { labels } = kMeans({ k: 3, nInit: 8 }).fit(x);
    expect(whole.curve[1]!.silhouette).toBeCloseTo(silhouette(x, labels).mean, 10);
    const drawn = silhouetteCurve(x, [2, 3, 4, 5, 6], { nInit: 8, sampleSize: 60 });
    expect(drawn.k).toBe(4);
    expect(drawn.curve[2]!.silhouette).not.toBe(whole.curve[2]!.silhouette);
  });

  test('refuses one cluster, numbers out of order and other options', () => {
    expect(() => silhouetteCurve(x, [1, 2])).toThrow('one cluster has no silhouette');
    expect(() => silhouetteCurve(x, [3, 2])).toThrow('not two or more ascending');
    expect(() => silhouetteCurve(x, [2, 3], { sampleSize: 0 })).toThrow('sampleSize is 0');
    expect(() => silhouetteCurve(x, [2, 3], { starts: 2 } as object)).toThrow("no option 'starts'");
  });
});
