import type { Axis } from './axes.ts';

// Neighbours in the reason of a suggestion.
const SHOWN = 3;

/**
 * Numbers of the trials that lie closest to a point, closest first, at most three.
 *
 * Distances are squared differences in the unit cube; another category counts 1, and so does a parameter that only one of the two has.
 */
export function nearestTrials(
  axes: readonly Axis[],
  trials: readonly { readonly number: number; readonly point: Float64Array }[],
  point: Float64Array,
): readonly number[] {
  const distance = (other: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < axes.length; k++) {
      const u = point[k]!;
      const v = other[k]!;
      if (Number.isNaN(u) || Number.isNaN(v)) sum += Number.isNaN(u) === Number.isNaN(v) ? 0 : 1;
      else if (axes[k]!.kind === 'category') sum += u === v ? 0 : 1;
      else sum += (u - v) ** 2;
    }
    return sum;
  };
  return trials
    .map((trial) => ({ number: trial.number, far: distance(trial.point) }))
    .sort((a, b) => a.far - b.far || a.number - b.number)
    .slice(0, SHOWN)
    .map(({ number }) => number);
}
