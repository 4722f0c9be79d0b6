import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { clip, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { greater, where } from '../graph/ops/compare.ts';
import { floor, negate, sigmoid } from '../graph/ops/elementwise.ts';
import { scatterAdd } from '../graph/ops/gather.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { sizeOf } from '../graph/tensor.ts';
import { refuseUnknown, requireNumber } from '../layers/options.ts';
import { dense, type Metric, type MetricOptions, spreadWeights } from './metric.ts';

/** Options of `metrics.auc`. */
export interface AucOptions extends MetricOptions {
  /** Points of the curve; more are more exact. Default 200. */
  readonly numThresholds?: number;
  /** Whether the model gives logits, which a sigmoid turns into probabilities here. Default false. */
  readonly fromLogits?: boolean;
}

const several = {
  text: 'the integers from 2',
  holds: (value: number): boolean => Number.isInteger(value) && value >= 2,
} as const;

function fromTop(counts: readonly number[]): readonly number[] {
  let total = 0;
  return counts.toReversed().map((count) => {
    total += count;
    return total;
  });
}

/** The area by the trapezoidal rule, from how many samples of each kind lie between two thresholds. */
function area(positives: readonly number[], negatives: readonly number[]): number {
  const hits = fromTop(positives);
  const alarms = fromTop(negatives);
  let result = 0;
  for (let i = 1; i < hits.length; i++) {
    result += ((alarms[i]! - alarms[i - 1]!) * (hits[i]! + hits[i - 1]!)) / 2;
  }
  return result / (hits.at(-1)! * alarms.at(-1)!);
}

/**
 * Area under the receiver operating characteristic: the chance that a yes gets a larger output than a no.
 *
 * As in Keras the curve is taken at evenly spaced thresholds in [0, 1] and joined by lines; all outputs count together,
 * labels as one-hot rows. Outputs beyond 0 and 1 count as 0 and 1. Defaults: 200 thresholds, from probabilities. NaN
 * where there is only one class (Keras: 0), or an output is not finite.
 * Reference: Fawcett 2006, "An introduction to ROC analysis".
 *
 * @example
 * model.compile({ loss: 'binaryCrossentropy', metrics: [metrics.auc({ numThresholds: 1000 })] })
 */
export function auc(options: AucOptions = {}): Metric {
  const name = 'auc';
  refuseUnknown('LU_METRIC_OPTION', name, options, ['name', 'numThresholds', 'fromLogits']);
  const points = requireNumber(
    'LU_METRIC_OPTION',
    name,
    'numThresholds',
    options.numThresholds ?? 200,
    several,
  );
  const { fromLogits = false } = options;
  if (typeof fromLogits !== 'boolean') {
    throw new LuthierError('LU_METRIC_OPTION', `${name}: fromLogits is ${String(fromLogits)}`, {
      fix: 'Give fromLogits true or false.',
      where: name,
    });
  }
  return {
    name: options.name ?? name,
    direction: 'max',
    structure: [name, points, fromLogits],
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const flatten = (x: Node): Node => reshape(x, [sizeOf(x.shape)]);
      const flat = dense(output, target, form).map(flatten);
      const p = fromLogits ? sigmoid(flat[0]!) : flat[0]!;
      // A target of -1 says no, as 0 does.
      const y = maximum(flat[1]!, 0);
      // Interval i holds what is above threshold i and not above the next. The comparison keeps NaN out of positions.
      const scaled = multiply(p, points - 1);
      const above = where(greater(scaled, 0), subtract(negate(floor(negate(scaled))), 1), 0);
      const interval = cast(clip(above, 0, points - 2), 'int32');
      const finite = reshape(sum(multiply(p, 0)), [1]);
      const counted = (kind: Node): Node =>
        weights === undefined ? kind : multiply(kind, flatten(spreadWeights(weights, output.shape)));
      return concat(
        [
          scatterAdd(interval, counted(y), points),
          scatterAdd(interval, counted(subtract(1, y)), points),
          finite,
        ],
        0,
      );
    },
    finish: (totals) => area(totals.slice(0, points), totals.slice(points, 2 * points)) + totals[2 * points]!,
  };
}
