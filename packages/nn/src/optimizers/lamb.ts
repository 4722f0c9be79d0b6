import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { and, greater, where as select } from '../graph/ops/compare.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.lamb`. */
export interface LambOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * LAMB: Adam's direction, made as long as the weight it moves; for large batches.
 *
 * `d = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); w -= lr |w| / |d| d`, norms taken over each weight, ratio 1 if
 * either is 0. The states kept are `m / (1 - b1)` and `v / (1 - b2)`.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: You et al. 2020, algorithm 2.
 *
 * @example
 * optimizers.lamb({ learningRate: 1e-2 })
 */
export function lamb(options: LambOptions = {}): Optimizer {
  const where = 'optimizer lamb';
  return withCommon(where, options, {
    kind: 'lamb',
    knobs: readNumbers(where, options, 0.001, {
      beta1: [0.9, 'rate'],
      beta2: [0.999, 'rate'],
      epsilon: [1e-7, 'positive'],
    }),
    structure: null,
    slots: ['m', 'v'],
    stepNames: ['learningRate', 'momentScale', 'epsilon'],
    stepNumbers: ({ learningRate, beta1, beta2, epsilon }, step) => {
      const scale = Math.sqrt((1 - beta2!) / (1 - beta2! ** step));
      return {
        learningRate: learningRate!,
        momentScale: (1 - beta1!) / (1 - beta1! ** step) / scale,
        epsilon: epsilon! / scale,
      };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const m = add(multiply(slot('m'), knob('beta1')), gradient);
      const v = add(multiply(slot('v'), knob('beta2')), square(gradient));
      const direction = divide(multiply(m, step('momentScale')), add(sqrt(v), step('epsilon')));
      const weightNorm = sqrt(sum(square(weight)));
      const norm = sqrt(sum(square(direction)));
      const isScaled = and(greater(weightNorm, 0), greater(norm, 0));
      const ratio = select(isScaled, divide(weightNorm, norm), 1);
      const change = multiply(direction, multiply(ratio, step('learningRate')));
      return { weight: subtract(weight, change), slots: { m, v } };
    },
  });
}
