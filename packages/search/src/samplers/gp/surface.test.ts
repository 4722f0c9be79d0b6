import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { float, space } from '../../space/define.ts';
import { logExpectedImprovement } from './acquisition.ts';
import type { Observation } from './evidence.ts';
import { geometry } from './geometry.ts';
import { createModel, signatureOf } from './model.ts';
import { createSurface } from './surface.ts';

const SHAPE = geometry(space({ x: float(0, 1), y: float(0, 1) }));
const random = generator(randomKey(1, 'surface'));
const OBSERVATIONS = Array.from({ length: 40 }, (_, number): Observation => {
  const point = Float64Array.of(random.uniform(), random.uniform());
  const value = Math.sin(5 * point[0]!) - (point[1]! - 0.4) ** 2 + 0.3 * random.normal();
  return { number, ended: number, point, value, repeats: 1, uncertainty: 0, complete: true };
});
// Of known parameters: the noise has the variance e^-2.
const MODEL = createModel(SHAPE, OBSERVATIONS, 40, {
  signature: signatureOf(SHAPE),
  theta: [-1, -0.5, 0.2, -2, -1],
  transform: 'standard',
  fitted: 40,
  searched: 40,
});
const SURFACE = createSurface(
  SHAPE,
  MODEL,
  { observations: OBSERVATIONS, labels: [], pending: [], total: 40 },
  undefined,
);

describe('createSurface', () => {
  it('is the expected improvement times the share of news that noise leaves', () => {
    const noise = Math.exp(-1);
    for (const row of [Float64Array.of(0.3, 0.4), Float64Array.of(0.9, 0.1)]) {
      const [mean, deviation] = [new Float64Array(1), new Float64Array(1)];
      MODEL.belief.predict(row, 1, mean, deviation);
      const share = 1 - noise / Math.sqrt(deviation[0]! ** 2 + noise ** 2);
      const expected = logExpectedImprovement(mean[0]!, deviation[0]!, MODEL.incumbent) + Math.log(share);
      expect(SURFACE.score(row, 1)[0]).toBeCloseTo(expected, 10);
      expect(SURFACE.screen(row, 1)[0]).toBeCloseTo(expected, 10);
    }
  });

  it('descends along the derivatives of finite differences', () => {
    const gradient = new Float64Array(2);
    const scratch = new Float64Array(2);
    for (const at of [
      [0.31, 0.62],
      [0.9, 0.05],
    ]) {
      const row = Float64Array.from(at);
      expect(SURFACE.descend(row, gradient)).toBeCloseTo(-SURFACE.score(row, 1)[0]!, 10);
      for (const k of [0, 1]) {
        const h = 1e-6;
        const moved = (by: number): number =>
          SURFACE.descend(
            row.map((u, i) => (i === k ? u + by : u)),
            scratch,
          );
        const expected = (moved(h) - moved(-h)) / (2 * h);
        expect(Math.abs(gradient[k]! - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
      }
    }
  });
});
