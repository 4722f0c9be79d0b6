import { LuthierError } from '@luthier/core';
import { sizeOf } from '../graph/tensor.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { CompileOptions } from './objective.ts';
import type { ModelPlan } from './plan.ts';
import type { RunState, SavedRun } from './run-state.ts';
import { names } from './tensor-names.ts';
import { stateShapes } from './train-graph.ts';

/** All that a model is, as data. */
export interface ModelSnapshot {
  readonly plan: ModelPlan;
  readonly name: string;
  readonly seed: number;
  readonly isFitted: boolean;
  readonly compileOptions?: CompileOptions;
  /** Absent before weights were asked for. */
  readonly state?: RunState;
  /** Where the last run stood when it ended. */
  readonly lastRun?: SavedRun;
}

/** Throws `LU_MODEL_FILE` unless a snapshot with a state has all the arrays that its layers and its optimizer need. */
export function requireArrays(
  { plan, compileOptions, state }: ModelSnapshot & { readonly state: RunState },
  optimizer: Optimizer,
): void {
  for (const [path, shape] of stateShapes({ plan, optimizer })) {
    // Without its optimizer only the weights can be used.
    const isNeeded = compileOptions !== undefined || path.startsWith(names.weight(''));
    const size = sizeOf(shape);
    if (!isNeeded || state.arrays[path]?.length === size) continue;
    throw new LuthierError('LU_MODEL_FILE', `the file has no ${path} of ${size} numbers`, {
      fix: 'Save the model again, or give an undamaged copy.',
      where: path,
    });
  }
}
