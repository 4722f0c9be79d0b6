import type { EpochRecord } from '@luthier/core';
import type { Model, Samples } from '@luthier/nn';

/** Losses and metrics of the weights the model keeps, by the names the history uses. */
export async function finalMetrics(
  model: Model,
  validation: Samples | undefined,
  epochs: readonly EpochRecord[],
  kept: number,
): Promise<Record<string, number>> {
  const metrics: Record<string, number> = { ...epochs[kept]?.metrics };
  if (validation === undefined) return metrics;
  for (const [name, value] of Object.entries(await model.evaluate(validation))) {
    metrics[`val${name.charAt(0).toUpperCase()}${name.slice(1)}`] = value;
  }
  return metrics;
}
