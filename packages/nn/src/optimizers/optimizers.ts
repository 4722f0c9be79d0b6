import { requireName } from '../layers/options.ts';
import { remembered } from '../saving/origin.ts';
import { adadelta } from './adadelta.ts';
import { adafactor } from './adafactor.ts';
import { adagrad } from './adagrad.ts';
import { adam, adamW } from './adam.ts';
import { adamax } from './adamax.ts';
import { ftrl } from './ftrl.ts';
import { lamb } from './lamb.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { scheduleFreeAdamW } from './schedule-free-adam-w.ts';
import { sgd } from './sgd.ts';

/**
 * The optimizers, with names, defaults and numerics of Keras 3.
 *
 * @example
 * model.compile({ optimizer: optimizers.adam({ learningRate: 1e-3 }), loss: 'meanSquaredError' })
 */
export const optimizers: {
  readonly adadelta: typeof adadelta;
  readonly adafactor: typeof adafactor;
  readonly adagrad: typeof adagrad;
  readonly adam: typeof adam;
  readonly adamW: typeof adamW;
  readonly adamax: typeof adamax;
  readonly ftrl: typeof ftrl;
  readonly lamb: typeof lamb;
  readonly lion: typeof lion;
  readonly muon: typeof muon;
  readonly nadam: typeof nadam;
  readonly rmsprop: typeof rmsprop;
  readonly scheduleFreeAdamW: typeof scheduleFreeAdamW;
  readonly sgd: typeof sgd;
} = remembered('optimizers', {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamW,
  adamax,
  ftrl,
  lamb,
  lion,
  muon,
  nadam,
  rmsprop,
  scheduleFreeAdamW,
  sgd,
});

/** The names that `compile` takes besides data. */
export type OptimizerName = keyof typeof optimizers;

/** Reads an optimizer given as a name (with its defaults) or as data. */
export function parseOptimizer(given: OptimizerName | Optimizer): Optimizer {
  if (typeof given !== 'string') return given;
  return requireName<() => Optimizer>('LU_OPTIMIZER_UNKNOWN', 'compile', 'optimizer', given, optimizers)();
}
