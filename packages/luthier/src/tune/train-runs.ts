import type { Json, TrainingHistory } from '@luthier/core';
import { type Model, reservePrograms, summarizeScore } from '@luthier/nn';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { stoppedResult, type TrialPort, TrialStopped } from '../runners/runner.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import type { FitSettings, TuningDefinition } from './define-tuning.ts';
import { epochsToBlock } from './epoch-block.ts';
import { finalMetrics } from './final-metrics.ts';
import { fitOptionsOf } from './fit-options.ts';
import { joinCheckpoints, splitCheckpoint } from './joined-checkpoint.ts';
import { lockstep } from './lockstep.ts';
import { scoreOf } from './score.ts';
import type { PlannedRun } from './trial-plan.ts';

/** What one of several trainings of a trial gave, as the log keeps it. */
export interface RunOutcome {
  readonly fold?: number;
  readonly repeat: number;
  readonly seed: number;
  readonly trainCount: number;
  readonly validationCount: number;
  /** The objective of the weights kept. */
  readonly value: number;
  /** Losses and metrics of the weights kept. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stopReason: string;
}

/** The score of a trial over its runs. */
export interface RunsSummary {
  /** Population standard deviation over the runs. */
  readonly spread: number;
  /** 95 % interval of the mean; NaN for fewer than two runs. */
  readonly interval: readonly [low: number, high: number];
  readonly runs: readonly RunOutcome[];
}

/** What a trial of several runs needs. */
export interface TrainRunsOptions {
  readonly job: TrialJob;
  readonly port: TrialPort;
  readonly definition: TuningDefinition;
  readonly runs: readonly PlannedRun[];
  /** A new model and its settings, for every run. */
  readonly make: () => { readonly model: Model; readonly settings: FitSettings };
}

class RunDiverged extends Error {
  override readonly name = 'RunDiverged';
}

function nameOf({ fold, repeat }: PlannedRun, runs: readonly PlannedRun[]): string {
  const parts = [
    ...(fold === undefined ? [] : [`fold ${fold + 1}`]),
    ...(runs.some((run) => run.repeat > 0) ? [`seed ${repeat + 1}`] : []),
  ];
  return parts.join(', ');
}

/**
 * Trains the runs of one trial side by side, epoch by epoch, and scores the trial by their mean.
 *
 * A report is the mean over all runs, so that pruning looks at every fold; a run that stopped early is represented by the
 * epoch it kept. Numbers do not depend on the others: each run is what it would be alone. One that diverges fails the
 * trial. Checkpoints hold all runs.
 */
export async function trainRuns(options: TrainRunsOptions): Promise<TrialResult> {
  const { job, port, definition, runs, make } = options;
  const blobs = openFileBlobs(job.blobs);
  const begun = performance.now();
  const seconds = (): number => job.secondsBefore + (performance.now() - begun) / 1000;
  const before = job.checkpoint === undefined ? [] : splitCheckpoint(await blobs.get(job.checkpoint));
  const saved: (Uint8Array | undefined)[] = runs.map((_, run) => before[run]?.bytes);
  const together = lockstep(
    runs.length,
    (record) => port.send({ type: 'reported', block: epochsToBlock([record], [seconds()]) }),
    before.map(({ records }) => records),
  );
  const stop = new AbortController();
  const onAbort = (): void => {
    stop.abort(port.signal.reason);
    together.release();
  };
  if (port.signal.aborted) onAbort();
  port.signal.addEventListener('abort', onAbort, { once: true });
  const fail = (error: unknown): void => {
    stop.abort(error);
    together.release();
  };

  let savedAt = begun;
  const save = async (): Promise<void> => {
    savedAt = performance.now();
    const joined = joinCheckpoints(
      together.records.map((records, run) => ({
        records,
        ...(saved[run] === undefined ? {} : { bytes: saved[run] }),
      })),
    );
    const blob = await blobs.put(joined);
    const step = Math.min(...together.records.map(({ length }) => length));
    port.send({ type: 'checkpointed', step, blob, bytes: joined.byteLength });
  };

  let parameters = 0;
  let trainableParameters = 0;
  const trainOne = async (planned: PlannedRun, run: number): Promise<RunOutcome | undefined> => {
    const { model, settings } = make();
    try {
      parameters = model.countParams();
      trainableParameters = model.countParams('trainable');
      const history: TrainingHistory = await model.fit(planned.train, {
        epochs: settings.epochs,
        ...fitOptionsOf(settings),
        callbacks: settings.callbacks ?? [],
        seed: planned.seed,
        signal: stop.signal,
        ...(planned.validation === undefined ? {} : { validationData: planned.validation }),
        ...(saved[run] === undefined ? {} : { resume: saved[run] }),
        checkpoint: {
          everyMs: job.checkpointEveryMs,
          save: async (state) => {
            saved[run] = state;
            const isDue = performance.now() - savedAt >= job.checkpointEveryMs;
            if (isDue && !stop.signal.aborted) await save();
          },
        },
        onEpoch: (record) => together.arrive(run, record),
      });
      if (history.stopReason === 'stopped') {
        if (!stop.signal.aborted) fail(new TrialStopped('interrupted', 'stopped by a callback'));
        return undefined;
      }
      const last = history.epochs.length - 1;
      if (history.stopReason === 'diverged') {
        const loss = history.epochs[last]?.metrics.loss ?? Number.NaN;
        fail(new RunDiverged(`the loss became ${loss} in epoch ${last + 1} of ${nameOf(planned, runs)}`));
        return undefined;
      }
      const bestEpoch = history.bestEpoch ?? last;
      together.leave(run, bestEpoch);
      const metrics = await finalMetrics(model, planned.validation, history.epochs, bestEpoch);
      return {
        ...(planned.fold === undefined ? {} : { fold: planned.fold }),
        repeat: planned.repeat,
        seed: planned.seed,
        trainCount: planned.train.x.shape[0] ?? 0,
        validationCount: planned.validation?.x.shape[0] ?? 0,
        value: scoreOf(definition.objective, metrics),
        metrics,
        epochs: history.epochs.length,
        bestEpoch,
        stopReason: history.stopReason,
      };
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      model.dispose();
    }
  };

  // Folds of different lengths have programs of their own, and each needs them at every epoch.
  const shapes = new Set(
    runs.map(({ train, validation }) => `${train.x.shape[0]}/${validation?.x.shape[0]}`),
  );
  const release = reservePrograms(shapes.size - 1);
  const settled = await Promise.allSettled(runs.map(trainOne));
  release();
  port.signal.removeEventListener('abort', onAbort);
  const outcomes: RunOutcome[] = [];
  for (const one of settled) {
    if (one.status === 'fulfilled' && one.value !== undefined) outcomes.push(one.value);
  }
  if (outcomes.length < runs.length) {
    const { reason } = stop.signal;
    if (reason instanceof TrialStopped && reason.outcome === 'interrupted') await save();
    return unfinished(reason, together.records);
  }
  const names = Object.keys(outcomes[0]?.metrics ?? {});
  const metrics = Object.fromEntries(
    names.map((name) => [name, summarizeScore(outcomes.map((outcome) => outcome.metrics[name]!)).mean]),
  );
  const { mean, spread, interval } = summarizeScore(outcomes.map(({ value }) => value));
  const mostEpochs = Math.max(...outcomes.map(({ epochs }) => epochs));
  const summary: RunsSummary = { spread, interval, runs: outcomes };
  return {
    outcome: 'complete',
    values: [mean],
    metrics,
    details: {
      stopReason: outcomes.every(({ stopReason }) => stopReason === 'epochs') ? 'epochs' : 'earlyStopping',
      epochs: mostEpochs,
      bestEpoch: Math.round(outcomes.reduce((sum, { bestEpoch }) => sum + bestEpoch, 0) / outcomes.length),
      parameters,
      trainableParameters,
      samples: Math.min(...outcomes.map(({ trainCount }) => trainCount)),
      ...(summary as unknown as Readonly<Record<string, Json>>),
    },
  };
}

function unfinished(
  reason: unknown,
  records: readonly (readonly { readonly metrics: Readonly<Record<string, number>> }[])[],
): TrialResult {
  if (reason instanceof TrialStopped) return stoppedResult(reason.outcome, reason.message);
  if (reason instanceof RunDiverged) {
    const metrics = records.map((epochs) => epochs.at(-1)?.metrics).find((found) => found !== undefined);
    return { outcome: 'failed', reason: 'diverged', message: reason.message, metrics: { ...metrics } };
  }
  throw reason;
}
