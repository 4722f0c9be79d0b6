import type { Node } from '../graph/node.ts';
import { add, clip, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { softmaxCrossEntropy } from '../graph/ops/cross-entropy.ts';
import { log, negate } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { unitLength } from '../graph/ops/unit-length.ts';
import { type Loss, lossOf } from './loss.ts';
import { EPSILON, logitsOf } from './probabilities.ts';

/** `sum(y log(y / p))` over the last axis, y and p kept in [1e-7, 1]; after a softmax from its input. */
export function klDivergence(): Loss {
  const name = 'klDivergence';
  return lossOf({
    name,
    targets: ['values'],
    bounds: [0, 1],
    structure: null,
    values: (output, target) => {
      const y = clip(target, EPSILON, 1);
      const logits = logitsOf(name, output, 'softmax', false);
      if (logits !== undefined) {
        return add(softmaxCrossEntropy(logits, y), sum(multiply(y, log(y)), -1));
      }
      return sum(multiply(y, log(divide(y, clip(output, EPSILON, 1)))), -1);
    },
  });
}

/** `mean(p - y log(p + 1e-7))` for counts; the model gives rates, which must not be negative, such as by `exponential`. */
export function poisson(): Loss {
  return lossOf({
    name: 'poisson',
    targets: ['values'],
    bounds: [0, Number.POSITIVE_INFINITY],
    structure: null,
    values: (output, target) => subtract(output, multiply(target, log(add(output, EPSILON)))),
  });
}

/** The cosine of the angle between two rows, 0 where one of them is 0; one number a row. */
export function cosine(output: Node, target: Node): Node {
  return sum(multiply(unitLength(output, -1), unitLength(target, -1)), -1);
}

/** Minus the cosine of the angle between y and p over the last axis: -1 for equal directions, 0 where one is zero. */
export function cosineSimilarity(): Loss {
  return lossOf({
    name: 'cosineSimilarity',
    targets: ['values'],
    structure: null,
    values: (output, target) => negate(cosine(output, target)),
  });
}
