import type { Params } from '@luthier/core';
import type { SamplesLike } from '@luthier/nn';
import type { Objective, Study, TrialRecord } from '@luthier/search';
import { epochsToBlock } from '../tune/epoch-block.ts';
import { fitKeepingBest } from './fit-keeping-best.ts';
import { buildModel, type HyperModel, type TunerFitOptions, trialHyperParameters } from './tunable-model.ts';
import type { Run } from './tuner-options.ts';

/** What training the trials of a study takes. */
export interface TrainSetting {
  readonly study: Study;
  readonly objective: Objective;
  readonly hypermodel: HyperModel;
  readonly fixed: Params;
  /** Of the search. */
  readonly seed: number;
  /** Trainings of a configuration on different seeds. */
  readonly executions: number;
  readonly data: SamplesLike;
  readonly options: TunerFitOptions;
  /** Ends a trial that is through. */
  finish(trial: number, attempt: number, runs: readonly Run[]): Promise<TrialRecord>;
}

/** One training of a trial; the reason when the scheduler stopped it. */
async function trainOnce(
  { study, objective, hypermodel, fixed, seed, data, options }: TrainSetting,
  { number, params, seed: trialSeed }: TrialRecord,
  run: { readonly attempt: number; readonly execution: number; readonly isJudged: boolean },
): Promise<Run | string> {
  const hp = trialHyperParameters({ parameters: [] }, params, seed, number);
  const { model, fit } = buildModel(hypermodel, hp, fixed);
  await study.extendSpace(hp.met());
  const stop = new AbortController();
  const began = performance.now();
  let stopped: string | undefined;
  const { history, score } = await fitKeepingBest(objective, model, data, {
    ...options,
    ...fit,
    patience: fit.epochs ?? options.epochs ?? 1,
    seed: trialSeed + run.execution,
    signal: options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal,
    onEpoch: async (record) => {
      await options.onEpoch?.(record);
      if (!run.isJudged) return;
      const block = epochsToBlock([record], [(performance.now() - began) / 1000]);
      const decision = await study.report(number, run.attempt, block);
      if (decision.action !== 'stop') return;
      stopped = decision.text;
      stop.abort();
    },
  });
  options.signal?.throwIfAborted();
  return stopped !== undefined && history.stopReason === 'stopped' ? stopped : { score, model };
}

/**
 * Trains a trial from its beginning to its end; the first of its executions is judged by the scheduler. A training that throws fails
 * the trial; one that the user aborts is interrupted, and rethrows.
 */
export async function trainTrial(
  setting: TrainSetting & { readonly isJudged: boolean },
  number: number,
): Promise<TrialRecord> {
  const { study, executions, options } = setting;
  const trial = study.history.trials[number]!;
  const attempt = await study.start(number, `tuner:${process.pid}`);
  const runs: Run[] = [];
  try {
    for (let execution = 0; execution < executions; execution++) {
      const isJudged = execution === 0 && setting.isJudged;
      const run = await trainOnce(setting, trial, { attempt, execution, isJudged });
      if (typeof run === 'string') return study.tell(number, attempt, { outcome: 'pruned', message: run });
      runs.push(run);
    }
  } catch (error) {
    if (options.signal?.aborted) {
      await study.tell(number, attempt, { outcome: 'interrupted', reason: 'stopped' });
      throw error;
    }
    const message = error instanceof Error ? error.message : String(error);
    return study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
  }
  return setting.finish(number, attempt, runs);
}
