import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { mean, sum } from '../graph/ops/reduce.ts';
import { refuseUnknown } from '../layers/options.ts';
import type { Loss } from './loss.ts';
import { EPSILON, requireNotNegative } from './probabilities.ts';

/** Options of `losses.dice`. */
export interface DiceOptions {
  /** Axes of [batch, ...] that are summed over; the rest is averaged. Default: all, the whole batch as one picture. */
  readonly axis?: readonly number[];
}

/** Options of `losses.tversky`. */
export interface TverskyOptions extends DiceOptions {
  /** Weight of what the target has and the output lacks. Default 0.5. */
  readonly alpha?: number;
  /** Weight of what the output has and the target lacks. Default 0.5. */
  readonly beta?: number;
}

function readAxes(where: string, axis: readonly number[] | undefined): readonly number[] | undefined {
  const isList = Array.isArray(axis) && axis.length > 0;
  if (axis === undefined || (isList && axis.every((one) => Number.isInteger(one) && one >= 0))) return axis;
  throw new LuthierError('LU_LOSS_OPTION', `${where}: axis is ${String(axis)}, not a list of axes from 0`, {
    fix: 'Give axes such as [1, 2], or leave axis out.',
    where,
  });
}

function overlap(
  name: string,
  axis: readonly number[] | undefined,
  structure: NonNullable<Loss['structure']>,
  share: (output: Node, target: Node, total: (x: Node) => Node) => Node,
): Loss {
  const shares = (output: Node, target: Node): Node => share(output, target, (x) => sum(x, axis));
  return {
    name,
    targets: ['values'],
    bounds: [0, 1],
    decisionThreshold: 0.5,
    structure: [axis ?? null, structure],
    mean: (output, target) => subtract(1, mean(shares(output, target))),
    // Over the whole batch there is no number a sample.
    ...(axis === undefined || axis.includes(0)
      ? {}
      : { values: (output: Node, target: Node) => subtract(1, shares(output, target)) }),
  };
}

/**
 * `1 - 2 sum(y p) / (sum(y) + sum(p) + 1e-7)`, for masks.
 *
 * Default: one ratio over the whole batch, as in Keras, so that the loss of an epoch depends on the batch size; `axis`
 * [1, ...] gives one a sample. Reference: Milletari et al. 2016, "V-Net".
 *
 * @example
 * model.compile({ loss: losses.dice({ axis: [1] }) })
 */
export function dice(options: DiceOptions = {}): Loss {
  refuseUnknown('LU_LOSS_OPTION', 'dice', options, ['axis']);
  const axis = readAxes('dice', options.axis);
  return overlap('dice', axis, 0, (p, y, total) =>
    divide(multiply(total(multiply(y, p)), 2), add(add(total(y), total(p)), EPSILON)),
  );
}

/**
 * `1 - sum(y p) / (sum(y p) + alpha sum(y (1 - p)) + beta sum((1 - y) p) + 1e-7)`, for masks.
 *
 * Defaults: alpha and beta 0.5 (which is `dice`), one ratio over the whole batch. Alpha weighs what is missed, beta
 * what is too much, as the code of Keras 3 does; its documentation has them the other way round.
 * Reference: Salehi et al. 2017.
 *
 * @example
 * model.compile({ loss: losses.tversky({ alpha: 0.7, beta: 0.3 }) })
 */
export function tversky(options: TverskyOptions = {}): Loss {
  const name = 'tversky';
  refuseUnknown('LU_LOSS_OPTION', name, options, ['alpha', 'beta', 'axis']);
  const axis = readAxes(name, options.axis);
  const alpha = requireNotNegative(name, 'alpha', options.alpha ?? 0.5);
  const beta = requireNotNegative(name, 'beta', options.beta ?? 0.5);
  return overlap(name, axis, [alpha, beta], (p, y, total) => {
    const common = total(multiply(y, p));
    const missed = multiply(total(multiply(y, subtract(1, p))), alpha);
    const extra = multiply(total(multiply(subtract(1, y), p)), beta);
    return divide(common, add(add(common, add(missed, extra)), EPSILON));
  });
}
