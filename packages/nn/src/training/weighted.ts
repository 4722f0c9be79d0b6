import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { divide, maximum, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { Loss, TargetForm } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';

/** How much the rows of an output count: `weights` float32 and `mask` bool, both in the first axes of the output. */
export interface RowWeights {
  readonly weights: Node | undefined;
  readonly mask: Node | undefined;
}

/** A tensor with axes of extent 1 behind its own. */
function withAxes(x: Node, rank: number): Node {
  return reshape(x, [...x.shape, ...new Array<number>(rank - x.shape.length).fill(1)]);
}

/** Weights and mask as one float32 tensor. */
function joined({ weights, mask }: RowWeights): Node | undefined {
  const counted = mask === undefined ? undefined : cast(mask, 'float32');
  if (weights === undefined || counted === undefined) return weights ?? counted;
  const rank = Math.max(weights.shape.length, counted.shape.length);
  return multiply(withAxes(weights, rank), withAxes(counted, rank));
}

/**
 * The mean loss where rows count differently, as Keras has it: `sum(w l) / n` with the number of rows n, which is that of
 * the rows that are not masked; weights do not change the divisor.
 */
export function weightedLoss(
  loss: Loss,
  output: Node,
  target: Node,
  form: TargetForm,
  rows: RowWeights,
): Node {
  const factor = joined(rows);
  if (factor === undefined) return loss.mean(output, target, form);
  const values = loss.values?.(output, target, form);
  if (values === undefined || values.shape.length < factor.shape.length) {
    throw new LuthierError(
      'LU_LOSS_WEIGHTS',
      `${loss.name} has no number for each ${rows.mask === undefined ? 'sample' : 'step'}, so that it cannot be weighted or masked`,
      { fix: 'Leave sampleWeight and classWeight out, or choose a loss with values.', where: loss.name },
    );
  }
  const total = sum(multiply(values, withAxes(factor, values.shape.length)));
  if (rows.mask === undefined) return divide(total, sizeOf(values.shape));
  const perStep = sizeOf(values.shape) / sizeOf(rows.mask.shape);
  // Without a single step that counts the loss is 0.
  return divide(total, multiply(maximum(sum(cast(rows.mask, 'float32')), 1), perStep));
}

/** A tensor whose first axes, so many, have become one. */
function merged(x: Node, axes: number): Node {
  const rest = x.shape.slice(axes);
  return reshape(x, [sizeOf(x.shape.slice(0, axes)), ...(rest.length === 0 && axes > 1 ? [1] : rest)]);
}

/** The sums of a metric where rows count differently, with the weight of all rows behind them. */
export function weightedSums(
  metric: Metric,
  output: Node,
  target: Node,
  form: TargetForm,
  rows: RowWeights,
): Node {
  const factor = joined(rows);
  if (factor === undefined) return metric.sum(output, target, form);
  if (metric.takesWeights !== true) {
    throw new LuthierError('LU_METRIC_WEIGHTS', `${metric.name} takes no weights of samples or steps`, {
      fix: 'Set takesWeights and read the fourth argument of sum, or leave the metric out.',
      where: metric.name,
    });
  }
  const axes = factor.shape.length;
  const flat = reshape(factor, [sizeOf(factor.shape)]);
  const isLabel = form === 'labels';
  const truth = isLabel ? reshape(target, [sizeOf(target.shape)]) : merged(target, axes);
  const sums = metric.sum(axes === 1 ? output : merged(output, axes), truth, form, flat);
  return concat([reshape(sums, [sizeOf(sums.shape)]), reshape(sum(flat), [1])], 0);
}
