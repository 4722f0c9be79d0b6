import type { Node } from '../graph/node.ts';
import { divide, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal, not } from '../graph/ops/compare.ts';
import { absolute, square } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear-algebra.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape, stopGradient } from '../graph/ops/shape.ts';
import { iota } from '../graph/ops/sources.ts';
import { unitLength } from '../graph/ops/unit-length.ts';
import type { Regularizer } from './regularizer.ts';

/** The mean of `abs(cosine)` over all pairs of rows (axis 0) or columns (axis 1) of a matrix. */
function meanCosine(matrix: Node, axis: 0 | 1): Node {
  const count = matrix.shape[axis]!;
  const vectors = unitLength(matrix, 1 - axis);
  const cosines = matmul(vectors, vectors, axis === 0 ? { transposeB: true } : { transposeA: true });
  const positions = iota(count, 'int32');
  const isPair = cast(not(equal(reshape(positions, [count, 1]), positions)), 'float32');
  // Every pair is there twice.
  return divide(sum(multiply(absolute(cosines), isPair)), count * (count - 1));
}

const formulas: Readonly<Record<keyof Regularizer, (value: Node, isSwapped: boolean) => Node>> = {
  l1: (value) => sum(absolute(value)),
  proximalL1: (value) => sum(absolute(stopGradient(value))),
  l2: (value) => sum(square(value)),
  orthogonalRows: (value, isSwapped) => meanCosine(value, isSwapped ? 1 : 0),
  orthogonalColumns: (value, isSwapped) => meanCosine(value, isSwapped ? 0 : 1),
};

/** The parts of a penalty before their coefficients, by name; `isSwapped` says that a matrix comes with its axes swapped. */
export function penaltyTerms(
  regularizer: Regularizer,
  value: Node,
  isSwapped = false,
): readonly (readonly [keyof Regularizer, Node])[] {
  return (Object.keys(formulas) as (keyof Regularizer)[])
    .filter((part) => regularizer[part] !== undefined)
    .map((part) => [part, formulas[part](value, isSwapped)]);
}
