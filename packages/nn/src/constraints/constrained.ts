import type { Node } from '../graph/node.ts';
import { add, clip, divide, maximum, minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { type Constraint, type ConstraintAxis, constraintAxes } from './constraint.ts';

/** Keras' guard of divisors. */
const EPSILON = 1e-7;

/** Where a constraint finds its bounds. */
type Bound = (name: string) => Node;

/**
 * A weight made to obey a constraint, whose numbers `bound` gives by name; `isSwapped` says that a matrix comes with its
 * axes swapped.
 */
export function constrained(constraint: Constraint, weight: Node, isSwapped: boolean, bound: Bound): Node {
  if (constraint.kind === 'nonNeg') return maximum(weight, 0);
  const norm = normOver(weight, constraint.axis, isSwapped);
  return multiply(weight, divide(wantedNorm(constraint, norm, bound), add(norm, EPSILON)));
}

function normOver(weight: Node, axis: ConstraintAxis, isSwapped: boolean): Node {
  const axes = constraintAxes(axis, weight.shape.length);
  return sqrt(sum(square(weight), isSwapped ? axes.map((each) => 1 - each) : axes, { keepDims: true }));
}

function wantedNorm(constraint: Exclude<Constraint, { kind: 'nonNeg' }>, norm: Node, bound: Bound): Node | 1 {
  switch (constraint.kind) {
    case 'unitNorm':
      return 1;
    case 'maxNorm':
      return minimum(norm, bound('maxValue'));
    case 'minMaxNorm': {
      const inside = clip(norm, bound('minValue'), bound('maxValue'));
      return add(multiply(inside, bound('rate')), multiply(norm, subtract(1, bound('rate'))));
    }
  }
}
