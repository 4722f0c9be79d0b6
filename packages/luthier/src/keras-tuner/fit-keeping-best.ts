import type { TrainingHistory } from '@luthier/core';
import { callbacks, type FitOptions, type Model, type SamplesLike } from '@luthier/nn';
import type { Objective } from '@luthier/search';

/** Trains a model and gives it the weights of its best epoch, whose value is the score: NaN when there is none. */
export async function fitKeepingBest(
  objective: Objective,
  model: Model,
  data: SamplesLike,
  options: FitOptions & { readonly patience: number },
): Promise<{ readonly history: TrainingHistory; readonly score: number }> {
  const { patience, ...fit } = options;
  const keepBest = callbacks.earlyStopping({
    monitor: objective.metric,
    mode: objective.direction === 'maximize' ? 'max' : 'min',
    patience,
    restoreBestWeights: true,
  });
  // The last one has the last word on the weights.
  const history = await model.fit(data, { ...fit, callbacks: [...(fit.callbacks ?? []), keepBest] });
  const best = history.epochs[history.bestEpoch ?? -1];
  return { history, score: best?.metrics[objective.metric] ?? Number.NaN };
}
