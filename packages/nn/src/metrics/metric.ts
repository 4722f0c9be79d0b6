import type { Json } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { mean, sum } from '../graph/ops/reduce.ts';
import { broadcastTo, reshape } from '../graph/ops/shape.ts';
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
  /** The sums over the batch: a scalar, or several as [n]. With `weights` [batch] each sample counts so many times. */
  sum(output: Node, target: Node, form: TargetForm, weights?: Node): Node;
  /** Whether `sum` reads `weights`, so that the metric can be weighted, and measured where steps are masked. Default false. */
  readonly takesWeights?: boolean;
  /** The value from the totals and the number (or weight) of samples. Default: the first total divided by the other. */
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

/** The value of a metric from its totals; where it is weighted, the last of them is the weight of all samples. */
export function finishMetric(
  metric: Metric,
  totals: readonly number[],
  samples: number,
  isWeighted = false,
): number {
  if (isWeighted) return finishMetric(metric, totals.slice(0, -1), totals.at(-1) ?? 0);
  return metric.finish?.(totals, samples) ?? (totals[0] ?? 0) / samples;
}

/** The sum over samples of [batch, ...], each times its weight. */
export function sumSamples(values: Node, weights: Node | undefined): Node {
  return sum(weights === undefined ? values : multiply(values, spreadWeights(weights, values.shape)));
}

/** Weights [batch] for all values of [batch, ...]. */
export function spreadWeights(weights: Node, shape: Shape): Node {
  return broadcastTo(reshape(weights, [shape[0]!, ...shape.slice(1).map(() => 1)]), shape);
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
