import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.nadam`. */
export interface NadamOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

const warming = (step: number): number => 1 - 0.5 * 0.96 ** step;

/** Products of the warming factors of the first steps; from step 1000 on a factor is 1 in float64. */
const WARMING_PRODUCTS: readonly number[] = (() => {
  const products = [1];
  for (let step = 1; step <= 1000; step++) products.push(products[step - 1]! * warming(step));
  return products;
})();

/** `u_1 u_2 ... u_t` with `u_i = b1 (1 - 0.5 * 0.96^i)`. */
function momentumProduct(beta1: number, step: number): number {
  return beta1 ** step * WARMING_PRODUCTS[Math.min(step, 1000)]!;
}

/**
 * Adam with Nesterov momentum, whose size grows over the first steps.
 *
 * `u_t = b1 (1 - 0.5 * 0.96^t)`, `P_t = u_1 ... u_t`; `m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2)`;
 * `w -= lr (u_(t+1) m / (1 - P_(t+1)) + (1 - u_t) g / (1 - P_t)) / (sqrt(v / (1 - b2^t)) + eps)`.
 * The states kept are `m / (1 - b1)` and `v / (1 - b2)`.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Dozat 2016.
 *
 * @example
 * optimizers.nadam({ learningRate: 1e-3 })
 */
export function nadam(options: NadamOptions = {}): Optimizer {
  const where = 'optimizer nadam';
  return withCommon(where, options, {
    kind: 'nadam',
    knobs: readNumbers(where, options, 0.001, {
      beta1: [0.9, 'rate'],
      beta2: [0.999, 'rate'],
      epsilon: [1e-7, 'positive'],
    }),
    structure: null,
    slots: ['m', 'v'],
    stepNames: ['momentRate', 'gradientRate', 'epsilon'],
    stepNumbers: ({ learningRate, beta1, beta2, epsilon }, step) => {
      const now = beta1! * warming(step);
      const next = beta1! * warming(step + 1);
      const scale = Math.sqrt((1 - beta2!) / (1 - beta2! ** step));
      const rate = learningRate! / scale;
      return {
        momentRate: (rate * (1 - beta1!) * next) / (1 - momentumProduct(beta1!, step + 1)),
        gradientRate: (rate * (1 - now)) / (1 - momentumProduct(beta1!, step)),
        epsilon: epsilon! / scale,
      };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const m = add(multiply(slot('m'), knob('beta1')), gradient);
      const v = add(multiply(slot('v'), knob('beta2')), square(gradient));
      const pull = add(multiply(m, step('momentRate')), multiply(gradient, step('gradientRate')));
      const change = divide(pull, add(sqrt(v), step('epsilon')));
      return { weight: subtract(weight, change), slots: { m, v } };
    },
  });
}
