import { renderSvg, scoreCurveChart } from '@luthier/plots';
import { expect, test } from 'vitest';
import { capacityCurve } from './capacity.ts';

test('[#37] over the degree of a polynomial the held-out loss has the shape of a U, and the training loss falls', async () => {
  const curve = await capacityCurve();
  const degrees = curve.points.map(({ at }) => at);
  const [train, held] = (['train', 'validation'] as const).map((part) =>
    curve.points.map((point) => point[part].loss!.mean),
  ) as [number[], number[]];
  const best = held.indexOf(Math.min(...held));
  // The samples are of a cubic.
  expect(degrees[best]).toBe(3);
  expect(held[0]).toBeGreaterThan(2 * held[best]!);
  expect(held.at(-1)).toBeGreaterThan(1.5 * held[best]!);
  for (let i = best; i + 1 < held.length; i++) expect(held[i + 1]).toBeGreaterThan(held[i]!);
  for (let i = 0; i + 1 < train.length; i++) expect(train[i + 1]).toBeLessThan(train[i]!);
  // Variance: what is gained on the training parts is lost on the held-out ones.
  expect(held.at(-1)! - train.at(-1)!).toBeGreaterThan(3 * (held[best]! - train[best]!));
  expect(renderSvg(scoreCurveChart(curve), { width: 960, height: 480 })).toContain(
    'validation curve: loss by degree',
  );
}, 60_000);
