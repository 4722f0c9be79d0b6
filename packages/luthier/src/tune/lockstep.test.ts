import type { EpochRecord, Telemetry } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { lockstep, meanRecord } from './lockstep.ts';

const telemetry: Telemetry = {
  dataLoss: 1,
  penalty: 0,
  trainEvalLoss: 1,
  lossVariance: 0,
  gradientNorm: 1,
  weightNorm: 1,
  learningRate: 0.1,
};
const record = (epoch: number, valLoss: number): EpochRecord => ({
  epoch,
  step: 10 * (epoch + 1),
  metrics: { valLoss },
  telemetry,
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('lockstep', () => {
  test('[#91] reports the mean once every run has finished the epoch, and holds the faster one back', async () => {
    const reported: EpochRecord[] = [];
    const { arrive } = lockstep(2, (mean) => reported.push(mean));
    let isHeld = true;
    void arrive(0, record(0, 1)).then(() => {
      isHeld = false;
    });
    await turn();
    expect([isHeld, reported.length]).toEqual([true, 0]);
    await arrive(1, record(0, 3));
    await turn();
    expect(isHeld).toBe(false);
    expect(reported.map(({ epoch, metrics }) => [epoch, metrics.valLoss])).toEqual([[0, 2]]);
  });

  test('a run that stopped early is represented by the epoch it kept', async () => {
    const reported: number[] = [];
    const { arrive, leave } = lockstep(2, ({ metrics }) => reported.push(metrics.valLoss!));
    await Promise.all([arrive(0, record(0, 1)), arrive(1, record(0, 5))]);
    await Promise.all([arrive(0, record(1, 2)), arrive(1, record(1, 4))]);
    leave(0, 0);
    await arrive(1, record(2, 3));
    leave(1, 2);
    expect(reported).toEqual([3, 3, 2]);
  });

  test('release lets everybody go on without a report', async () => {
    const reported: EpochRecord[] = [];
    const { arrive, release } = lockstep(2, (mean) => reported.push(mean));
    const held = arrive(0, record(0, 1));
    release();
    await held;
    expect(reported).toEqual([]);
  });

  test('goes on behind what was reported in an earlier attempt', async () => {
    const reported: number[] = [];
    const before = [[record(0, 1), record(1, 2)], [record(0, 3)]];
    const { arrive } = lockstep(2, ({ epoch }) => reported.push(epoch), before);
    // The first run goes on from a checkpoint inside of its second epoch and finishes it again.
    const first = arrive(0, record(1, 2));
    await arrive(1, record(1, 4));
    await first;
    expect(reported).toEqual([1]);
  });

  test('means leave out what not every run has', () => {
    const withDead = { ...record(0, 1), telemetry: { ...telemetry, deadUnits: 0.5 } };
    expect(meanRecord(0, [withDead, record(0, 2)]).telemetry).toEqual(telemetry);
    expect(meanRecord(0, [withDead, withDead]).telemetry.deadUnits).toBe(0.5);
  });
});
