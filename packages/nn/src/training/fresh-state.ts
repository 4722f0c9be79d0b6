import { sizeOf } from '../graph/tensor.ts';
import type { NamedArrays } from './callback.ts';
import type { RunState } from './run-state.ts';
import { toStored } from './stored-weights.ts';
import { emptySums } from './sums.ts';
import type { Task } from './task.ts';
import { names } from './tensor-names.ts';
import { stateShapes } from './train-graph.ts';

/** The state of a run before its first step: weights as given, optimizer states zero. */
export function freshState(task: Pick<Task, 'plan' | 'optimizer'>, weights: NamedArrays): RunState {
  const arrays: Record<string, Float32Array> = {};
  for (const [name, shape] of stateShapes(task)) {
    arrays[name] = new Float32Array(sizeOf(shape));
  }
  const stored = toStored(task.plan, weights);
  for (const { path } of task.plan.weights) arrays[names.weight(path)] = stored[path]!;
  return { arrays, step: 0, epoch: 0, cursor: 0, sums: emptySums([]), epochs: [], moved: {} };
}
