import type { Json } from '@luthier/core';
import { type LrScanOptions, lrScan, type Model, type Samples } from '@luthier/nn';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { stoppedResult, type TrialPort, TrialStopped } from '../runners/runner.ts';
import type { FitSettings } from './define-tuning.ts';

/** Scans the learning rate of one configuration; the batch size is that of its `fit` unless another is wanted. */
export async function scanTrial(
  make: () => Model,
  train: Samples,
  settings: FitSettings,
  job: Pick<TrialJob, 'seed'>,
  wanted: LrScanOptions,
  port: TrialPort,
): Promise<TrialResult> {
  try {
    const scan = await lrScan(make, train, {
      batchSize: settings.batchSize,
      seed: job.seed,
      ...wanted,
      signal: port.signal,
    });
    return { outcome: 'complete', details: scan as unknown as Json };
  } catch (error) {
    if (error instanceof TrialStopped) return stoppedResult(error.outcome, error.message);
    throw error;
  }
}
