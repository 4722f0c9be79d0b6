import type { EpochRecord } from '@luthier/core';
import { expect, test } from 'vitest';
import { blockToEpochs, epochsToBlock } from './epoch-block.ts';

const epoch = (number: number, loss: number, deadUnits?: number): EpochRecord => ({
  epoch: number,
  step: (number + 1) * 391,
  metrics: { loss, valLoss: loss + 0.1 },
  telemetry: {
    dataLoss: loss,
    penalty: 0,
    trainEvalLoss: loss - 0.01,
    lossVariance: 0.2,
    gradientNorm: 1.5,
    weightNorm: 20,
    ...(deadUnits === undefined ? {} : { deadUnits }),
    learningRate: 0.001,
  },
});

test('epochs survive the journey through a block, NaN included', () => {
  const epochs = [epoch(0, 0.5, 0.1), epoch(1, Number.NaN, 0.2)];
  const block = epochsToBlock(epochs, [1.25, 2.5]);
  expect(block.steps).toEqual([1, 2]);
  expect(block.seconds).toEqual([1.25, 2.5]);
  expect(blockToEpochs(block)).toEqual(epochs);
});

test('a model without dead units has no such column', () => {
  const block = epochsToBlock([epoch(0, 0.5)], [1]);
  expect(block.metrics.deadUnits).toBeUndefined();
  expect(blockToEpochs(block)[0]?.telemetry.deadUnits).toBeUndefined();
});
