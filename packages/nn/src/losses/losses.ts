import { requireName } from '../layers/options.ts';
import { remembered } from '../saving/origin.ts';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './cross-entropy.ts';
import { cosineSimilarity, klDivergence, poisson } from './divergence.ts';
import { binaryFocalCrossentropy, categoricalFocalCrossentropy } from './focal.ts';
import { categoricalHinge, hinge, squaredHinge } from './hinge.ts';
import type { Loss, LossName } from './loss.ts';
import { dice, tversky } from './overlap.ts';
import {
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.ts';

interface Losses {
  readonly categoricalCrossentropy: typeof categoricalCrossentropy;
  readonly sparseCategoricalCrossentropy: typeof sparseCategoricalCrossentropy;
  readonly binaryCrossentropy: typeof binaryCrossentropy;
  readonly categoricalFocalCrossentropy: typeof categoricalFocalCrossentropy;
  readonly binaryFocalCrossentropy: typeof binaryFocalCrossentropy;
  readonly meanSquaredError: typeof meanSquaredError;
  readonly meanAbsoluteError: typeof meanAbsoluteError;
  readonly meanAbsolutePercentageError: typeof meanAbsolutePercentageError;
  readonly meanSquaredLogarithmicError: typeof meanSquaredLogarithmicError;
  readonly huber: typeof huber;
  readonly logCosh: typeof logCosh;
  readonly hinge: typeof hinge;
  readonly squaredHinge: typeof squaredHinge;
  readonly categoricalHinge: typeof categoricalHinge;
  readonly klDivergence: typeof klDivergence;
  readonly poisson: typeof poisson;
  readonly cosineSimilarity: typeof cosineSimilarity;
  readonly dice: typeof dice;
  readonly tversky: typeof tversky;
}

/**
 * The losses of Keras 3 with their options; a name alone, such as `'huber'`, means the defaults.
 *
 * @example
 * model.compile({ loss: losses.huber({ delta: 0.5 }) })
 */
export const losses: Losses = remembered('losses', {
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  binaryCrossentropy,
  categoricalFocalCrossentropy,
  binaryFocalCrossentropy,
  meanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredLogarithmicError,
  huber,
  logCosh,
  hinge,
  squaredHinge,
  categoricalHinge,
  klDivergence,
  poisson,
  cosineSimilarity,
  dice,
  tversky,
});

const named: Readonly<Record<LossName, () => Loss>> = losses;

/** Reads a loss by name; throws `LU_LOSS_UNKNOWN` with the nearest one. */
export function parseLoss(name: LossName | Loss): Loss {
  if (typeof name !== 'string') return name;
  return requireName('LU_LOSS_UNKNOWN', 'compile', 'loss', name, named)();
}
