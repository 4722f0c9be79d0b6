import type { Node } from '../node.ts';
import { divide, maximum } from './arithmetic.ts';
import { sqrt, square } from './elementwise.ts';
import { sum } from './reduce.ts';

/** Keras' guard of lengths. */
const SHORTEST = 1e-7;

/** `x / max(|x|, 1e-7)` along an axis: vectors of length 1, and of 0 where there is none. */
export function unitLength(x: Node, axis: number): Node {
  // The square is kept off 0, so that the slope of the root is finite.
  return divide(x, sqrt(maximum(sum(square(x), axis, { keepDims: true }), SHORTEST ** 2)));
}
