import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { equal, where } from '../graph/ops/compare.ts';
import { relu, square } from '../graph/ops/elementwise.ts';
import { max, sum } from '../graph/ops/reduce.ts';
import { type Loss, lossOf } from './loss.ts';
import { denseTarget } from './probabilities.ts';

/** `max(1 - y p, 0)`, one number an output. */
function margin(output: Node, target: Node): Node {
  const side = where(equal(target, 0), -1, target);
  return relu(subtract(1, multiply(side, output)));
}

function ofMargin(name: string, terms: (output: Node, target: Node) => Node): Loss {
  return lossOf({
    name,
    targets: ['values'],
    bounds: [-1, 1],
    decisionThreshold: 0,
    structure: null,
    values: terms,
  });
}

/**
 * `mean(max(1 - y p, 0))`, y being -1 or 1; 0 counts as -1, whatever else is in the batch (Keras: where all are 0 or 1).
 *
 * The metric `accuracy` takes an output above 0 for yes. Reference: Cortes and Vapnik 1995.
 */
export function hinge(): Loss {
  return ofMargin('hinge', margin);
}

/** `mean(max(1 - y p, 0)^2)`, with the targets of `hinge`. */
export function squaredHinge(): Loss {
  return ofMargin('squaredHinge', (output, target) => square(margin(output, target)));
}

/** `max(1 + max((1 - y) p) - sum(y p), 0)` for one-hot rows or integer labels. */
export function categoricalHinge(): Loss {
  return lossOf({
    name: 'categoricalHinge',
    targets: ['labels', 'values'],
    bounds: [-1, 1],
    structure: null,
    values: (output, target, form) => {
      const y = denseTarget(target, form, output.shape.at(-1)!);
      const right = sum(multiply(y, output), -1);
      const best = max(multiply(subtract(1, y), output), -1);
      return relu(add(subtract(best, right), 1));
    },
  });
}
