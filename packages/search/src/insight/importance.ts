import { standardDeviation } from '@luthier/core';
import { dimensions, encodeValue } from '../space/encode.ts';
import type { History } from '../study/history.ts';
import { topTrials } from '../study/results.ts';
import { bestTenth } from './best-tenth.ts';

/** How much a parameter decides between good and other trials. */
export interface Importance {
  readonly parameter: string;
  /** Share of all parameters together; the shares add up to 1. */
  readonly share: number;
  /** How many complete trials had the parameter. */
  readonly trials: number;
}

const CELLS = 50;
/** Complete trials that an importance needs. */
export const IMPORTANCE_TRIALS: number = 20;

/**
 * Probabilities of equal cells of [0, 1] from coordinates: Gaussian kernels of Scott's width on an axis, counts for
 * unordered values, one trial's weight of uniform prior.
 */
function cellDensity(values: readonly number[], cells: number, isCategorical: boolean): Float64Array {
  const density = new Float64Array(cells).fill(1 / cells);
  const spread = values.length < 2 ? 0 : standardDeviation(values);
  const width = Math.max(spread * values.length ** -0.2, 0.5 / cells);
  const kernel = new Float64Array(cells);
  for (const value of values) {
    if (isCategorical) {
      density[Math.min(cells - 1, Math.floor(value * cells))]! += 1;
      continue;
    }
    let sum = 0;
    for (let cell = 0; cell < cells; cell++) {
      kernel[cell] = Math.exp(-0.5 * (((cell + 0.5) / cells - value) / width) ** 2);
      sum += kernel[cell]!;
    }
    for (let cell = 0; cell < cells; cell++) density[cell]! += kernel[cell]! / sum;
  }
  return density.map((weight) => weight / (values.length + 1));
}

/**
 * Importance of every parameter for the best trials, most important first (PED-ANOVA).
 *
 * The Pearson divergence `sum_j q_j (p_j / q_j - 1)^2` between the distribution p of a parameter among the best tenth
 * of the complete trials (rounded up, at least 5, equals of the last with them) and its distribution q among all of them, normalised to the sum 1. A
 * conditional parameter is judged among the trials that have it and weighted by their share.
 *
 * It describes the region that was sampled, not the whole space. Fewer than 20 complete trials give an empty list.
 * Reference: Watanabe, Bansal and Hutter 2023, "PED-ANOVA", equation 12.
 */
export function importance(history: History): readonly Importance[] {
  const complete = topTrials(history, history.trials.length);
  if (complete.length < IMPORTANCE_TRIALS) return [];
  const best = bestTenth(complete).length;
  const scores = dimensions(history.space).map(({ parameter, categorical, levels }) => {
    const coordinates = complete.map(({ params }) => {
      const value = params[parameter.name];
      return value === undefined ? undefined : encodeValue(parameter, value);
    });
    const all = coordinates.filter((value) => value !== undefined);
    const top = coordinates.slice(0, best).filter((value) => value !== undefined);
    const cells = categorical ? levels : Math.min(levels, CELLS);
    const isIdle = cells < 2 || all.length < 2 || top.length === 0;
    let divergence = 0;
    if (!isIdle) {
      const p = cellDensity(top, cells, categorical);
      const q = cellDensity(all, cells, categorical);
      for (let cell = 0; cell < cells; cell++) divergence += (p[cell]! - q[cell]!) ** 2 / q[cell]!;
    }
    const weight = (divergence * all.length) / complete.length;
    return { parameter: parameter.name, weight, trials: all.length };
  });
  const total = scores.reduce((sum, { weight }) => sum + weight, 0);
  return scores
    .map(({ parameter, weight, trials }) => ({ parameter, share: total > 0 ? weight / total : 0, trials }))
    .sort((a, b) => b.share - a.share);
}
