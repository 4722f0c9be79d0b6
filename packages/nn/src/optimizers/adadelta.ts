import type { Node } from '../graph/node.ts';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adadelta`. */
export interface AdadeltaOptions extends CommonOptions {
  /** In [0, 1). Default 0.95. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Adadelta: steps in proportion to the size of earlier steps over that of earlier gradients.
 *
 * `A = rho A + (1 - rho) g^2; d = sqrt(D + eps) g / sqrt(A + eps); D = rho D + (1 - rho) d^2; w -= lr d`
 *
 * Defaults: learningRate 0.001 (the paper has 1), rho 0.95, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Zeiler 2012, algorithm 1.
 *
 * @example
 * optimizers.adadelta({ learningRate: 1 })
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const where = 'optimizer adadelta';
  return withCommon(where, options, {
    kind: 'adadelta',
    knobs: readNumbers(where, options, 0.001, { rho: [0.95, 'rate'], epsilon: [1e-7, 'positive'] }),
    structure: null,
    slots: ['squares', 'changes'],
    stepNames: ['learningRate', 'rest'],
    stepNumbers: ({ learningRate, rho }) => ({ learningRate: learningRate!, rest: 1 - rho! }),
    update: ({ weight, gradient, slot, knob, step }) => {
      const average = (old: string, value: Node): Node =>
        add(multiply(slot(old), knob('rho')), multiply(square(value), step('rest')));
      const squares = average('squares', gradient);
      const root = (value: Node): Node => sqrt(add(value, knob('epsilon')));
      const change = divide(multiply(root(slot('changes')), gradient), root(squares));
      return {
        weight: subtract(weight, multiply(change, step('learningRate'))),
        slots: { squares, changes: average('changes', change) },
      };
    },
  });
}
