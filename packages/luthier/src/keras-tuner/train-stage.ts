import { type EpochRecord, LuthierError, mean } from '@luthier/core';
import type { Blobs, ReportBlock, TrialRecord } from '@luthier/search';
import { epochsToBlock } from '../tune/epoch-block.ts';
import type { BracketSearch } from './bracket-search.ts';
import { fitKeepingBest } from './fit-keeping-best.ts';
import { packParts, unpackParts } from './packed-parts.ts';
import type { TrainSetting } from './train-trial.ts';
import { buildModel, trialHyperParameters } from './tunable-model.ts';
import type { Run } from './tuner-options.ts';

/** What training the trials of a study in stages takes. */
export interface StageSetting extends TrainSetting {
  readonly blobs: Blobs;
  /** Epochs of the last stage. */
  readonly mostEpochs: number;
}

/** The epochs behind a step as reports, the numbers of all executions averaged. */
function averagedBlock(
  tables: readonly (readonly EpochRecord[])[],
  after: number,
  seconds: readonly number[],
): ReportBlock | undefined {
  const rows = Math.min(...tables.map(({ length }) => length));
  const blocks = tables.map((epochs) => epochsToBlock(epochs.slice(after, rows), seconds.slice(after, rows)));
  const [first] = blocks;
  if (first === undefined || first.steps.length === 0) return undefined;
  const metrics = Object.fromEntries(
    Object.keys(first.metrics).map((name) => [
      name,
      first.steps.map((_, row) => mean(blocks.map((block) => block.metrics[name]?.[row] ?? Number.NaN))),
    ]),
  );
  return { ...first, metrics };
}

/**
 * Trains trials in stages: each goes on from the checkpoint of the one before, with weights, optimizer states and callbacks as if it had
 * never stopped, and leaves one. A training that diverges or throws fails its trial; one that the user aborts is interrupted, and
 * rethrows.
 */
export function trainStage(setting: StageSetting): BracketSearch['train'] {
  const { study, blobs, objective, hypermodel, fixed, executions, mostEpochs, data, options } = setting;
  const attempts = new Map<number, number>();

  const train = async (
    trial: TrialRecord,
    epochs: number,
  ): Promise<{
    readonly runs: readonly Run[];
    readonly states: readonly Uint8Array[];
    block?: ReportBlock;
  }> => {
    const { number, params, seed, checkpoint, reports } = trial;
    const saved = checkpoint === undefined ? [] : unpackParts(await blobs.get(checkpoint.blob));
    const before = reports.seconds.at(-1) ?? 0;
    const began = performance.now();
    const runs: Run[] = [];
    const states: Uint8Array[] = [];
    const tables: (readonly EpochRecord[])[] = [];
    // Of epochs that an earlier stage reported the time is not asked for again.
    const seconds: number[] = new Array(reports.steps.length).fill(before);
    for (let execution = 0; execution < executions; execution++) {
      const hp = trialHyperParameters({ parameters: [] }, params, setting.seed, number);
      const { model, fit } = buildModel(hypermodel, hp, fixed);
      if (fit.epochs !== undefined)
        throw new LuthierError('LU_OPTION', `hyperband decides over epochs, and fit gives ${fit.epochs}`, {
          fix: "Leave epochs out of the hypermodel's fit.",
          where: 'epochs',
        });
      await study.extendSpace(hp.met());
      const resume = saved[execution];
      const { history, score } = await fitKeepingBest(objective, model, data, {
        ...options,
        ...fit,
        epochs,
        patience: mostEpochs,
        seed: seed + execution,
        ...(resume === undefined ? {} : { resume }),
        checkpoint: {
          everyMs: Number.POSITIVE_INFINITY,
          save: (bytes) => {
            states[execution] = bytes;
          },
        },
        onEpoch: async (record) => {
          await options.onEpoch?.(record);
          seconds[record.epoch] = before + (performance.now() - began) / 1000;
        },
      });
      options.signal?.throwIfAborted();
      runs.push({ score: history.stopReason === 'diverged' ? Number.NaN : score, model });
      tables.push(history.epochs);
    }
    const block = averagedBlock(tables, reports.steps.length, seconds);
    return { runs, states, ...(block === undefined ? {} : { block }) };
  };

  return async (number, epochs, isLast) => {
    const trial = study.history.trials[number]!;
    const attempt = attempts.get(number) ?? (await study.start(number, `tuner:${process.pid}`));
    attempts.set(number, attempt);
    let trained: Awaited<ReturnType<typeof train>>;
    try {
      trained = await train(trial, epochs);
    } catch (error) {
      if (options.signal?.aborted) {
        await study.tell(number, attempt, { outcome: 'interrupted', reason: 'stopped' });
        attempts.delete(number);
        throw error;
      }
      const message = error instanceof Error ? error.message : String(error);
      return study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
    }
    const { runs, states, block } = trained;
    if (block !== undefined) await study.report(number, attempt, block);
    if (runs.some(({ score }) => !Number.isFinite(score))) {
      const message = `${objective.metric} is not finite within ${epochs} epochs`;
      return study.tell(number, attempt, { outcome: 'failed', reason: 'diverged', message });
    }
    if (isLast) return setting.finish(number, attempt, runs);
    const bytes = packParts(states);
    const blob = await blobs.put(bytes);
    await study.checkpointed(number, attempt, { step: epochs, blob, bytes: bytes.byteLength });
    if (trial.checkpoint !== undefined && trial.checkpoint.blob !== blob)
      await blobs.delete(trial.checkpoint.blob);
    return study.history.trials[number]!;
  };
}
