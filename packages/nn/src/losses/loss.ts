import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, clip, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from '../graph/ops/cross-entropy.ts';
import { absolute, log, negate, softplus, square } from '../graph/ops/elementwise.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { mean, sum } from '../graph/ops/reduce.ts';
import { requireName } from '../layers/options.ts';

/** How targets enter a graph: integer labels [batch], or real numbers in the shape of the output. */
export type TargetForm = 'labels' | 'values';

/** A loss: the mean over the batch of one number a sample. */
export interface Loss {
  readonly name: string;
  /** Which targets it takes; the first is preferred where both would do. */
  readonly targets: readonly TargetForm[];
  /** Bounds of real targets, both included. */
  readonly bounds?: readonly [number, number];
  /** The mean loss of a batch, a scalar. `output` is what the model gives. */
  mean(output: Node, target: Node, form: TargetForm): Node;
}

/** Keras' guard of logarithms of probabilities. */
const PROBABILITY_FLOOR = 1e-7;

function crossEntropy(output: Node, target: Node, form: TargetForm): Node {
  // From the logits themselves log(softmax) is finite for every finite input; the op cannot see log(0).
  if (output.op === 'softmax') {
    const [logits] = output.inputs as readonly [Node];
    return mean(
      form === 'labels' ? sparseSoftmaxCrossEntropy(logits, target) : softmaxCrossEntropy(logits, target),
    );
  }
  const classes = output.shape.at(-1)!;
  const dense = form === 'labels' ? oneHot(target, classes) : target;
  const normal = divide(output, sum(output, -1, { keepDims: true }));
  const safe = clip(normal, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR);
  return mean(negate(sum(multiply(dense, log(safe)), -1)));
}

function binaryCrossEntropy(output: Node, target: Node): Node {
  if (output.op === 'sigmoid') {
    const logits = output.inputs[0]!;
    return mean(subtract(softplus(logits), multiply(logits, target)));
  }
  const safe = clip(output, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR);
  const ofOne = multiply(target, log(safe));
  const ofZero = multiply(subtract(1, target), log(subtract(1, safe)));
  return negate(mean(add(ofOne, ofZero)));
}

const losses: Readonly<Record<LossName, Omit<Loss, 'name'>>> = {
  categoricalCrossentropy: { targets: ['labels', 'values'], bounds: [0, 1], mean: crossEntropy },
  sparseCategoricalCrossentropy: { targets: ['labels'], mean: crossEntropy },
  binaryCrossentropy: { targets: ['values'], bounds: [0, 1], mean: binaryCrossEntropy },
  meanSquaredError: { targets: ['values'], mean: (output, target) => mean(square(subtract(output, target))) },
  meanAbsoluteError: {
    targets: ['values'],
    mean: (output, target) => mean(absolute(subtract(output, target))),
  },
};

/**
 * The names of the losses, with the formulas of Keras 3, each the mean over the batch.
 *
 * - `categoricalCrossentropy`: `-sum(y log p)`; y is one-hot (or soft) rows, or integer labels, which mean the same
 * - `sparseCategoricalCrossentropy`: the same for integer labels only
 * - `binaryCrossentropy`: `-mean(y log p + (1 - y) log(1 - p))`
 * - `meanSquaredError`, `meanAbsoluteError`: mean over the outputs
 *
 * After a softmax (sigmoid) the cross-entropies are computed from its input, so that no logarithm of 0 occurs;
 * elsewhere probabilities are kept within 1e-7 of 0 and 1, as in Keras.
 */
export type LossName =
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'binaryCrossentropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError';

/** Reads a loss by name; throws `LU_LOSS_UNKNOWN` with the nearest one. */
export function parseLoss(name: LossName | Loss): Loss {
  if (typeof name !== 'string') return name;
  return { name, ...requireName('LU_LOSS_UNKNOWN', 'compile', 'loss', name, losses) };
}

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
