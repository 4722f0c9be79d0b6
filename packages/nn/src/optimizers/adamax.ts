import { add, divide, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { absolute } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adamax`. */
export interface AdamaxOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Adamax: Adam with the largest recent gradient in the place of the second moment.
 *
 * `m += (g - m)(1 - b1); u = max(b2 u, |g|); w -= lr m / ((1 - b1^t)(u + eps))`. The state kept is `m / (1 - b1)`.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Kingma and Ba 2015, section 7.1.
 *
 * @example
 * optimizers.adamax({ learningRate: 2e-3 })
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  const where = 'optimizer adamax';
  return withCommon(where, options, {
    kind: 'adamax',
    knobs: readNumbers(where, options, 0.001, {
      beta1: [0.9, 'rate'],
      beta2: [0.999, 'rate'],
      epsilon: [1e-7, 'positive'],
    }),
    structure: null,
    slots: ['m', 'u'],
    stepNames: ['rate'],
    stepNumbers: ({ learningRate, beta1 }, step) => ({
      rate: (learningRate! * (1 - beta1!)) / (1 - beta1! ** step),
    }),
    update: ({ weight, gradient, slot, knob, step }) => {
      const m = add(multiply(slot('m'), knob('beta1')), gradient);
      const u = maximum(multiply(slot('u'), knob('beta2')), absolute(gradient));
      const change = divide(multiply(m, step('rate')), add(u, knob('epsilon')));
      return { weight: subtract(weight, change), slots: { m, u } };
    },
  });
}
