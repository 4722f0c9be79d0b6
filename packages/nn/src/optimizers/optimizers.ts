import { requireName } from '../layers/options.ts';
import { adam } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/**
 * The optimizers, with names, defaults and numerics of Keras 3.
 *
 * @example
 * model.compile({ optimizer: optimizers.adam({ learningRate: 1e-3 }), loss: 'meanSquaredError' })
 */
export const optimizers: {
  readonly adam: typeof adam;
  readonly rmsprop: typeof rmsprop;
  readonly sgd: typeof sgd;
} = { adam, rmsprop, sgd };

/** The names that `compile` takes besides data. */
export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';

/** Reads an optimizer given as a name (with its defaults) or as data. */
export function parseOptimizer(given: OptimizerName | Optimizer): Optimizer {
  if (typeof given !== 'string') return given;
  return requireName<() => Optimizer>('LU_OPTIMIZER_UNKNOWN', 'compile', 'optimizer', given, optimizers)();
}
