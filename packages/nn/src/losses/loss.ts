import { type Json, LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { mean } from '../graph/ops/reduce.ts';

/** How targets enter a graph: integer labels [batch], or real numbers in the shape of the output. */
export type TargetForm = 'labels' | 'values';

/** A loss: the mean over the batch of one number a sample. */
export interface Loss {
  readonly name: string;
  /** Which targets it takes; the first is preferred where both would do. */
  readonly targets: readonly TargetForm[];
  /** Bounds of real targets, both included. */
  readonly bounds?: readonly [number, number];
  /**
   * Where each output answers yes or no by itself: the number above which it says yes. The metric `accuracy` then
   * judges every output; without it the largest output of a sample is its choice.
   */
  readonly decisionThreshold?: number;
  /** All options that shape the graph: losses with equal names and structures share programs. Default: none do. */
  readonly structure?: Json;
  /** The mean loss of a batch, a scalar. `output` is what the model gives. */
  mean(output: Node, target: Node, form: TargetForm): Node;
  /**
   * The numbers whose mean that is, in the axes of the output or the first of them: [batch], [batch, steps], ... Needed
   * where samples have weights or steps are masked; absent where a batch has a single number.
   */
  values?(output: Node, target: Node, form: TargetForm): Node;
}

/** A loss by the numbers whose mean it is. */
export function lossOf(parts: Omit<Loss, 'mean'> & Required<Pick<Loss, 'values'>>): Loss {
  return { ...parts, mean: (...given) => mean(parts.values(...given)) };
}

/**
 * The names of the losses, with the formulas and defaults of Keras 3, each the mean over the batch; `p` is what the
 * model gives, `y` the target. `losses` has the same ones with options.
 *
 * - `categoricalCrossentropy`: `-sum(y log p)`; y is one-hot (or soft) rows, or integer labels, which mean the same
 * - `sparseCategoricalCrossentropy`: the same for integer labels only
 * - `binaryCrossentropy`: `-mean(y log p + (1 - y) log(1 - p))`
 * - `categoricalFocalCrossentropy`, `binaryFocalCrossentropy`: cross-entropies times `(1 - p)^2` of the right answer
 * - `meanSquaredError`, `meanAbsoluteError`, `meanAbsolutePercentageError`, `meanSquaredLogarithmicError`, `huber`,
 *   `logCosh`: means over the outputs
 * - `hinge`, `squaredHinge`: `mean(max(1 - y p, 0))`, y being -1 or 1 (0 counts as -1); `categoricalHinge`
 * - `klDivergence`: `sum(y log(y / p))`; `poisson`: `mean(p - y log p)`
 * - `cosineSimilarity`: minus the cosine of the angle between y and p
 * - `dice`, `tversky`: one minus the overlap of y and p
 *
 * After a softmax (sigmoid) the cross-entropies are computed from its input, so that no logarithm of 0 occurs;
 * elsewhere probabilities are kept within 1e-7 of 0 and 1, as in Keras.
 */
export type LossName =
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'binaryCrossentropy'
  | 'categoricalFocalCrossentropy'
  | 'binaryFocalCrossentropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'meanAbsolutePercentageError'
  | 'meanSquaredLogarithmicError'
  | 'huber'
  | 'logCosh'
  | 'hinge'
  | 'squaredHinge'
  | 'categoricalHinge'
  | 'klDivergence'
  | 'poisson'
  | 'cosineSimilarity'
  | 'dice'
  | 'tversky';

/** The form in which targets of a given sample shape are fed; throws when loss, targets and output do not fit. */
export function targetForm(
  loss: Loss,
  where: string,
  sample: readonly number[],
  output: readonly number[],
  lastLayer: string,
): TargetForm {
  // A label a sample says nothing about outputs of several rows.
  const isLabel = output.length < 2 && (sample.length === 0 || (sample.length === 1 && sample[0] === 1));
  const isOfOutputShape =
    sample.join() === output.join() || (sample.length === 0 && output.length === 1 && output[0] === 1);
  const isClassLoss = loss.targets.includes('labels');
  if (isClassLoss && isLabel && (output[0] ?? 1) > 1) return 'labels';
  if (loss.targets.includes('values') && isOfOutputShape) return 'values';
  if (isClassLoss && isLabel) return 'labels';
  const wanted = loss.targets.map((form) =>
    form === 'labels' ? 'integer labels [n]' : `[n, ${output.join(', ')}]`,
  );
  throw new LuthierError(
    'LU_DATA_TARGET',
    `${where}: targets of shape [${['n', ...sample].join(', ')}] do not fit the loss ${loss.name} after ${lastLayer}, which gives [${['n', ...output].join(', ')}]`,
    { fix: `Give ${wanted.join(' or ')}, or change the last layer.`, where },
  );
}
