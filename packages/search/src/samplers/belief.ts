import { dimensions } from '../space/encode.ts';
import type { Space } from '../space/parameter.ts';
import { hasPriors, logPriorDensity } from '../space/prior.ts';
import type { OrderedTrial } from './ordered-trials.ts';

/** What the user's priors are worth at a point of the unit cube, NaN where inactive; it is added to a score in nats. */
export type Belief = (point: ArrayLike<number>) => number;

// The belief counts as much as so many trials.
const TRIALS = 10;
// From so many results on they may contradict it.
const FEWEST = 12;

function logDensity(space: Space): Belief {
  const all = dimensions(space);
  return (point) => {
    let sum = 0;
    for (let k = 0; k < all.length; k++)
      if (!Number.isNaN(point[k]!)) sum += logPriorDensity(all[k]!.parameter, point[k]!);
    return sum;
  };
}

/**
 * 10/n · ln π after n results, which fades as they come in; undefined without priors, and once the better half of the results lies where
 * the user expected less of it than of the worse half.
 *
 * Reference: Hvarfner 2022, "πBO: augmenting acquisition functions with user beliefs".
 */
export function beliefOf(space: Space, ended: readonly OrderedTrial[]): Belief | undefined {
  if (!hasPriors(space)) return undefined;
  const density = logDensity(space);
  const complete = ended.filter(({ standing }) => standing.group === 'complete');
  if (complete.length >= FEWEST) {
    const half = complete.length >>> 1;
    const meanOf = (some: readonly OrderedTrial[]): number =>
      some.reduce((sum, { point }) => sum + density(point), 0) / some.length;
    if (meanOf(complete.slice(0, half)) < meanOf(complete.slice(-half))) return undefined;
  }
  const weight = TRIALS / Math.max(1, complete.length);
  return (point) => weight * density(point);
}
