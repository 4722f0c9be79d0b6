import { describe, expect, it } from 'vitest';
import { CENTRES, coverage, realPoints, trainGan } from './gan.ts';

describe('the generative adversarial network', () => {
  it('[#98] covers all four clusters, which its generator has never seen', async () => {
    const { near, distance } = await trainGan({
      generatorRate: 2e-3,
      discriminatorRate: 4e-3,
      epochs: 100,
      seed: 0,
    });
    expect(distance).toBeLessThan(0.2);
    for (const share of near) expect(share).toBeGreaterThan(0.1);
  });

  it('coverage is 0 for real points, and 1 for points at no centre', () => {
    const real = realPoints(4000, 1);
    // Of normal points in the plane exp(-8) lie beyond four standard deviations.
    expect(coverage({ data: real.data as Float32Array, shape: real.shape }).distance).toBeLessThan(0.002);
    expect(coverage({ data: new Float32Array(20), shape: [10, 2] }).distance).toBe(1);
    const one = Float32Array.from({ length: 20 }, (_, i) => CENTRES[0]![i % 2]!);
    expect(coverage({ data: one, shape: [10, 2] }).distance).toBeCloseTo(0.75, 10);
  });
});
