import type { EpochRecord } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { againstOverfittingOfLargeModel } from './against-overfitting.ts';
import { diagnose } from './diagnose.ts';
import type { DiagnoseOptions } from './verdict.ts';

/** Validation loss turns up at epoch 6 while the training loss falls. */
const overfitting = Array.from({ length: 20 }, (_, epoch): EpochRecord => {
  const loss = 2.3 * Math.exp(-epoch / 4);
  return {
    epoch,
    step: epoch + 1,
    metrics: { loss, valLoss: loss + 0.3 + 0.05 * Math.max(0, epoch - 6) },
    telemetry: {
      dataLoss: loss,
      penalty: 0,
      trainEvalLoss: loss,
      lossVariance: 0,
      gradientNorm: 1,
      weightNorm: 10,
      learningRate: 1e-3,
    },
  };
});
const targets = (options: DiagnoseOptions): readonly string[] => {
  const { verdict, advice } = diagnose(overfitting, options);
  expect(verdict).toBe('overfit');
  return advice.map(({ target }) => target);
};

describe('[#28] advice for models that grow', () => {
  it('is dropout, weight decay (L2) and batch normalization, exactly, when a large model overfits', () => {
    const large = { size: { parameters: 468_874, samples: 1000 } };
    expect(targets(large)).toEqual(['dropout', 'l2', 'batchNormalization']);
    expect(targets({ size: { parameters: 468_874, samples: 60_000 } })).not.toContain('batchNormalization');
    expect(targets({})).toEqual(['dropout', 'l2', 'earlyStopping', 'units']);
  });
  it('starts from what is in force', () => {
    expect(againstOverfittingOfLargeModel({ dropout: 0.2, l2: 1e-3 })).toMatchObject([
      { target: 'dropout', change: 'increase', value: 0.3 },
      { target: 'l2', change: 'increase', value: 3e-3 },
      { target: 'batchNormalization', change: 'add', text: 'add batch normalization' },
    ]);
    expect(againstOverfittingOfLargeModel({ l2: 0 })[1]).toMatchObject({ target: 'l2', value: 1e-4 });
    const decay = againstOverfittingOfLargeModel({ weightDecay: 0.01 })[1]!;
    expect(decay).toMatchObject({ target: 'weightDecay', change: 'increase', text: 'try weight decay 0.03' });
    expect(decay.value).toBeCloseTo(0.03, 12);
  });
  it('leaves out what is there to the full', () => {
    const rest = againstOverfittingOfLargeModel({ dropout: 0.5, batchNormalization: true });
    expect(rest.map(({ target }) => target)).toEqual(['l2']);
  });
});
