import { LuthierError } from '@luthier/core';
import { constrained } from '../constraints/constrained.ts';
import type { Node } from '../graph/node.ts';
import { clip, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { negate } from '../graph/ops/elementwise.ts';
import type { WeightSpec } from '../layers/layer.ts';
import type { Optimizer } from './optimizer.ts';

/** What binds a weight after its update. */
export type Restraints = Pick<WeightSpec, 'regularizer' | 'constraint' | 'isSwapped'>;

/** Where the scalars of an update come from. */
export interface ScalarSources {
  knob(name: string): Node;
  step(name: string): Node;
}

/** The step number by which a proximal penalty is weighed. Default: the learning rate; sgd divides it by 1 - momentum. */
export const PROXIMAL_RATE = 'proximalRate';

/** `sign(w) max(abs(w) - threshold, 0)`: the proximal step of L1. */
function softThreshold(weight: Node, threshold: Node): Node {
  return subtract(weight, clip(weight, negate(threshold), threshold));
}

/**
 * What a weight goes through after its update: the proximal step of its penalty, then its constraint; undefined where it
 * has neither.
 *
 * Throws `LU_OPTIMIZER_WEIGHT` for a proximal penalty under an optimizer that keeps averages: an average of zeros and
 * others is not zero.
 */
export function restraint(
  optimizer: Optimizer,
  path: string,
  { regularizer, constraint, isSwapped = false }: Restraints,
  { knob, step }: ScalarSources,
): ((weight: Node) => Node) | undefined {
  const isProximal = regularizer?.proximalL1 !== undefined;
  if (isProximal && optimizer.kept !== undefined) {
    throw new LuthierError(
      'LU_OPTIMIZER_WEIGHT',
      `${path}: proximalL1 gives no zeros while the optimizer averages the weights`,
      {
        fix: 'Use regularizers.l1, or an optimizer without useEma other than scheduleFreeAdamW.',
        where: path,
      },
    );
  }
  if (!isProximal && constraint === undefined) return undefined;
  return (weight) => {
    const sparse = isProximal
      ? softThreshold(weight, multiply(step(PROXIMAL_RATE), knob(`${path}Regularizer.proximalL1`)))
      : weight;
    if (constraint === undefined) return sparse;
    return constrained(constraint, sparse, isSwapped, (name) => knob(`${path}Constraint.${name}`));
  };
}
