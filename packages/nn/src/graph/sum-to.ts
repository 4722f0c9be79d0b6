import type { Node, Shape } from './node.ts';
import { sum } from './ops/reduce.ts';
import { reshape } from './ops/shape.ts';
import { isSameShape } from './tensor.ts';

/** Sums a gradient over the axes along which an operand of the given shape was broadcast. */
export function sumTo(node: Node, shape: Shape): Node {
  if (isSameShape(node.shape, shape)) return node;
  const offset = node.shape.length - shape.length;
  const axes = node.shape.flatMap((extent, axis) =>
    axis < offset || (shape[axis - offset] === 1 && extent !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? node : sum(node, axes);
  return reshape(summed, shape);
}
