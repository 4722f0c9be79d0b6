import type { NamedArrays } from './callback.ts';
import type { Task } from './task.ts';
import { names } from './tensor-names.ts';

/** Names of the states of a weight that are distances from it; a weight that no optimizer moves has none. */
function distancesOf({ relativeSlots = [] }: Task['optimizer'], path: string, arrays: NamedArrays): string[] {
  return relativeSlots.map((slot) => names.slot(path, slot)).filter((name) => arrays[name] !== undefined);
}

/** The weights to measure and to keep among the arrays of a state, by path, as graphs hold them. */
export function weightsOf(
  { plan, optimizer }: Pick<Task, 'plan' | 'optimizer'>,
  arrays: NamedArrays,
  knobs: Readonly<Record<string, number>>,
): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path }) => {
      const weight = arrays[names.weight(path)]!;
      if (distancesOf(optimizer, path, arrays).length === 0) return [path, weight];
      const slot = (name: string): Float32Array => arrays[names.slot(path, name)]!;
      return [path, optimizer.kept?.(weight, slot, knobs) ?? weight];
    }),
  );
}

/** The arrays of a state with some weights replaced (as graphs hold them); states that are distances from them become zero. */
export function withWeights(
  { plan, optimizer }: Pick<Task, 'plan' | 'optimizer'>,
  arrays: NamedArrays,
  weights: NamedArrays,
): NamedArrays {
  const changed: Record<string, Float32Array> = {};
  for (const { path, size } of plan.weights) {
    const weight = weights[path];
    if (weight === undefined) continue;
    changed[names.weight(path)] = weight;
    for (const name of distancesOf(optimizer, path, arrays)) changed[name] = new Float32Array(size);
  }
  return { ...arrays, ...changed };
}
