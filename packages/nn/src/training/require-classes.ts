import { LuthierError } from '@luthier/core';
import type { Loss } from '../losses/loss.ts';
import type { ModelPlan } from './plan.ts';
import type { ReadSamples } from './read-data.ts';
import type { Table } from './tables.ts';

function hasOneRow({ data, rows, rowSize }: Table): boolean {
  for (let i = rowSize; i < rows * rowSize; i++) if (data[i] !== data[i % rowSize]) return false;
  return true;
}

/** Whether targets of that width are answers to which class, or to yes or no. */
function asksForClass(loss: Loss, width: number): boolean {
  return width === 1 ? loss.decisionThreshold !== undefined : loss.targets.includes('labels');
}

/**
 * Refuses training data of a single class: a classifier learns nothing from them but to say it always.
 *
 * Throws `LU_DATA_ONE_CLASS`. One sample alone is let through.
 */
export function requireSeveralClasses(plan: ModelPlan, losses: readonly Loss[], samples: ReadSamples): void {
  for (const [i, y] of samples.ys.entries()) {
    const { shape, name } = plan.outputs[i]!;
    if (y.rows < 2 || shape.length > 1 || !asksForClass(losses[i]!, shape[0] ?? 1) || !hasOneRow(y)) continue;
    const where = plan.outputs.length === 1 ? 'training data y' : `training data y.${name}`;
    throw new LuthierError(
      'LU_DATA_ONE_CLASS',
      `${where}: all ${y.rows} samples are of the same class, [${y.data.slice(0, y.rowSize).join(', ')}]`,
      { fix: 'Give samples of two classes at least, or shuffle before splitting sorted data.', where },
    );
  }
}
