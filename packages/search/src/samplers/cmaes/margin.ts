import { normalCdf, normalQuantile } from '@luthier/core';

/** Where a stepped coordinate lives: its mean and the standard deviation of what is evaluated. */
export interface Marginal {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Keeps a stepped coordinate able to leave the value it stands at: moves the mean and widens the deviation so little that the values
 * below and above have a probability of at least α/2 each, or α together at an end of the range.
 *
 * `edges` are the ends of the cells, the outermost ones included; `least` is α. Nothing changes where the probabilities suffice.
 *
 * Reference: Hamano 2022, "CMA-ES with margin", equations 11 to 17.
 */
export function withMargin(marginal: Marginal, edges: readonly number[], least: number): Marginal {
  const { deviation } = marginal;
  const last = edges.length - 2;
  const mean = Math.min(edges[last + 1]!, Math.max(edges[0]!, marginal.mean));
  let cell = 0;
  while (cell < last && mean > edges[cell + 1]!) cell += 1;
  if (cell === 0 || cell === last) {
    const edge = cell === 0 ? edges[1]! : edges[last]!;
    if (normalCdf(-Math.abs(mean - edge) / deviation) >= least) return { mean, deviation };
    return { mean: edge + Math.sign(mean - edge) * normalQuantile(1 - least) * deviation, deviation };
  }
  const [low, high] = [edges[cell]!, edges[cell + 1]!];
  const below = normalCdf((low - mean) / deviation);
  const above = normalCdf((mean - high) / deviation);
  if (below >= least / 2 && above >= least / 2) return { mean, deviation };
  const [atLow, atHigh] = [Math.max(least / 2, below), Math.max(least / 2, above)];
  const inside = 1 - below - above;
  const share = (1 - atLow - atHigh - inside) / (atLow + atHigh + inside - 1.5 * least);
  const toLow = normalQuantile(1 - (atLow + share * (atLow - least / 2)));
  const toHigh = normalQuantile(1 - (atHigh + share * (atHigh - least / 2)));
  return {
    mean: (low * toHigh + high * toLow) / (toLow + toHigh),
    deviation: (high - low) / (toLow + toHigh),
  };
}
