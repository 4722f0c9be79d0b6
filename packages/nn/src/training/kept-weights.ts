import type { NamedArrays } from './callback.ts';
import type { Task } from './task.ts';
import { names } from './train-graph.ts';

/** The weights to measure and to keep among the arrays of a state, by path, as graphs hold them. */
export function weightsOf(
  { plan, optimizer }: Pick<Task, 'plan' | 'optimizer'>,
  arrays: NamedArrays,
  knobs: Readonly<Record<string, number>>,
): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path }) => {
      const weight = arrays[names.weight(path)]!;
      const slot = (name: string): Float32Array => arrays[names.slot(path, name)]!;
      return [path, optimizer.kept === undefined ? weight : optimizer.kept(weight, slot, knobs)];
    }),
  );
}

/** The arrays of a state with other weights in it (as graphs hold them); states that are distances from them become zero. */
export function withWeights(
  { plan, optimizer }: Pick<Task, 'plan' | 'optimizer'>,
  arrays: NamedArrays,
  weights: NamedArrays,
): NamedArrays {
  const changed: Record<string, Float32Array> = {};
  for (const { path, size } of plan.weights) {
    changed[names.weight(path)] = weights[path]!;
    for (const slot of optimizer.relativeSlots ?? []) {
      changed[names.slot(path, slot)] = new Float32Array(size);
    }
  }
  return { ...arrays, ...changed };
}
