import { type Blobs, type History, type TrialRecord, topTrials } from '@luthier/search';

/** The artifact that holds a trained model. */
export const MODEL = 'model.onnx';

const KEPT = 3;

/**
 * After a search trial has finished: keeps the models of the best three search trials and deletes the one that fell out.
 *
 * Repeats of finalists keep theirs. The log still names a deleted model; its blob is gone.
 */
export async function keepBestModels(history: History, finished: number, blobs: Blobs): Promise<void> {
  const holds = (trial: TrialRecord | undefined): trial is TrialRecord =>
    trial?.purpose === 'search' && trial.artifacts[MODEL] !== undefined;
  const ranked = topTrials(history, Number.POSITIVE_INFINITY).filter(holds);
  const kept = new Set(ranked.slice(0, KEPT).map((trial) => trial.artifacts[MODEL]?.blob));
  for (const trial of [history.trials[finished], ranked[KEPT]]) {
    const blob = holds(trial) ? trial.artifacts[MODEL]?.blob : undefined;
    if (blob !== undefined && !kept.has(blob)) await blobs.delete(blob);
  }
}
