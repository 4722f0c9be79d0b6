import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, clip, divide, multiply } from '../graph/ops/arithmetic.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { sum } from '../graph/ops/reduce.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { TargetForm } from './loss.ts';

/** Keras' guard of logarithms and divisions. */
export const EPSILON = 1e-7;

/** Options of losses of probabilities. */
export interface ProbabilityOptions {
  /** Whether the model gives logits, without a softmax or sigmoid at its end. Default false. */
  readonly fromLogits?: boolean;
  /** Share of the targets that is spread evenly over all answers, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
}

/** Probability options read. */
export interface ReadProbabilityOptions {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
}

const share = { text: '[0, 1]', holds: (value: number): boolean => value >= 0 && value <= 1 } as const;

/** Reads the options; throws `LU_LOSS_OPTION` for a smoothing outside [0, 1]. */
export function readProbabilityOptions(where: string, options: ProbabilityOptions): ReadProbabilityOptions {
  return {
    fromLogits: requireBoolean(where, 'fromLogits', options.fromLogits ?? false),
    labelSmoothing: requireNumber(
      'LU_LOSS_OPTION',
      where,
      'labelSmoothing',
      options.labelSmoothing ?? 0,
      share,
    ),
  };
}

/** A weight in [0, 1]. */
export function requireShare(where: string, option: string, value: number): number {
  return requireNumber('LU_LOSS_OPTION', where, option, value, share);
}

/** A finite number that is not negative. */
export function requireNotNegative(where: string, option: string, value: number): number {
  return requireNumber('LU_LOSS_OPTION', where, option, value, ranges.notNegative);
}

/** True or false, and nothing that merely looks like it. */
export function requireBoolean(where: string, option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new LuthierError('LU_LOSS_OPTION', `${where}: ${option} is ${String(value)}, not true or false`, {
    fix: `Give ${option} true or false.`,
    where,
  });
}

/**
 * The logits behind an output, where they are known: the input of its softmax or sigmoid, or the output itself when
 * the loss is told so. Throws `LU_LOSS_LOGITS` when the loss is told so and the activation is there all the same.
 */
export function logitsOf(
  where: string,
  output: Node,
  activation: 'softmax' | 'sigmoid',
  fromLogits: boolean,
): Node | undefined {
  if (output.op !== activation) return fromLogits ? output : undefined;
  if (fromLogits) {
    throw new LuthierError(
      'LU_LOSS_LOGITS',
      `${where}: fromLogits is true, but the model ends with a ${activation} and gives probabilities`,
      { fix: `Remove fromLogits, or the ${activation} of the last layer.`, where },
    );
  }
  return output.inputs[0]!;
}

/** Targets as rows over the classes. */
export function denseTarget(target: Node, form: TargetForm, classes: number): Node {
  return form === 'labels' ? oneHot(target, classes) : target;
}

/** `y (1 - s) + s / answers`. */
export function smoothed(target: Node, smoothing: number, answers: number): Node {
  return smoothing === 0 ? target : add(multiply(target, 1 - smoothing), smoothing / answers);
}

/** Probabilities away from 0 and 1. */
export function safeProbability(p: Node): Node {
  return clip(p, EPSILON, 1 - EPSILON);
}

/** Rows scaled to the sum 1, then away from 0 and 1. */
export function safeDistribution(p: Node): Node {
  return safeProbability(divide(p, sum(p, -1, { keepDims: true })));
}
