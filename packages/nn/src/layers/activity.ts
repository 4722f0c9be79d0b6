import type { Node } from '../graph/node.ts';
import { divide, multiply } from '../graph/ops/arithmetic.ts';
import { absolute, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
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
  const perSample = (total: Node): Node => divide(total, output.shape[0]!);
  const parts: Node[] = [];
  if (regularizer?.l1 !== undefined) {
    parts.push(multiply(knob('activityRegularizer.l1'), perSample(sum(absolute(output)))));
  }
  if (regularizer?.l2 !== undefined) {
    parts.push(multiply(knob('activityRegularizer.l2'), perSample(sum(square(output)))));
  }
  return parts;
}
