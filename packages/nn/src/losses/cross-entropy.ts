import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from '../graph/ops/cross-entropy.ts';
import { log, negate, softplus } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { refuseUnknown } from '../layers/options.ts';
import { type Loss, lossOf, type TargetForm } from './loss.ts';
import {
  denseTarget,
  logitsOf,
  type ProbabilityOptions,
  type ReadProbabilityOptions,
  readProbabilityOptions,
  safeDistribution,
  safeProbability,
  smoothed,
} from './probabilities.ts';

const KNOWN = ['fromLogits', 'labelSmoothing'] as const;

/** `-sum(y log p)`, one number a sample. */
function ofClasses(
  where: string,
  { fromLogits, labelSmoothing }: ReadProbabilityOptions,
  output: Node,
  target: Node,
  form: TargetForm,
): Node {
  const classes = output.shape.at(-1)!;
  const logits = logitsOf(where, output, 'softmax', fromLogits);
  // From the logits themselves log(softmax) is finite for every finite input; the op cannot see log(0).
  if (logits !== undefined && form === 'labels' && labelSmoothing === 0) {
    return sparseSoftmaxCrossEntropy(logits, target);
  }
  const dense = smoothed(denseTarget(target, form, classes), labelSmoothing, classes);
  if (logits !== undefined) return softmaxCrossEntropy(logits, dense);
  return negate(sum(multiply(dense, log(safeDistribution(output))), -1));
}

function categorical(name: string, targets: Loss['targets'], options: ProbabilityOptions): Loss {
  refuseUnknown('LU_LOSS_OPTION', name, options, KNOWN);
  const read = readProbabilityOptions(name, options);
  return lossOf({
    name,
    targets,
    bounds: [0, 1],
    structure: [read.fromLogits, read.labelSmoothing],
    values: (output, target, form) => ofClasses(name, read, output, target, form),
  });
}

/**
 * Cross-entropy of one answer out of several: `-sum(y log p)`, the mean over the batch.
 *
 * `y` is one-hot or soft rows, or integer labels, which mean the same. Defaults: from probabilities, no smoothing; with
 * `labelSmoothing` s it takes `y (1 - s) + s / classes` (Szegedy et al. 2016). Throws `LU_LOSS_OPTION` for a smoothing
 * outside [0, 1], and `LU_LOSS_LOGITS` before training when `fromLogits` meets a softmax.
 *
 * @example
 * model.compile({ loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }) })
 */
export function categoricalCrossentropy(options: ProbabilityOptions = {}): Loss {
  return categorical('categoricalCrossentropy', ['labels', 'values'], options);
}

/**
 * As `categoricalCrossentropy`, for integer labels only; Keras has no smoothing here.
 *
 * @example
 * model.compile({ loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) })
 */
export function sparseCategoricalCrossentropy(options: ProbabilityOptions = {}): Loss {
  return categorical('sparseCategoricalCrossentropy', ['labels'], options);
}

/** `-(y log p + (1 - y) log(1 - p))`, one number an output. */
export function binaryTerms(output: Node, target: Node, logits: Node | undefined): Node {
  if (logits !== undefined) return subtract(softplus(logits), multiply(logits, target));
  const safe = safeProbability(output);
  const ofOne = multiply(target, log(safe));
  const ofZero = multiply(subtract(1, target), log(subtract(1, safe)));
  return negate(add(ofOne, ofZero));
}

/**
 * Cross-entropy of questions with the answers yes and no: `-mean(y log p + (1 - y) log(1 - p))`.
 *
 * Defaults: from probabilities, no smoothing; with `labelSmoothing` s it takes `y (1 - s) + s / 2`. With `fromLogits`
 * the metric `accuracy` takes an output above 0 for yes (Keras: above 0.5, whatever the output is).
 *
 * @example
 * model.compile({ loss: losses.binaryCrossentropy({ fromLogits: true }) })
 */
export function binaryCrossentropy(options: ProbabilityOptions = {}): Loss {
  const name = 'binaryCrossentropy';
  refuseUnknown('LU_LOSS_OPTION', name, options, KNOWN);
  const { fromLogits, labelSmoothing } = readProbabilityOptions(name, options);
  return lossOf({
    name,
    targets: ['values'],
    bounds: [0, 1],
    decisionThreshold: fromLogits ? 0 : 0.5,
    structure: [fromLogits, labelSmoothing],
    values: (output, target) => {
      const logits = logitsOf(name, output, 'sigmoid', fromLogits);
      return binaryTerms(output, smoothed(target, labelSmoothing, 2), logits);
    },
  });
}
