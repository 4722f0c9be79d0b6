import type { Objective } from './task.ts';

/** `valAccuracy` of `accuracy`. */
export function validationName(metric: string): string {
  return `val${metric[0]!.toUpperCase()}${metric.slice(1)}`;
}

/** Names of what a run measures on training data: `loss` and the metrics. */
export function metricNamesOf({ metrics }: Pick<Objective, 'metrics'>): readonly string[] {
  return ['loss', ...metrics.map(({ name }) => name)];
}

/** Which way a loss or metric is better, by its name with or without `val`; undefined when nobody says so. */
export function directionOf(
  { metrics }: Pick<Objective, 'metrics'>,
  monitor: string,
): 'min' | 'max' | undefined {
  if (monitor === 'loss' || monitor === 'valLoss') return 'min';
  return metrics.find(({ name }) => name === monitor || validationName(name) === monitor)?.direction;
}
