import { add, divide, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.rmsprop`. */
export interface RmspropOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly rho?: number;
  /** In [0, 1). Default 0. */
  readonly momentum?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Divides by the variance of the gradient instead of its second moment. Default false. */
  readonly centered?: boolean;
}

/**
 * RMSprop in the form of Keras, with epsilon inside the root.
 *
 * `v = rho v + (1 - rho) g^2; d = lr g / sqrt(v + eps); w -= d`; centered: `sqrt(v - a^2 + eps)` with a the moving mean
 * of g; momentum: `u = mu u + d; w -= u`.
 * Defaults: learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7, centered false. Throws `LU_OPTIMIZER_OPTION` for bad
 * numbers. Reference: Hinton 2012, lecture 6e; Graves 2013 (centered).
 *
 * @example
 * optimizers.rmsprop({ learningRate: 1e-3, rho: 0.9 })
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const where = 'optimizer rmsprop';
  const centered = options.centered ?? false;
  const { momentum, ...knobs } = readNumbers(
    where,
    options,
    0.001,
    { rho: [0.9, 'rate'], momentum: [0, 'rate'], epsilon: [1e-7, 'positive'] },
    ['centered'],
  );
  const hasMomentum = momentum > 0;
  return withCommon(where, options, {
    kind: 'rmsprop',
    knobs: { ...knobs, ...(hasMomentum ? { momentum } : {}) },
    structure: { centered, hasMomentum },
    slots: ['v', ...(centered ? ['mean'] : []), ...(hasMomentum ? ['velocity'] : [])],
    stepNames: ['learningRate', 'rest'],
    stepNumbers: ({ learningRate, rho }) => ({ learningRate: learningRate!, rest: 1 - rho! }),
    update: ({ weight, gradient, slot, knob, step }) => {
      const average = (old: string, value: typeof gradient): typeof gradient =>
        add(multiply(slot(old), knob('rho')), multiply(value, step('rest')));
      const v = average('v', multiply(gradient, gradient));
      const mean = centered ? average('mean', gradient) : undefined;
      // A variance below 0 is rounding; its root would be NaN.
      const spread = mean === undefined ? v : maximum(subtract(v, multiply(mean, mean)), 0);
      const pull = divide(multiply(gradient, step('learningRate')), sqrt(add(spread, knob('epsilon'))));
      const velocity = hasMomentum ? add(multiply(slot('velocity'), knob('momentum')), pull) : undefined;
      return {
        weight: subtract(weight, velocity ?? pull),
        slots: {
          v,
          ...(mean === undefined ? {} : { mean }),
          ...(velocity === undefined ? {} : { velocity }),
        },
      };
    },
  });
}
