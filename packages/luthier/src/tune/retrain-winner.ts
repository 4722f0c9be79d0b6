import { mean } from '@luthier/core';
import { sampleCount } from '@luthier/nn';
import type { History, TrialRecord } from '@luthier/search';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import type { TrialPool } from '../runners/runner.ts';
import type { PreparedStudy } from './prepare-study.ts';
import { learnable } from './trial-plan.ts';

/** What a retraining left in the log. */
interface RetrainNote {
  readonly kind: 'retrain';
  readonly of: number;
  readonly epochs: number;
  readonly samples: number;
  readonly blob: string;
}

/** The winner's model, trained on all but the test data; or why there is none. */
export type RetrainedWinner =
  | { readonly kind: 'model'; readonly blob: string; readonly epochs: number; readonly samples: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly result: TrialResult };

function isRetrainNote(data: unknown): data is RetrainNote {
  return typeof data === 'object' && data !== null && (data as { kind?: unknown }).kind === 'retrain';
}

/** Epochs that a configuration needed: the mean over its trial and repeats of the epoch whose weights were kept. */
export function neededEpochs(history: History, winner: TrialRecord): number {
  const kept = history.trials
    .filter(
      ({ number, of, state }) => state === 'complete' && (number === winner.number || of === winner.number),
    )
    .map(({ details }) => (details as { readonly bestEpoch?: number } | null | undefined)?.bestEpoch)
    .filter((epoch) => epoch !== undefined);
  return Math.max(1, Math.round(mean(kept) + 1));
}

/**
 * Trains the winning configuration on training and validation part together, once: the model is an artifact of the study, a note in the
 * log says of what, and asking again gives the same model.
 */
export async function retrainWinner(
  prepared: PreparedStudy,
  winner: TrialRecord,
  pool: () => TrialPool,
  job: Pick<TrialJob, 'file' | 'study'>,
): Promise<RetrainedWinner> {
  const { study, store, raw } = prepared;
  const epochs = neededEpochs(study.history, winner);
  const known = study.history.notes
    .map(({ data }) => data as unknown)
    .filter(isRetrainNote)
    .find((note) => note.of === winner.number && note.epochs === epochs);
  if (known !== undefined) {
    return { kind: 'model', blob: known.blob, epochs, samples: known.samples };
  }
  let model: { readonly blob: string; readonly bytes: number } | undefined;
  const result = await pool().run(
    {
      ...job,
      trial: winner.number,
      attempt: winner.attempt,
      params: winner.params,
      seed: winner.seed,
      blobs: store.blobsFolder(job.study),
      checkpointEveryMs: Number.POSITIVE_INFINITY,
      secondsBefore: 0,
      keepModel: true,
      task: { kind: 'retrain', epochs },
    },
    {
      onMessage: (message) => {
        if (message.type === 'artifact') model = { blob: message.blob, bytes: message.bytes };
      },
    },
  );
  if (result.outcome === 'interrupted') return { kind: 'interrupted' };
  if (model === undefined) return { kind: 'failed', result };
  const samples = sampleCount(learnable(raw));
  const note: RetrainNote = { kind: 'retrain', of: winner.number, epochs, samples, blob: model.blob };
  await study.artifact({ name: 'best.onnx', ...model });
  await study.note(
    `trial ${winner.number} trained again on all ${samples} samples but the test data, ${epochs} epochs`,
    { trial: winner.number, data: { ...note } },
  );
  return { kind: 'model', blob: model.blob, epochs, samples };
}
