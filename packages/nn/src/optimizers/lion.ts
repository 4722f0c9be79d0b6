import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sign } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.lion`. */
export interface LionOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.99. */
  readonly beta2?: number;
}

/**
 * Lion: every number of a weight moves by the learning rate, in the direction of an interpolated momentum.
 *
 * `w -= lr sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g`. Its steps are larger than Adam's: take a rate three to ten
 * times smaller, and a weight decay as much larger.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.99. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Chen et al. 2023, "Symbolic discovery of optimization algorithms", program 1.
 *
 * @example
 * optimizers.lion({ learningRate: 1e-4, weightDecay: 0.1 })
 */
export function lion(options: LionOptions = {}): Optimizer {
  const where = 'optimizer lion';
  return withCommon(where, options, {
    kind: 'lion',
    knobs: readNumbers(where, options, 0.001, { beta1: [0.9, 'rate'], beta2: [0.99, 'rate'] }),
    structure: null,
    slots: ['m'],
    stepNames: ['learningRate', 'rest1', 'rest2'],
    stepNumbers: ({ learningRate, beta1, beta2 }) => ({
      learningRate: learningRate!,
      rest1: 1 - beta1!,
      rest2: 1 - beta2!,
    }),
    update: ({ weight, gradient, slot, knob, step }) => {
      const direction = sign(add(multiply(slot('m'), knob('beta1')), multiply(gradient, step('rest1'))));
      const m = add(multiply(slot('m'), knob('beta2')), multiply(gradient, step('rest2')));
      return { weight: subtract(weight, multiply(direction, step('learningRate'))), slots: { m } };
    },
  });
}
