import type { Belief } from '../belief.ts';
import type { SuggestRequest } from '../contract.ts';
import type { CostModel } from './cost.ts';
import type { Feasibility } from './feasibility.ts';
import type { Geometry } from './geometry.ts';

/** What is added to ln EI. */
export function offsetsOf(
  shape: Geometry,
  feasibility: Feasibility | undefined,
  cost: { readonly model: CostModel; readonly eagerness: number } | undefined,
  belief: Belief | undefined,
): ((rows: Float64Array, count: number) => Float64Array) | undefined {
  if (feasibility === undefined && cost === undefined && belief === undefined) return undefined;
  const width = shape.features.length;
  const point = new Float64Array(shape.dimensions.length);
  return (rows, count) => {
    const sum = feasibility?.logProbability(rows, count) ?? new Float64Array(count);
    const seconds = cost?.model.logSeconds(rows, count);
    for (let i = 0; i < count; i++) {
      if (cost !== undefined) sum[i]! -= cost.eagerness * seconds![i]!;
      if (belief === undefined) continue;
      shape.read(rows, i * width, point);
      sum[i]! += belief(point);
    }
    return sum;
  };
}

/** 1 at the first of the trials of the budget, 0 at the last. */
export function eagernessOf({ budget, trial }: SuggestRequest): number {
  return budget.trials === undefined ? 1 : Math.max(0, 1 - trial / budget.trials);
}
