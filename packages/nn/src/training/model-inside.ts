import type { NamedArrays } from './callback.ts';
import type { ModelState } from './model-state.ts';
import { type ReadSamples, readSamples } from './read-data.ts';
import type { SamplesLike } from './tables.ts';
import { modelTask, type Task } from './task.ts';

/** A model as reports see it. */
export interface ModelInside {
  readonly task: Task;
  /** As graphs hold them. */
  readonly weights: NamedArrays;
  readonly knobs: Readonly<Record<string, number>>;
  readonly samples: ReadSamples;
}

/** What graphs of a model over samples are made of and fed with; nothing is drawn or moved by it. */
export function modelInside(state: ModelState, data: SamplesLike): ModelInside {
  const objective = state.objective('inside');
  const samples = readSamples(state.plan, objective.losses, 'data', data);
  const copy = state.copy();
  return {
    task: modelTask(state.plan, objective, samples),
    weights: copy.weights(),
    knobs: copy.knobs(),
    samples,
  };
}
