import type { Params } from '@luthier/core';
import type { Study } from '@luthier/search';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import type { TrialMessage, TrialPool } from '../runners/runner.ts';
import type { Store } from '../stores/open-store.ts';
import { keepBestModels } from './keep-best-models.ts';

/** Training time between two checkpoints: a kill loses no more than this and one call into the runtime. */
const CHECKPOINT_EVERY_MS = 3000;

/** A trial that is to be run now. */
export interface Work {
  readonly trial: number;
  readonly params: Params;
  readonly seed: number;
}

export interface RunTrialsOptions {
  readonly study: Study;
  readonly name: string;
  readonly store: Store;
  readonly pool: TrialPool;
  /** Absolute path of the tuning file. */
  readonly file: string;
  /** How many trainings a trial makes; default as the tuning file says. */
  readonly shape?: Pick<TrialJob, 'folds' | 'repeats'>;
  readonly drain: AbortSignal;
  /** The next trial to run; undefined when there is none (now). */
  readonly next: () => Promise<Work | undefined>;
  readonly onHistory: () => void;
}

async function runOne(work: Work, options: RunTrialsOptions): Promise<void> {
  const { study, pool, store } = options;
  const { trial } = work;
  const blobs = store.blobs(options.name);
  const before = study.history.trials[trial];
  const attempt = await study.start(trial, `pool:${process.pid}`);
  options.onHistory();
  const job: TrialJob = {
    file: options.file,
    study: options.name,
    trial,
    attempt,
    params: work.params,
    seed: work.seed,
    blobs: store.blobsFolder(options.name),
    ...(before?.checkpoint === undefined ? {} : { checkpoint: before.checkpoint.blob }),
    checkpointEveryMs: CHECKPOINT_EVERY_MS,
    secondsBefore: before?.reports.seconds.at(-1) ?? 0,
    keepModel: true,
    ...options.shape,
  };

  let failure: unknown;
  let settled: Promise<void> = Promise.resolve();
  let pruned: { readonly step: number; readonly message: string } | undefined;
  let lastStep = 0;
  const record = async (message: TrialMessage): Promise<void> => {
    // What a trial still says after it was pruned depends on how fast the news travels; a study must not.
    if (pruned !== undefined && lastStep !== pruned.step) {
      if (message.type === 'artifact') await blobs.delete(message.blob);
      return;
    }
    switch (message.type) {
      case 'built':
        await study.extendSpace(message.added);
        return;
      case 'reported': {
        const decision = await study.report(trial, attempt, message.block);
        if (decision.action === 'stop') {
          pruned = { step: message.block.steps.at(-1) ?? 0, message: decision.text };
          pool.stop(trial, 'pruned', decision.text);
        }
        return;
      }
      case 'checkpointed': {
        const previous = study.history.trials[trial]?.checkpoint?.blob;
        await study.checkpointed(trial, attempt, message);
        if (previous !== undefined && previous !== message.blob) await blobs.delete(previous);
        return;
      }
      case 'artifact':
        await study.artifact({ trial, name: message.name, blob: message.blob, bytes: message.bytes });
    }
  };
  const onMessage = (message: TrialMessage): void => {
    if (message.type === 'reported') lastStep = message.block.steps.at(-1) ?? lastStep;
    settled = settled
      .then(() => record(message))
      .then(options.onHistory)
      .catch((error: unknown) => {
        failure ??= error;
        pool.stop(trial, 'interrupted', 'its report could not be stored');
      });
  };

  const ended: TrialResult = await pool.run(job, { onMessage });
  await settled;
  if (failure !== undefined) throw failure;
  // A trial that reached its own end with the very report that it is judged by has nothing left to save.
  const isPruned = pruned !== undefined && !(ended.outcome === 'complete' && lastStep === pruned.step);
  const result: TrialResult = isPruned ? { outcome: 'pruned', message: pruned?.message ?? '' } : ended;
  await study.tell(trial, attempt, result);
  if (result.outcome !== 'interrupted') {
    const checkpoint = study.history.trials[trial]?.checkpoint;
    if (checkpoint !== undefined) await blobs.delete(checkpoint.blob);
    await keepBestModels(study.history, trial, blobs);
  }
  options.onHistory();
}

/**
 * Runs trials, as many at a time as the pool has room for, until there is no next one or `drain` aborts.
 *
 * Everything a trial says is in the log before the next thing it says is looked at. Throws what the store throws, after
 * the running trials were interrupted.
 */
export async function runTrials(options: RunTrialsOptions): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: unknown;
  for (;;) {
    while (failure === undefined && !options.drain.aborted && running.size < options.pool.size) {
      const work = await options.next();
      options.onHistory();
      if (work === undefined) break;
      const run = runOne(work, options)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => running.delete(run));
      running.add(run);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failure !== undefined) throw failure;
}
