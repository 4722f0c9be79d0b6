import type { Node } from '../graph/node.ts';
import { divide, multiply } from '../graph/ops/arithmetic.ts';
import { penaltyTerms } from '../regularizers/penalty-terms.ts';
import type { Regularizer } from '../regularizers/regularizer.ts';

/** The coefficients of an activity penalty as scalars of the compiled graph. */
export function activityKnobs(regularizer: Regularizer | undefined): Readonly<Record<string, number>> {
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
