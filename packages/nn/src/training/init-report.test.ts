import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type Initializer, initializers } from '../initializers/initializer.ts';
import { layers } from '../layers/layers.ts';
import { initReportTable, type LayerSpread } from './init-report.ts';
import { sequential } from './model.ts';

const random = generator(randomKey(1, 'signals'));
const x = { data: Float32Array.from({ length: 128 * 200 }, () => random.normal()), shape: [128, 200] };
const y = Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? 1 : -1));

async function spreads(kernelInitializer: Initializer): Promise<readonly LayerSpread[]> {
  const deep = Array.from({ length: 20 }, () =>
    layers.dense({ units: 200, activation: 'relu', kernelInitializer }),
  );
  const model = sequential([layers.input({ shape: [200] }), ...deep, layers.dense({ units: 1 })], {
    seed: 2,
  }).compile({ loss: 'meanSquaredError' });
  return (await model.initReport({ x, y })).filter(({ kind }) => kind === 'dense').slice(0, 20);
}

describe('initReport', () => {
  it('[#32] of twenty relu layers: He keeps signals within a factor of 2, gradients of 10', async () => {
    const report = await spreads(initializers.heNormal());
    const { activation, gradient } = report[0]!;
    for (const layer of report) {
      expect(layer.activation / activation).toBeGreaterThan(0.5);
      expect(layer.activation / activation).toBeLessThan(2);
      // Deep layers make samples alike, so that their gradients cancel less in the mean over the batch.
      expect(layer.gradient! / gradient!).toBeGreaterThan(0.1);
      expect(layer.gradient! / gradient!).toBeLessThan(10);
    }
  });

  it('[#32] small normals lose both, large ones blow them up', async () => {
    const small = await spreads(initializers.randomNormal({ stddev: 0.01 }));
    expect(small.at(-1)!.activation / small[0]!.activation).toBeLessThan(1e-10);
    expect(small[0]!.gradient).toBeLessThan(1e-10);
    const large = await spreads(initializers.randomNormal({ stddev: 1 }));
    expect(large.at(-1)!.activation / large[0]!.activation).toBeGreaterThan(1e10);
    expect(large[0]!.gradient).toBeGreaterThan(1e10);
  });

  it('measures what is there, by hand, in evaluation mode', async () => {
    const model = sequential([
      layers.dense({ units: 2, inputShape: [1], name: 'a' }),
      layers.dropout(0.9),
      layers.dense({ units: 1, useBias: false, name: 'b', trainable: false }),
    ]).compile({ loss: 'meanSquaredError' });
    model.setWeights({
      'a.kernel': Float32Array.of(3, 4),
      'a.bias': Float32Array.of(0, 0),
      'b.kernel': Float32Array.of(1, 1),
    });
    const report = await model.initReport({ x: [1], y: [5] });
    // The output is 7, the loss 4, its slope 4 by each number of `a`.
    expect(report.map(({ layer, kind }) => [layer, kind])).toEqual([
      ['a', 'dense'],
      ['dropout1', 'dropout'],
      ['b', 'dense'],
    ]);
    expect(report[0]!.activation).toBeCloseTo(Math.sqrt(12.5), 5);
    expect(report[0]!.gradient).toBeCloseTo(4, 5);
    expect(report[1]!.activation).toBeCloseTo(Math.sqrt(12.5), 5);
    expect(report[1]).not.toHaveProperty('gradient');
    expect(report[2]).toEqual({ layer: 'b', kind: 'dense', activation: 7 });
    const lines = initReportTable(report).split('\n');
    expect(lines[0]).toMatch(/^layer +activation +gradient$/);
    expect(lines[1]).toMatch(/^a \(dense\) +3\.54 +4\.00$/);
  });
});
