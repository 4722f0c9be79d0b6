import { LuthierError } from '@luthier/core';
import { requireName } from '../layers/options.ts';
import type { Loss } from '../losses/loss.ts';
import { remembered } from '../saving/origin.ts';
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.ts';
import { auc } from './auc.ts';
import { f1, precision, recall } from './class-scores.ts';
import { cosineSimilarity, meanAbsoluteError, meanSquaredError, r2, rootMeanSquaredError } from './errors.ts';
import type { Metric, MetricName } from './metric.ts';

interface Metrics {
  readonly accuracy: typeof accuracy;
  readonly binaryAccuracy: typeof binaryAccuracy;
  readonly categoricalAccuracy: typeof categoricalAccuracy;
  readonly sparseCategoricalAccuracy: typeof sparseCategoricalAccuracy;
  readonly topKCategoricalAccuracy: typeof topKCategoricalAccuracy;
  readonly precision: typeof precision;
  readonly recall: typeof recall;
  readonly f1: typeof f1;
  readonly auc: typeof auc;
  readonly meanSquaredError: typeof meanSquaredError;
  readonly meanAbsoluteError: typeof meanAbsoluteError;
  readonly rootMeanSquaredError: typeof rootMeanSquaredError;
  readonly r2: typeof r2;
  readonly cosineSimilarity: typeof cosineSimilarity;
}

/**
 * The metrics of Keras 3 with their options; a name alone, such as `'f1'`, means the defaults. Two of one kind need two
 * names.
 *
 * @example
 * model.compile({
 *   loss: 'categoricalCrossentropy',
 *   metrics: ['accuracy', metrics.topKCategoricalAccuracy({ k: 3, name: 'top3' })],
 * })
 */
export const metrics: Metrics = remembered('metrics', {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
  precision,
  recall,
  f1,
  auc,
  meanSquaredError,
  meanAbsoluteError,
  rootMeanSquaredError,
  r2,
  cosineSimilarity,
});

const named: Readonly<Record<MetricName, () => Metric>> = metrics;

/**
 * Reads metrics given by name or as data, as the loss calls for them; throws `LU_METRIC_UNKNOWN` with the nearest name,
 * and `LU_METRIC_NAME` for two of one name.
 */
export function parseMetrics(given: readonly (MetricName | Metric)[], loss: Loss): readonly Metric[] {
  const taken = new Set(['loss']);
  return given.map((one) => {
    const metric =
      typeof one === 'string' ? requireName('LU_METRIC_UNKNOWN', 'compile', 'metric', one, named)() : one;
    if (taken.has(metric.name)) {
      throw new LuthierError('LU_METRIC_NAME', `compile: the name '${metric.name}' is taken already`, {
        fix: 'Give the metric a name of its own, such as metrics.precision({ name: ... }).',
        where: 'compile',
      });
    }
    taken.add(metric.name);
    return metric.forLoss?.(loss) ?? metric;
  });
}
