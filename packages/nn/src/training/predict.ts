import { LuthierError } from '@luthier/core';
import { predictTables } from './evaluation.ts';
import { readBatchSize } from './fit-options.ts';
import type { ModelState } from './model-state.ts';
import { readInputs } from './read-data.ts';
import type { TensorsLike } from './tables.ts';
import { modelTask } from './task.ts';

/** Outputs in row-major order. */
export interface Prediction {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Options of `predictAll`. */
export interface PredictOptions {
  /** Default 32. */
  readonly batchSize?: number;
}

/** All outputs in evaluation mode by name. */
export async function predictOutputs(
  state: ModelState,
  x: TensorsLike,
  options: PredictOptions,
): Promise<Readonly<Record<string, Prediction>>> {
  const { plan } = state;
  const batchSize = readBatchSize('predict', options);
  const xs = readInputs(plan, 'x', x);
  const task = modelTask(plan, state.anyObjective, { xs, ws: [], forms: [] });
  const values = await predictTables(task, state.weights(), xs, batchSize);
  return Object.fromEntries(
    plan.outputs.map(({ name, shape }, i) => [name, { data: values[i]!, shape: [xs[0]!.rows, ...shape] }]),
  );
}

/** The output that was asked for, or the only one. Throws `LU_MODEL_OUTPUT`. */
export function wantedOutput({ name, plan }: ModelState, output: string | undefined): string {
  const names = plan.outputs.map((port) => port.name);
  const wanted = output ?? (names.length === 1 ? names[0]! : undefined);
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new LuthierError(
    'LU_MODEL_OUTPUT',
    wanted === undefined ? `${name} has several outputs` : `${name} has no output '${wanted}'`,
    { fix: `Ask for one of ${names.join(', ')}, or for all with predictAll.`, where: 'output' },
  );
}
