import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adagrad`. */
export interface AdagradOptions extends CommonOptions {
  /** Where the sum of squares begins. Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Adagrad: the rate of a weight falls with the sum of its squared gradients.
 *
 * `a += g^2; w -= lr g / sqrt(a + eps)`. The state kept is a without its initial value.
 * Defaults: learningRate 0.001, initialAccumulatorValue 0.1, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Duchi, Hazan and Singer 2011.
 *
 * @example
 * optimizers.adagrad({ learningRate: 0.01 })
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const where = 'optimizer adagrad';
  return withCommon(where, options, {
    kind: 'adagrad',
    knobs: readNumbers(where, options, 0.001, {
      initialAccumulatorValue: [0.1, 'notNegative'],
      epsilon: [1e-7, 'positive'],
    }),
    structure: null,
    slots: ['squares'],
    stepNames: ['learningRate', 'floor'],
    stepNumbers: ({ learningRate, initialAccumulatorValue, epsilon }) => ({
      learningRate: learningRate!,
      floor: initialAccumulatorValue! + epsilon!,
    }),
    update: ({ weight, gradient, slot, step }) => {
      const squares = add(slot('squares'), square(gradient));
      const pull = divide(multiply(gradient, step('learningRate')), sqrt(add(squares, step('floor'))));
      return { weight: subtract(weight, pull), slots: { squares } };
    },
  });
}
