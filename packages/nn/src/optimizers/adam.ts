import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt } from '../graph/ops/elementwise.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adam`. */
export interface AdamOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Adam in the form of Keras, where epsilon is added to the root of the uncorrected second moment.
 *
 * `m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)`
 *
 * The states kept are `m / (1 - b1)` and `v / (1 - b2)`, which saves two passes over the weights; the factors go into
 * the step's scalars. Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION`
 * for bad numbers. Reference: Kingma and Ba 2015, section 2 ("epsilon hat").
 *
 * @example
 * optimizers.adam({ learningRate: 1e-3 })
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const where = 'optimizer adam';
  const code = 'LU_OPTIMIZER_OPTION';
  refuseUnknown(code, where, options, ['learningRate', 'beta1', 'beta2', 'epsilon']);
  const knobs = {
    learningRate: requireNumber(
      code,
      where,
      'learningRate',
      options.learningRate ?? 0.001,
      ranges.notNegative,
    ),
    beta1: requireNumber(code, where, 'beta1', options.beta1 ?? 0.9, ranges.rate),
    beta2: requireNumber(code, where, 'beta2', options.beta2 ?? 0.999, ranges.rate),
    epsilon: requireNumber(code, where, 'epsilon', options.epsilon ?? 1e-7, ranges.positive),
  };
  return {
    kind: 'adam',
    knobs,
    structure: null,
    slots: ['m', 'v'],
    stepNames: ['rate', 'epsilon'],
    stepNumbers: ({ learningRate, beta1, beta2, epsilon }, step) => {
      const correction = Math.sqrt(1 - beta2! ** step) / (1 - beta1! ** step);
      const scale = Math.sqrt(1 - beta2!);
      return {
        rate: (learningRate! * correction * (1 - beta1!)) / scale,
        epsilon: epsilon! / scale,
      };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const m = add(multiply(slot('m'), knob('beta1')), gradient);
      const v = add(multiply(slot('v'), knob('beta2')), multiply(gradient, gradient));
      const change = divide(multiply(m, step('rate')), add(sqrt(v), step('epsilon')));
      return { weight: subtract(weight, change), slots: { m, v } };
    },
  };
}
