import { generator, randomKey } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digits } from '../data/digits.ts';
import { blobs } from '../data/generators.ts';
import { iris } from '../data/small-sets.ts';
import { adjustedRandIndex, purity } from './cluster-scores.ts';
import { kMeans } from './k-means.ts';
import { miniBatchKMeans } from './mini-batch-k-means.ts';

const whole = { validation: 0, test: 0 };

/** Distances written out pair by pair. */
function nearest(
  x: ArrayLike<number>,
  centres: ArrayLike<number>,
  width: number,
): { labels: number[]; inertia: number } {
  let inertia = 0;
  const labels = Array.from({ length: x.length / width }, (_, row) => {
    const distances = Array.from({ length: centres.length / width }, (_, c) =>
      Array.from({ length: width }, (_, j) => (x[row * width + j]! - centres[c * width + j]!) ** 2).reduce(
        (a, b) => a + b,
      ),
    );
    inertia += Math.min(...distances);
    return distances.indexOf(Math.min(...distances));
  });
  return { labels, inertia };
}

describe('kMeans', () => {
  // scikit-learn 1.9.1, best of 10 starts.
  test('[#94] [K3] finds the clusters of the digits: inertia 1,165,189 and adjusted Rand index 0.666', async () => {
    const { x, y } = (await digits(whole)).train;
    const found = kMeans({ k: 10, nInit: 10 }).fit(x);
    expect(found.labels.length).toBe(1797);
    expect(found.centres.shape).toEqual([10, 64]);
    expect(Math.abs(found.inertia - 1_165_189)).toBeLessThan(60);
    expect(adjustedRandIndex(found.labels, y.data)).toBeCloseTo(0.666, 2);
    expect(purity(found.labels, y.data)).toBeGreaterThan(0.75);
  });

  // 400 single starts of scikit-learn 1.9.1 (random_state 0 to 399): median 1,170,063, 3.75 % above 1,218,629. Of 30 starts
  // with that distribution fewer than 7 lie below the median, or more than 5 above 1,218,629, with probability below 0.002.
  test('single starts on the digits are as good as those of scikit-learn', async () => {
    const { x } = (await digits(whole)).train;
    const inertias = Array.from({ length: 30 }, (_, seed) => kMeans({ k: 10, seed }).fit(x).inertia);
    expect(Math.min(...inertias)).toBeGreaterThan(1_165_100);
    expect(inertias.filter((inertia) => inertia < 1_170_063).length).toBeGreaterThanOrEqual(7);
    expect(inertias.filter((inertia) => inertia > 1_218_629).length).toBeLessThanOrEqual(5);
  });

  // scikit-learn 1.9.1, best of 10.
  test('[#94] [K3] finds the clusters of the irises: inertia 78.851 and adjusted Rand index 0.730', async () => {
    const { x, y } = (await iris(whole)).train;
    const found = kMeans({ k: 3, nInit: 10 }).fit(x);
    expect(found.inertia).toBeCloseTo(78.851, 3);
    expect(adjustedRandIndex(found.labels, y.data)).toBeCloseTo(0.73, 3);
  });

  test('ends where every label is the nearest centre and every centre the mean of its samples', () => {
    const cases = fc.record({
      count: fc.integer({ min: 9, max: 200 }),
      width: fc.integer({ min: 1, max: 7 }),
      k: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
      far: fc.constantFrom(0, 1e6),
    });
    fc.assert(
      fc.property(cases, ({ count, width, k, seed, far }) => {
        const random = generator(randomKey(seed, 'cases'));
        const data = Float64Array.from({ length: count * width }, () => far + random.normal());
        const found = kMeans({ k, seed, tolerance: 0 }).fit({ data, shape: [count, width] });
        const expected = nearest(data, found.centres.data, width);
        expect(Array.from(found.labels)).toEqual(expected.labels);
        expect(found.inertia / (expected.inertia + 1e-9)).toBeCloseTo(1, 6);
        const members = Array.from(
          { length: k },
          (_, c) => expected.labels.filter((label) => label === c).length,
        );
        expect(Math.min(...members)).toBeGreaterThan(0);
        const mean = Array.from({ length: k * width }, () => 0);
        for (let i = 0; i < data.length; i++) {
          const label = expected.labels[Math.floor(i / width)]!;
          mean[label * width + (i % width)]! += data[i]! / members[label]!;
        }
        for (const [i, value] of mean.entries()) expect(found.centres.data[i]! - value).toBeCloseTo(0, 7);
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  test('takes the same way with the bounds of Elkan as with all distances', () => {
    const cases = fc.record({
      count: fc.integer({ min: 12, max: 300 }),
      width: fc.integer({ min: 1, max: 9 }),
      k: fc.integer({ min: 1, max: 12 }),
      seed: fc.nat(),
      isClustered: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ count, width, k, seed, isClustered }) => {
        const spread = isClustered ? 0.5 : 20;
        const { x } = blobs({ count, features: width, classes: 5, spread, seed });
        for (const maxIterations of [1, 3, 300]) {
          const options = { k, seed, maxIterations, tolerance: 0 };
          const all = kMeans({ ...options, algorithm: 'lloyd' }).fit(x);
          const few = kMeans({ ...options, algorithm: 'elkan' }).fit(x);
          expect(few.iterations).toBe(all.iterations);
          expect(few.labels).toEqual(all.labels);
          expect(few.centres).toEqual(all.centres);
        }
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  test('[#94] finds the same clusters of the digits with the bounds of Elkan', async () => {
    const { x } = (await digits(whole)).train;
    const all = kMeans({ k: 10, nInit: 3, algorithm: 'lloyd' }).fit(x);
    const few = kMeans({ k: 10, nInit: 3, algorithm: 'elkan' }).fit(x);
    expect(few.labels).toEqual(all.labels);
    expect(few.inertia).toBe(all.inertia);
  });

  test('finds the line of four points by hand', () => {
    const found = kMeans({ k: 2, nInit: 5 }).fit([[0], [1], [10], [11]]);
    expect(Array.from(found.centres.data).sort((a, b) => a - b)).toEqual([0.5, 10.5]);
    expect(found.inertia).toBeCloseTo(1, 12);
    expect(found.score([[0.5], [12.5]])).toBeCloseTo(-4, 12);
    const [low, high] = found.predict([[-3], [40]]);
    expect(found.centres.data[low!]).toBe(0.5);
    expect(found.centres.data[high!]).toBe(10.5);
    const { data, shape } = found.distances([[0.5]]);
    expect(shape).toEqual([1, 2]);
    expect(Array.from(data).sort((a, b) => a - b)).toEqual([0, 10]);
  });

  test('counts a sample of weight 3 as three samples and ignores weight 0', () => {
    const weighted = kMeans({ k: 1 }).fit([[0], [4], [99]], { sampleWeight: [3, 1, 0] });
    expect(weighted.centres.data[0]).toBeCloseTo(1, 12);
    expect(weighted.inertia).toBeCloseTo(12, 10);
  });

  test('repeats exactly with the same seed and starts where it is told', () => {
    const { x } = blobs({ count: 300, classes: 6, seed: 2 });
    expect(kMeans({ k: 6, seed: 3 }).fit(x).labels).toEqual(kMeans({ k: 6, seed: 3 }).fit(x).labels);
    const given = kMeans({ k: 2, init: [[0], [7]], maxIterations: 1 }).fit([[0], [1], [10], [11]]);
    expect(Array.from(given.labels)).toEqual([0, 0, 1, 1]);
    expect(Array.from(given.centres.data)).toEqual([0.5, 10.5]);
  });

  test('gives an empty cluster the farthest sample', () => {
    const found = kMeans({ k: 2, init: [[0], [1000]] }).fit([[0], [1], [2], [30]]);
    expect(Array.from(found.centres.data)).toEqual([1, 30]);
  });

  test('leaves clusters empty when there are fewer different samples', () => {
    const found = kMeans({ k: 3 }).fit([[1], [1], [2], [2]]);
    expect(found.inertia).toBe(0);
    expect(new Set(found.labels).size).toBe(2);
  });

  test('finds clusters far apart whatever the start', () => {
    const { x, y } = blobs({ count: 400, classes: 5, features: 8, spread: 0.1, seed: 4 });
    for (const init of ['kMeans++', 'random'] as const) {
      expect(adjustedRandIndex(kMeans({ k: 5, init, nInit: 20 }).fit(x).labels, y.data)).toBe(1);
    }
  });

  test('refuses what cannot be', () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => kMeans({ k: 3 }).fit([[1], [2]]), 'kMeans: 2 samples cannot form 3 clusters'],
      [() => kMeans({ k: 0 }), 'kMeans: k is 0, outside the integers from 1'],
      [() => kMeans({ clusters: 3 } as object), "kMeans has no option 'clusters'"],
      [() => kMeans({ init: 'best' as 'random' }), "kMeans: unknown init 'best'"],
      [() => kMeans({ algorithm: 'elkin' as 'elkan' }), "unknown algorithm 'elkin'; did you mean 'elkan'?"],
      [() => kMeans({ k: 3, init: [[1], [2]] }), 'init has 2 centres, k is 3'],
      [() => kMeans({ k: 2, init: [[1], [2]], nInit: 4 }), 'nInit is 4, but given centres'],
      [() => kMeans({ k: 1 }).fit([[1, Number.NaN]]), 'row 0, column 1 is NaN'],
      [() => kMeans({ k: 1 }).fit([[1], [2]], { sampleWeight: [1] }), '1 weights for 2 samples'],
      [() => kMeans({ k: 1 }).fit([[1], [2]], { sampleWeight: [1, -1] }), 'the weight of sample 1 is -1'],
      [() => kMeans({ k: 1 }).fit([[1]], { sampleWeight: [0] }), 'all weights are 0'],
      [
        () =>
          kMeans({ k: 1 })
            .fit([[1], [2]])
            .predict([[1, 2]]),
        'samples have 2 values, in the fit they had 1',
      ],
    ];
    for (const [run, message] of cases) {
      expect(run).toThrow(message);
    }
  });
});

describe('miniBatchKMeans', () => {
  test('comes within 5 % of the best inertia of the digits', async () => {
    const { x, y } = (await digits(whole)).train;
    const found = miniBatchKMeans({ k: 10, nInit: 3, batchSize: 512 }).fit(x);
    expect(found.inertia).toBeGreaterThan(1_165_100);
    expect(found.inertia).toBeLessThan(1.05 * 1_165_189);
    expect(adjustedRandIndex(found.labels, y.data)).toBeGreaterThan(0.5);
    expect(found.labels).toEqual(found.predict(x));
  });

  test('finds clusters far apart, again with the same seed', () => {
    const { x, y } = blobs({ count: 3000, classes: 4, features: 5, spread: 0.2, seed: 8 });
    const fit = (): Int32Array => miniBatchKMeans({ k: 4, batchSize: 100, nInit: 5, seed: 1 }).fit(x).labels;
    expect(adjustedRandIndex(fit(), y.data)).toBe(1);
    expect(fit()).toEqual(fit());
  });

  test('moves a neglected centre into the data', () => {
    const { x } = blobs({ count: 2000, classes: 2, spread: 0.1, seed: 3 });
    const init = [
      [0, 0],
      [1e6, 1e6],
    ];
    const stuck = miniBatchKMeans({ k: 2, init, reassignmentRatio: 0, batchSize: 100 }).fit(x);
    const moved = miniBatchKMeans({ k: 2, init, batchSize: 100 }).fit(x);
    expect(new Set(stuck.labels).size).toBe(1);
    expect(new Set(moved.labels).size).toBe(2);
  });

  test('refuses options out of range', () => {
    expect(() => miniBatchKMeans({ batchSize: 0 })).toThrow('batchSize is 0');
    expect(() => miniBatchKMeans({ reassignmentRatio: 1 })).toThrow('reassignmentRatio is 1');
    expect(() => miniBatchKMeans({ k: 5 }).fit([[1]])).toThrow('1 samples cannot form 5 clusters');
  });
});
