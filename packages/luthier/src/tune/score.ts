import { didYouMean, LuthierError } from '@luthier/core';
import type { Objective } from '@luthier/search';

/**
 * The value of the objective among the metrics of a finished run.
 *
 * Throws LU_OBJECTIVE_UNKNOWN, listing the metrics there are, when the run has no such metric.
 *
 * @example
 * scoreOf(maximize('valAccuracy'), { valAccuracy: 0.98, valLoss: 0.07 }) // 0.98
 */
export function scoreOf(objective: Objective, metrics: Readonly<Record<string, number>>): number {
  const value = metrics[objective.metric];
  if (value === undefined) {
    const known = Object.keys(metrics);
    throw new LuthierError(
      'LU_OBJECTIVE_UNKNOWN',
      `the objective '${objective.metric}' was not measured${didYouMean(objective.metric, known)}`,
      { where: 'objective', fix: `Use one of ${known.join(', ')}.` },
    );
  }
  return value;
}
