import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { divide, multiply } from '../graph/ops/arithmetic.ts';
import { penaltyTerms } from '../regularizers/penalty-terms.ts';
import type { Regularizer } from '../regularizers/regularizer.ts';

/**
 * The coefficients of an activity penalty as scalars of the compiled graph; throws `LU_REGULARIZER_OPTION` for a
 * proximal one, which needs a weight to act on.
 */
export function activityKnobs(regularizer: Regularizer | undefined): Readonly<Record<string, number>> {
  if (regularizer?.proximalL1 !== undefined) {
    throw new LuthierError('LU_REGULARIZER_OPTION', 'An activity penalty cannot be proximal', {
      fix: 'Use regularizers.l1 for outputs, or proximalL1 on a kernel.',
      where: 'activityRegularizer',
    });
  }
  return Object.fromEntries(
    Object.entries(regularizer ?? {}).map(([name, value]) => [`activityRegularizer.${name}`, value]),
  );
}

/** The penalties on an output, divided by the batch size, as Keras does. */
export function activityPenalty(
  regularizer: Regularizer | undefined,
  output: Node,
  knob: (name: string) => Node,
): readonly Node[] {
  return penaltyTerms(regularizer ?? {}, output).map(([part, term]) =>
    multiply(knob(`activityRegularizer.${part}`), divide(term, output.shape[0]!)),
  );
}
