import type { Node } from '../graph/node.ts';
import { subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal, greater } from '../graph/ops/compare.ts';
import { absolute, square } from '../graph/ops/elementwise.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { argmax, mean, sum } from '../graph/ops/reduce.ts';
import { requireName } from '../layers/options.ts';
import type { TargetForm } from '../losses/loss.ts';

/** A metric: a mean over samples of one number a sample. */
export interface Metric {
  readonly name: string;
  readonly direction: 'min' | 'max';
  /** The sum over the batch, a scalar. */
  sum(output: Node, target: Node, form: TargetForm): Node;
}

/** The mean over all axes but the first. */
function perSample(x: Node): Node {
  const axes = x.shape.slice(1).map((_, i) => i + 1);
  return axes.length === 0 ? x : mean(x, axes);
}

/** The largest output of each sample; softmax keeps the order, so its input will do. */
function choice(output: Node): Node {
  return argmax(output.op === 'softmax' ? output.inputs[0]! : output);
}

function accuracy(output: Node, target: Node, form: TargetForm): Node {
  if (form === 'labels') return sum(cast(equal(cast(choice(output), 'int32'), target), 'float32'));
  if (output.shape.at(-1) === 1) {
    return sum(perSample(cast(equal(cast(greater(output, 0.5), 'float32'), target), 'float32')));
  }
  return sum(cast(equal(choice(output), argmax(target)), 'float32'));
}

function binaryAccuracy(output: Node, target: Node): Node {
  return sum(perSample(cast(equal(cast(greater(output, 0.5), 'float32'), target), 'float32')));
}

function dense(output: Node, target: Node, form: TargetForm): readonly [Node, Node] {
  return form === 'labels' ? [output, oneHot(target, output.shape.at(-1)!)] : [output, target];
}

const metrics: Readonly<Record<MetricName, Omit<Metric, 'name'>>> = {
  accuracy: { direction: 'max', sum: accuracy },
  binaryAccuracy: { direction: 'max', sum: binaryAccuracy },
  meanSquaredError: {
    direction: 'min',
    sum: (...given) => sum(perSample(square(subtract(...dense(...given))))),
  },
  meanAbsoluteError: {
    direction: 'min',
    sum: (...given) => sum(perSample(absolute(subtract(...dense(...given))))),
  },
};

/**
 * The names of the metrics: `accuracy` (the share of samples whose largest output is the label; with one output, above
 * 0.5; with `binaryCrossentropy`, the share of right outputs), `binaryAccuracy`, `meanSquaredError`,
 * `meanAbsoluteError` (labels count as one-hot rows).
 */
export type MetricName = 'accuracy' | 'binaryAccuracy' | 'meanSquaredError' | 'meanAbsoluteError';

/** Reads a metric by name, in the flavour that the loss calls for; throws `LU_METRIC_UNKNOWN` with the nearest one. */
export function parseMetric(given: MetricName | Metric, lossName: string): Metric {
  if (typeof given !== 'string') return given;
  const found = requireName('LU_METRIC_UNKNOWN', 'compile', 'metric', given, metrics);
  const flavour = given === 'accuracy' && lossName === 'binaryCrossentropy' ? metrics.binaryAccuracy : found;
  return { name: given, ...flavour };
}
