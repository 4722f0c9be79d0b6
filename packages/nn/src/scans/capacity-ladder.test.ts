import { describe, expect, test } from 'vitest';
import type { Samples } from '../data/dataset.ts';
import { spirals, xor } from '../data/generators.ts';
import { trainValidationSplit } from '../data/split.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { type Capacity, capacityLadder, type LadderRung } from './capacity-ladder.ts';

function build({ layers: depth, units }: Capacity): Model {
  return sequential([
    layers.input({ shape: [2] }),
    ...Array.from({ length: depth }, () => layers.dense({ units, activation: 'relu' })),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

const halves = (samples: Samples) =>
  trainValidationSplit(samples, { validation: 0.3, shuffle: true, seed: 1 });

describe('capacityLadder', () => {
  test('[#25] XOR: no hidden layer fails, one passes, and the ladder stops there or soon after', async () => {
    const seen: LadderRung[] = [];
    const { best, rungs, text } = await capacityLadder(build, halves(xor({ count: 300, seed: 2 })), {
      fit: { epochs: 60 },
      metric: 'accuracy',
      onRung: (rung) => seen.push(rung),
    });
    expect(rungs[0]).toMatchObject({ layers: 0, change: 'start', accepted: true });
    expect(rungs[0]!.score).toBeLessThan(0.7);
    expect(best.layers).toBeGreaterThanOrEqual(1);
    expect(best.score).toBeGreaterThan(0.9);
    expect(seen).toEqual(rungs);
    expect(text).toContain('neither deeper nor wider');
  });

  test('[#25] spirals, step by step: no hidden layer fails, deeper and wider pass; every accepted size is better than the one before', async () => {
    const { best, rungs } = await capacityLadder(build, halves(spirals({ count: 400, noise: 0, seed: 2 })), {
      fit: { epochs: 150, batchSize: 16 },
      metric: 'accuracy',
      maxUnits: 32,
    });
    expect(rungs[0]!.score).toBeLessThan(0.75);
    expect(best.score).toBeGreaterThan(0.9);
    const accepted = rungs.filter((rung) => rung.accepted);
    expect(accepted.length).toBeGreaterThanOrEqual(2);
    for (const [i, rung] of accepted.entries()) {
      if (i > 0) expect(rung.score).toBeGreaterThan(accepted[i - 1]!.score * 1.02);
      expect(['start', 'deeper', 'wider']).toContain(rung.change);
    }
    expect(accepted.at(-1)).toEqual(best);
    expect(best.parameters).toBe(build(best).countParams());
  });

  test('ends where the largest size is reached, and refuses what is not measured', async () => {
    const data = halves(xor({ count: 100, seed: 2 }));
    const { rungs, text } = await capacityLadder(build, data, { fit: { epochs: 1 }, maxLayers: 0 });
    expect(rungs).toHaveLength(1);
    expect(text).toContain('the largest size is reached');
    await expect(capacityLadder(build, data, { metric: 'recall' })).rejects.toMatchObject({
      code: 'LU_SCAN_METRIC',
    });
    await expect(capacityLadder(build, data, { maxUnits: 0 })).rejects.toMatchObject({
      code: 'LU_SCAN_OPTION',
    });
  });
});
