import type { Json } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { mean } from '../graph/ops/reduce.ts';
import type { Loss, TargetForm } from '../losses/loss.ts';

/**
 * A metric: sums over the samples, and what follows from them.
 *
 * The graph gives the sums of a batch; they are added up over the epoch in float64, and the value is computed from the
 * totals, so that it is that of all samples together, however they were cut into batches.
 *
 * @example
 * const bias = {
 *   name: 'bias',
 *   direction: 'min',
 *   sum: (output, target) => ops.sum(ops.subtract(output, target)),
 *   finish: ([total], samples) => Math.abs(total / samples),
 * };
 */
export interface Metric {
  readonly name: string;
  readonly direction: 'min' | 'max';
  /** All options that shape the graph: metrics with equal names and structures share programs. Default: none do. */
  readonly structure?: Json;
  /** The sums over the batch: a scalar, or several as [n]. */
  sum(output: Node, target: Node, form: TargetForm): Node;
  /** The value from the totals. Default: the first total divided by the number of samples. */
  finish?(totals: readonly number[], samples: number): number;
  /** The metric as a loss calls for it; asked once, when a model is compiled. Default: the same with every loss. */
  forLoss?(loss: Loss): Metric;
}

/**
 * The names of the metrics, with the formulas of Keras 3; `metrics` has the same ones with options. Labels count as
 * one-hot rows where rows are asked for.
 *
 * - `accuracy`: the share of samples whose largest output is the label; with one output, or a loss of yes-or-no
 *   questions such as `binaryCrossentropy` and `hinge`, the share of right answers (yes: above 0.5; above 0 for logits
 *   and hinges)
 * - `binaryAccuracy`, `categoricalAccuracy`, `sparseCategoricalAccuracy`: the same in one flavour
 * - `topKCategoricalAccuracy`: the share of samples whose label is among the 5 largest outputs
 * - `precision`, `recall`: over all outputs, yes above 0.5; `f1`: the mean over the classes
 * - `auc`: area under the receiver operating characteristic, by 200 thresholds
 * - `meanSquaredError`, `meanAbsoluteError`, `rootMeanSquaredError`, `r2`, `cosineSimilarity`
 */
export type MetricName =
  | 'accuracy'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'topKCategoricalAccuracy'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'auc'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'rootMeanSquaredError'
  | 'r2'
  | 'cosineSimilarity';

/** Options of every metric. */
export interface MetricOptions {
  /** What the history calls it. Default: the name of the metric. */
  readonly name?: string;
}

/** The value of a metric from its totals. */
export function finishMetric(metric: Metric, totals: readonly number[], samples: number): number {
  return metric.finish?.(totals, samples) ?? (totals[0] ?? 0) / samples;
}

/** Adds the sums of a batch to totals, which are empty before the first batch. */
export function addSums(totals: readonly number[], sums: ArrayLike<number | bigint>): readonly number[] {
  return Array.from(sums, (value, i) => (totals[i] ?? 0) + Number(value));
}

/** The mean over all axes but the first. */
export function perSample(x: Node): Node {
  const axes = x.shape.slice(1).map((_, i) => i + 1);
  return axes.length === 0 ? x : mean(x, axes);
}

/** Outputs and targets of one shape: labels as one-hot rows. */
export function dense(output: Node, target: Node, form: TargetForm): readonly [Node, Node] {
  return [output, form === 'labels' ? oneHot(target, output.shape.at(-1)!) : target];
}
