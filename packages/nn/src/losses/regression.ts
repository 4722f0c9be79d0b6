import type { Node } from '../graph/node.ts';
import { add, divide, maximum, minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { absolute, log, softplus, square } from '../graph/ops/elementwise.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { type Loss, lossOf } from './loss.ts';
import { EPSILON } from './probabilities.ts';

/** A loss that is the mean of one number an output. */
function elementwise(name: string, terms: (output: Node, target: Node) => Node): Loss {
  return lossOf({ name, targets: ['values'], structure: null, values: terms });
}

/** `mean((p - y)^2)`. */
export function meanSquaredError(): Loss {
  return elementwise('meanSquaredError', (p, y) => square(subtract(p, y)));
}

/** `mean(|p - y|)`. */
export function meanAbsoluteError(): Loss {
  return elementwise('meanAbsoluteError', (p, y) => absolute(subtract(p, y)));
}

/** `100 mean(|p - y| / max(|y|, 1e-7))`: targets near 0 dominate it. */
export function meanAbsolutePercentageError(): Loss {
  return elementwise('meanAbsolutePercentageError', (p, y) =>
    multiply(divide(absolute(subtract(p, y)), maximum(absolute(y), EPSILON)), 100),
  );
}

/** `mean((log(1 + p) - log(1 + y))^2)`; p and y count as 1e-7 at least. Targets below 0 are refused. */
export function meanSquaredLogarithmicError(): Loss {
  const logarithm = (x: Node): Node => log(add(maximum(x, EPSILON), 1));
  return {
    ...elementwise('meanSquaredLogarithmicError', (p, y) => square(subtract(logarithm(p), logarithm(y)))),
    bounds: [0, Number.POSITIVE_INFINITY],
  };
}

/** Options of `losses.huber`. */
export interface HuberOptions {
  /** Error from which the loss grows in proportion to it; positive. Default 1. */
  readonly delta?: number;
}

/**
 * Squared for small errors, absolute for large ones: `mean(e^2 / 2)` up to delta, `mean(delta |e| - delta^2 / 2)` above.
 *
 * Default: delta 1. Throws `LU_LOSS_OPTION` for one that is not positive.
 * Reference: Huber 1964, "Robust estimation of a location parameter".
 *
 * @example
 * model.compile({ loss: losses.huber({ delta: 0.5 }) })
 */
export function huber(options: HuberOptions = {}): Loss {
  refuseUnknown('LU_LOSS_OPTION', 'huber', options, ['delta']);
  const delta = requireNumber('LU_LOSS_OPTION', 'huber', 'delta', options.delta ?? 1, ranges.positive);
  return {
    ...elementwise('huber', (p, y) => {
      const error = absolute(subtract(p, y));
      const inner = minimum(error, delta);
      return multiply(inner, subtract(error, multiply(inner, 0.5)));
    }),
    structure: delta,
  };
}

/** `mean(log(cosh(p - y)))`: about half the square of small errors, the size of large ones less log 2. */
export function logCosh(): Loss {
  return elementwise('logCosh', (p, y) => {
    const error = subtract(p, y);
    return subtract(add(error, softplus(multiply(error, -2))), Math.LN2);
  });
}
