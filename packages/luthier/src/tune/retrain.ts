import { LuthierError } from '@luthier/core';
import {
  type CallbackFactory,
  type Dataset,
  fitPreparation,
  type Model,
  type Preparation,
} from '@luthier/nn';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { stoppedResult, type TrialPort, TrialStopped } from '../runners/runner.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import type { FitSettings } from './define-tuning.ts';
import { fitOptionsOf } from './fit-options.ts';
import { learnable } from './trial-plan.ts';

/** What a retraining needs. */
export interface RetrainOptions {
  readonly model: Model;
  readonly settings: FitSettings;
  /** Before its preparation. */
  readonly dataset: Dataset;
  readonly prepare?: Preparation;
  readonly epochs: number;
}

/** The callbacks that can do without validation data. */
function independent(
  callbacks: readonly CallbackFactory[],
  model: Model,
  epochs: number,
): readonly CallbackFactory[] {
  const run = {
    monitors: model.metricNames(),
    direction: (monitor: string) => model.direction(monitor),
    epochs,
  };
  return callbacks.filter((factory) => {
    try {
      factory.create(run);
      return true;
    } catch (error) {
      if (error instanceof LuthierError && error.code === 'LU_TRAIN_MONITOR') return false;
      throw error;
    }
  });
}

/**
 * Trains a configuration on training and validation part together and keeps the model as the artifact `model.onnx`.
 *
 * Nothing is held out: callbacks that watch validation data are left out, and the number of epochs is what the configuration
 * needed before. The result has no score.
 */
export async function retrain(job: TrialJob, port: TrialPort, options: RetrainOptions): Promise<TrialResult> {
  const { model, settings, epochs } = options;
  const all = learnable(options.dataset);
  const prepare = fitPreparation(options.prepare ?? {}, all);
  const history = await model.fit(prepare(all), {
    epochs,
    ...fitOptionsOf(settings),
    callbacks: independent(settings.callbacks ?? [], model, epochs),
    seed: job.seed,
    signal: port.signal,
  });
  if (history.stopReason === 'stopped') {
    const reason: unknown = port.signal.reason;
    return reason instanceof TrialStopped
      ? stoppedResult(reason.outcome, reason.message)
      : stoppedResult('interrupted', 'stopped by a callback');
  }
  const metrics = { ...history.epochs.at(-1)?.metrics };
  if (history.stopReason === 'diverged') {
    const message = `the loss became ${metrics.loss ?? Number.NaN} in epoch ${history.epochs.length} of the retraining`;
    return { outcome: 'failed', reason: 'diverged', message, metrics };
  }
  const blobs = openFileBlobs(job.blobs);
  const file = await model.toOnnx();
  port.send({ type: 'artifact', name: 'model.onnx', blob: await blobs.put(file), bytes: file.byteLength });
  return { outcome: 'complete', metrics };
}
