import type { Model } from '@luthier/nn';
import { maximize, minimize, type Objective } from '@luthier/search';
import { metricNames } from '../tune/metric-names.ts';
import { refuse } from './refuse.ts';

/** The objective with its direction. Throws LU_OBJECTIVE_UNKNOWN and LU_OBJECTIVE_DIRECTION. */
export function objectiveOf(given: string | Objective, model: Model): Objective {
  const metric = typeof given === 'string' ? given : given.metric;
  const names = metricNames(model);
  if (!names.includes(metric))
    refuse(
      'LU_OBJECTIVE_UNKNOWN',
      `no metric is called '${metric}'`,
      `Use one of ${names.join(', ')}, or add it to the model's metrics.`,
      'objective',
    );
  if (typeof given !== 'string') return given;
  const direction = model.direction(metric);
  if (direction === undefined)
    refuse(
      'LU_OBJECTIVE_DIRECTION',
      `'${metric}' does not say whether more of it is better`,
      `Write maximize('${metric}') or minimize('${metric}').`,
      'objective',
    );
  return direction === 'max' ? maximize(metric) : minimize(metric);
}
