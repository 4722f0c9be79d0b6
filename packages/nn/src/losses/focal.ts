import type { Node } from '../graph/node.ts';
import { add, maximum, multiply, power, subtract } from '../graph/ops/arithmetic.ts';
import { exp, log, negate, sigmoid } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { logSoftmax } from '../graph/ops/softmax.ts';
import { refuseUnknown } from '../layers/options.ts';
import { binaryTerms } from './cross-entropy.ts';
import { type Loss, lossOf } from './loss.ts';
import {
  denseTarget,
  EPSILON,
  logitsOf,
  type ProbabilityOptions,
  readProbabilityOptions,
  requireBoolean,
  requireNotNegative,
  requireShare,
  safeDistribution,
  safeProbability,
  smoothed,
} from './probabilities.ts';

/** Options of `losses.categoricalFocalCrossentropy`. */
export interface CategoricalFocalOptions extends ProbabilityOptions {
  /** Factor of the whole loss. Default 0.25. */
  readonly alpha?: number;
  /** How strongly easy samples count less; 0 is plain cross-entropy. Default 2. */
  readonly gamma?: number;
}

/** Options of `losses.binaryFocalCrossentropy`. */
export interface BinaryFocalOptions extends ProbabilityOptions {
  /** Whether the answer yes counts `alpha` and the answer no `1 - alpha`. Default false. */
  readonly applyClassBalancing?: boolean;
  /** In [0, 1]; read with `applyClassBalancing` only. Default 0.25. */
  readonly alpha?: number;
  /** How strongly easy samples count less; 0 is plain cross-entropy. Default 2. */
  readonly gamma?: number;
}

/** `x^gamma` of what is missing to certainty; kept off 0, where the slope of a power below 1 is infinite. */
function focus(missing: Node, gamma: number): Node {
  return power(maximum(missing, EPSILON), gamma);
}

/**
 * Focal cross-entropy of one answer out of several: `-sum(alpha (1 - p)^gamma y log p)`.
 *
 * Defaults: alpha 0.25, gamma 2, from probabilities, no smoothing. Takes rows or integer labels.
 * Reference: Lin et al. 2017, "Focal loss for dense object detection".
 *
 * @example
 * model.compile({ loss: losses.categoricalFocalCrossentropy({ gamma: 1 }) })
 */
export function categoricalFocalCrossentropy(options: CategoricalFocalOptions = {}): Loss {
  const name = 'categoricalFocalCrossentropy';
  refuseUnknown('LU_LOSS_OPTION', name, options, ['alpha', 'gamma', 'fromLogits', 'labelSmoothing']);
  const { fromLogits, labelSmoothing } = readProbabilityOptions(name, options);
  const alpha = requireNotNegative(name, 'alpha', options.alpha ?? 0.25);
  const gamma = requireNotNegative(name, 'gamma', options.gamma ?? 2);
  return lossOf({
    name,
    targets: ['labels', 'values'],
    bounds: [0, 1],
    structure: [fromLogits, labelSmoothing, alpha, gamma],
    values: (output, target, form) => {
      const classes = output.shape.at(-1)!;
      const dense = smoothed(denseTarget(target, form, classes), labelSmoothing, classes);
      const logits = logitsOf(name, output, 'softmax', fromLogits);
      const logP = logits === undefined ? log(safeDistribution(output)) : logSoftmax(logits);
      const weight = multiply(focus(subtract(1, exp(logP)), gamma), alpha);
      return negate(sum(multiply(weight, multiply(dense, logP)), -1));
    },
  });
}

/**
 * Focal cross-entropy of questions with the answers yes and no: each term of `binaryCrossentropy` times
 * `(1 - p)^gamma` of the right answer, and by choice times alpha or `1 - alpha`.
 *
 * Defaults: gamma 2, no class balancing (alpha 0.25), from probabilities, no smoothing.
 * Reference: Lin et al. 2017, "Focal loss for dense object detection".
 *
 * @example
 * model.compile({ loss: losses.binaryFocalCrossentropy({ applyClassBalancing: true }) })
 */
export function binaryFocalCrossentropy(options: BinaryFocalOptions = {}): Loss {
  const name = 'binaryFocalCrossentropy';
  const known = ['applyClassBalancing', 'alpha', 'gamma', 'fromLogits', 'labelSmoothing'];
  refuseUnknown('LU_LOSS_OPTION', name, options, known);
  const { fromLogits, labelSmoothing } = readProbabilityOptions(name, options);
  const alpha = requireShare(name, 'alpha', options.alpha ?? 0.25);
  const gamma = requireNotNegative(name, 'gamma', options.gamma ?? 2);
  const isBalanced = requireBoolean(name, 'applyClassBalancing', options.applyClassBalancing ?? false);
  return lossOf({
    name,
    targets: ['values'],
    bounds: [0, 1],
    decisionThreshold: fromLogits ? 0 : 0.5,
    structure: [fromLogits, labelSmoothing, isBalanced ? alpha : null, gamma],
    values: (output, target) => {
      const y = smoothed(target, labelSmoothing, 2);
      const isNot = subtract(1, y);
      const logits = logitsOf(name, output, 'sigmoid', fromLogits);
      // Each answer from its own sigmoid: one minus a number near 1 would lose all digits.
      const yes = logits === undefined ? safeProbability(output) : sigmoid(logits);
      const no = logits === undefined ? subtract(1, yes) : sigmoid(negate(logits));
      const missing = add(multiply(y, no), multiply(isNot, yes));
      const terms = multiply(focus(missing, gamma), binaryTerms(output, y, logits));
      if (!isBalanced) return terms;
      return multiply(add(multiply(y, alpha), multiply(isNot, 1 - alpha)), terms);
    },
  });
}
