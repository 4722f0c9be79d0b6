import type { EpochRecord } from '@luthier/core';
import type { Dataset, Model } from '@luthier/nn';
import { createHyperParameters } from '@luthier/search';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { stoppedResult, type TrialPort, TrialStopped } from '../runners/runner.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import { epochsToBlock } from './epoch-block.ts';
import { type LoadedTuning, loadTuning } from './load-tuning.ts';
import { scoreOf } from './score.ts';

interface Prepared {
  readonly loaded: LoadedTuning;
  readonly dataset: Dataset;
}

const prepared = new Map<string, Promise<Prepared>>();

async function prepare(file: string): Promise<Prepared> {
  const loaded = await loadTuning(file, process.cwd());
  return { loaded, dataset: await loaded.definition.data() };
}

/** Tuning file and data, loaded once a process. */
function preparedFor(file: string): Promise<Prepared> {
  let found = prepared.get(file);
  if (found === undefined) {
    found = prepare(file);
    prepared.set(file, found);
  }
  return found;
}

/** Losses and metrics of the weights the model keeps, by the names the history uses. */
async function finalMetrics(
  model: Model,
  dataset: Dataset,
  epochs: readonly EpochRecord[],
  kept: number,
): Promise<Record<string, number>> {
  const metrics: Record<string, number> = { ...epochs[kept]?.metrics };
  if (dataset.validation === undefined) return metrics;
  for (const [name, value] of Object.entries(await model.evaluate(dataset.validation))) {
    metrics[`val${name.charAt(0).toUpperCase()}${name.slice(1)}`] = value;
  }
  return metrics;
}

async function train(job: TrialJob, port: TrialPort, model: Model, ready: Prepared): Promise<TrialResult> {
  const { definition } = ready.loaded;
  const { dataset } = ready;
  const hp = createHyperParameters({
    known: { parameters: [] },
    params: job.params,
    seed: job.seed,
    trial: job.trial,
  });
  const settings = definition.fit(hp);
  const blobs = openFileBlobs(job.blobs);
  const begun = performance.now();
  const seconds = (): number => job.secondsBefore + (performance.now() - begun) / 1000;

  const history = await model.fit(dataset.train, {
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    callbacks: settings.callbacks ?? [],
    shuffle: settings.shuffle ?? true,
    seed: job.seed,
    signal: port.signal,
    ...(dataset.validation === undefined ? {} : { validationData: dataset.validation }),
    ...(job.checkpoint === undefined ? {} : { resume: await blobs.get(job.checkpoint) }),
    checkpoint: {
      everyMs: job.checkpointEveryMs,
      save: async (state, { epoch }) => {
        port.send({
          type: 'checkpointed',
          step: epoch,
          blob: await blobs.put(state),
          bytes: state.byteLength,
        });
      },
    },
    onEpoch: (record) => port.send({ type: 'reported', block: epochsToBlock([record], [seconds()]) }),
  });

  if (history.stopReason === 'stopped') {
    const reason: unknown = port.signal.reason;
    return reason instanceof TrialStopped
      ? stoppedResult(reason.outcome, reason.message)
      : stoppedResult('interrupted', 'stopped by a callback');
  }
  const last = history.epochs.length - 1;
  if (history.stopReason === 'diverged') {
    const loss = history.epochs[last]?.metrics.loss;
    return {
      outcome: 'failed',
      reason: 'diverged',
      message: `the loss became ${loss ?? Number.NaN} in epoch ${last + 1}`,
      metrics: { ...history.epochs[last]?.metrics },
    };
  }
  const metrics = await finalMetrics(model, dataset, history.epochs, history.bestEpoch ?? last);
  const value = scoreOf(definition.objective, metrics);
  if (job.keepModel) {
    const file = await model.toOnnx();
    port.send({ type: 'artifact', name: 'model.onnx', blob: await blobs.put(file), bytes: file.byteLength });
  }
  return {
    outcome: 'complete',
    values: [value],
    metrics,
    details: {
      stopReason: history.stopReason,
      epochs: history.epochs.length,
      bestEpoch: history.bestEpoch ?? last,
      parameters: model.countParams(),
    },
  };
}

/**
 * Runs one attempt of a trial to its end: builds the model, trains it, scores the weights it keeps.
 *
 * The score is that of an evaluation of the kept weights on the validation data; a run whose loss became NaN or
 * infinite ends as failed with reason `diverged`. Throws what user code throws.
 */
export async function runTrial(job: TrialJob, port: TrialPort): Promise<TrialResult> {
  const ready = await preparedFor(job.file);
  const hp = createHyperParameters({
    known: { parameters: [] },
    params: job.params,
    seed: job.seed,
    trial: job.trial,
  });
  const model = ready.loaded.definition.build(hp);
  ready.loaded.definition.fit(hp);
  port.send({ type: 'built', params: hp.params(), added: hp.met() });
  try {
    return await train(job, port, model, ready);
  } finally {
    model.dispose();
  }
}
