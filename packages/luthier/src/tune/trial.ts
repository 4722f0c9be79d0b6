import { type Dataset, type Folds, type Model, prepareDataset } from '@luthier/nn';
import { createHyperParameters, type RecordedHyperParameters } from '@luthier/search';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { stoppedResult, type TrialPort, TrialStopped } from '../runners/runner.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import { epochsToBlock } from './epoch-block.ts';
import { finalMetrics } from './final-metrics.ts';
import { fitOptionsOf } from './fit-options.ts';
import { type LoadedTuning, loadTuning } from './load-tuning.ts';
import { paceTrial } from './pace-trial.ts';
import { retrain } from './retrain.ts';
import { scanTrial } from './scan-trial.ts';
import { scoreOf } from './score.ts';
import { trainRuns } from './train-runs.ts';
import { divideForTrials, planRuns, type TrialParts } from './trial-plan.ts';

interface Prepared {
  readonly loaded: LoadedTuning;
  /** As the tuning file gives it. */
  readonly raw: Dataset;
  /** After its preparation. */
  readonly dataset: Dataset;
  /** The folds last used. */
  readonly parts: Map<number | Folds | undefined, TrialParts>;
}

const prepared = new Map<string, Promise<Prepared>>();

async function prepare(file: string): Promise<Prepared> {
  const loaded = await loadTuning(file, process.cwd());
  // Trials have no business with the test data.
  const { test: _, ...raw } = await loaded.definition.data();
  const dataset = prepareDataset(raw, loaded.definition.prepare ?? {});
  return { loaded, raw, dataset, parts: new Map() };
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

/** The folds of a tuning file, divided once a process: they are the same for all trials. */
function partsOf(ready: Prepared, folds: number | Folds | undefined): TrialParts {
  const known = ready.parts.get(folds);
  if (known !== undefined) return known;
  const parts = divideForTrials(ready.raw, folds, ready.loaded.definition.prepare);
  ready.parts.clear();
  ready.parts.set(folds, parts);
  return parts;
}

function hyperParametersOf(job: TrialJob): RecordedHyperParameters {
  return createHyperParameters({
    known: { parameters: [] },
    params: job.params,
    seed: job.seed,
    trial: job.trial,
  });
}

async function train(job: TrialJob, port: TrialPort, model: Model, ready: Prepared): Promise<TrialResult> {
  const { definition } = ready.loaded;
  const { dataset } = ready;
  const settings = definition.fit(hyperParametersOf(job));
  const blobs = openFileBlobs(job.blobs);
  const begun = performance.now();
  const seconds = (): number => job.secondsBefore + (performance.now() - begun) / 1000;

  const history = await model.fit(dataset.train, {
    epochs: settings.epochs,
    ...fitOptionsOf(settings),
    callbacks: settings.callbacks ?? [],
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
  const metrics = await finalMetrics(model, dataset.validation, history.epochs, history.bestEpoch ?? last);
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
      trainableParameters: model.countParams('trainable'),
      samples: dataset.train.x.shape[0] ?? 0,
    },
  };
}

/**
 * Runs one attempt of a trial to its end: builds the model, trains it, scores the weights it keeps.
 *
 * The score is that of an evaluation of the kept weights on the validation data; with folds or repeats it is the mean over all of them. A
 * run whose loss became NaN or infinite ends as failed with reason `diverged`. Throws what user code throws.
 */
export async function runTrial(job: TrialJob, port: TrialPort): Promise<TrialResult> {
  const ready = await preparedFor(job.file);
  const { definition } = ready.loaded;
  const hp = hyperParametersOf(job);
  const model = definition.build(hp);
  const settings = definition.fit(hp);
  port.send({ type: 'built', params: hp.params(), added: hp.met() });
  const folds = job.folds ?? definition.folds;
  const repeats = job.repeats ?? definition.repeats ?? 1;
  const { prepare } = definition;
  try {
    if (job.task?.kind === 'retrain') {
      const made = { model, settings, dataset: ready.raw, ...(prepare === undefined ? {} : { prepare }) };
      return await retrain(job, port, { ...made, epochs: job.task.epochs });
    }
    if (job.task?.kind === 'pace') {
      return await paceTrial(model, ready.dataset, settings, job.task.seconds, port);
    }
    if (job.task?.kind === 'lrScan') {
      const { kind: _, ...wanted } = job.task;
      const make = (): Model => definition.build(hyperParametersOf(job));
      return await scanTrial(make, ready.dataset.train, settings, job, wanted, port);
    }
    const isSingle = job.task?.kind === 'single' || (folds === undefined && repeats === 1);
    if (isSingle) return await train(job, port, model, ready);
    const runs = planRuns(partsOf(ready, folds), { repeats, seed: job.seed });
    const make = () => {
      const own = hyperParametersOf(job);
      return { model: definition.build(own), settings: definition.fit(own) };
    };
    return await trainRuns({ job, port, definition, runs, make });
  } finally {
    model.dispose();
  }
}
