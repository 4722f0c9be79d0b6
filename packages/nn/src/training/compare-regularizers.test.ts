import type { RegularizationRecord } from '@luthier/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { digits } from '../data/digits.ts';
import { slice } from '../data/split.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import {
  compareRegularizers,
  type Regularization,
  type RegularizationName,
  regularizationTable,
} from './compare-regularizers.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';

function build({ kernelRegularizer, dropout, batchNormalization }: Regularization): Model {
  return sequential([
    layers.rescaling({ scale: 1 / 16, inputShape: [64] }),
    layers.dense({ units: 64, activation: 'relu', kernelRegularizer }),
    ...(batchNormalization ? [layers.batchNormalization({ momentum: 0.9 })] : []),
    layers.dropout(dropout),
    layers.dense({ units: 10, activation: 'softmax', kernelRegularizer }),
  ]).compile({
    optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

describe('[#51] the claims of the lessons on handwritten digits', () => {
  let records: readonly RegularizationRecord[];
  const of = (name: RegularizationName): RegularizationRecord =>
    records.find((record) => record.name === name)!;

  beforeAll(async () => {
    const { train, validation } = await digits();
    const few = slice(train, 0, 300);
    records = await compareRegularizers(
      build,
      { train: few, validation: validation! },
      { fit: { epochs: 60 } },
    );
  });

  it('without regularization the network learns few samples by heart', () => {
    const { trainLoss, validationLoss, gap, sparsity } = of('none');
    expect(trainLoss).toBeLessThan(0.01);
    expect(validationLoss).toBeGreaterThan(0.15);
    expect(gap).toBeCloseTo(validationLoss - trainLoss, 10);
    expect(sparsity).toBe(0);
  });

  it('[#40] L1 makes most weights exactly zero', () => {
    expect(of('l1').sparsity).toBeGreaterThan(0.5);
    expect(of('l1l2').sparsity).toBeGreaterThan(0.5);
  });

  it('[#41] L2 shrinks the weights and makes none of them zero', () => {
    expect(of('l2').weightNorm).toBeLessThan(0.8 * of('none').weightNorm);
    expect(of('l2').sparsity).toBe(0);
    expect(of('l1l2').weightNorm).toBeLessThan(of('l1').weightNorm);
  });

  it('L2, dropout and early stopping narrow the gap and lower the validation loss', () => {
    for (const name of ['l2', 'dropout', 'earlyStopping'] as const) {
      expect([name, of(name).gap < 0.9 * of('none').gap]).toEqual([name, true]);
      expect([name, of(name).validationLoss < of('none').validationLoss]).toEqual([name, true]);
    }
    expect(of('dropout').validationMetrics.accuracy).toBeGreaterThan(of('none').validationMetrics.accuracy!);
  });

  it('[#48] early stopping ends before the others and keeps its best epoch', () => {
    const { history, validationLoss } = of('earlyStopping');
    expect(history.stopReason).toBe('earlyStopping');
    expect(history.epochs.length).toBeLessThan(60);
    const best = Math.min(...history.epochs.map(({ metrics }) => metrics.valLoss!));
    expect(validationLoss).toBeCloseTo(best, 5);
  });

  it('are a table', () => {
    const lines = regularizationTable(records).split('\n');
    expect(lines.length).toBe(8);
    expect(lines[0]!.trim().split(/\s{2,}/)).toEqual([
      'train loss',
      'valLoss',
      'gap',
      'accuracy',
      'weight norm',
      'zeros',
      'epochs',
    ]);
    expect(lines[1]).toContain(of('none').gap.toFixed(4));
    expect(lines[2]).toMatch(/^l1 .*\d\d\.\d %/);
  });
});

describe('compareRegularizers', () => {
  const data = { x: [[0], [1]], y: [0, 1] } as never;
  const small = (): Model =>
    sequential([layers.dense({ units: 1, activation: 'sigmoid', inputShape: [1] })]).compile({
      loss: 'binaryCrossentropy',
    });

  it('refuses bad numbers, data without validation and models that are not new', async () => {
    const both = { train: data, validation: data };
    await expect(compareRegularizers(small, both, { l1: -1 })).rejects.toThrow(/l1 is -1/);
    await expect(compareRegularizers(small, both, { dropout: 1 })).rejects.toThrow(/dropout is 1, outside/);
    await expect(compareRegularizers(small, both, { l3: 1 } as object)).rejects.toThrow(/no option 'l3'/);
    await expect(compareRegularizers(small, { train: data })).rejects.toThrow(/needs validation data/);
    const same = small();
    const fit = { epochs: 1 };
    await expect(compareRegularizers(() => same, both, { fit })).rejects.toThrow(/no new model for 'l1'/);
    await expect(compareRegularizers(() => undefined as never, both)).rejects.toThrow(
      /no new model for 'none'/,
    );
  });

  it('tells each record as it comes, in order and with the callbacks given', async () => {
    const names: string[] = [];
    const epochs: number[] = [];
    const count = {
      name: 'count',
      create: () => ({ onEpochEnd: ({ epoch }: { epoch: number }) => void epochs.push(epoch) }),
    };
    const options = {
      fit: { epochs: 2, callbacks: [count] },
      onRecord: ({ name }: RegularizationRecord) => void names.push(name),
    };
    const records = await compareRegularizers(small, { train: data, validation: data }, options);
    expect(names).toEqual(['none', 'l1', 'l2', 'l1l2', 'dropout', 'batchNormalization', 'earlyStopping']);
    expect(records.map(({ name }) => name)).toEqual(names);
    expect(epochs.length).toBe(14);
  });
});
