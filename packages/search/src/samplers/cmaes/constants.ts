/** The numbers that a dimension and a number of results fix. */
export interface Constants {
  /** Best half. */
  readonly parents: number;
  /** One weight a result, best first; the positive ones sum to 1. */
  readonly weights: readonly number[];
  /** μ_eff: how many equal parents the weighted ones amount to. */
  readonly effective: number;
  readonly rankOne: number;
  readonly rankMany: number;
  readonly stepRate: number;
  readonly stepDamping: number;
  readonly pathRate: number;
  /** E‖N(0, I)‖. */
  readonly expectedNorm: number;
}

/** Size of the first generation, 4 + ⌊3 ln d⌋. */
export function populationSize(dimension: number): number {
  return 4 + Math.floor(3 * Math.log(Math.max(1, dimension)));
}

/**
 * Strategy constants for `rows` results in `dimension` dimensions. A separable covariance has d numbers instead of d (d + 1)/2 and learns
 * them (d + 2)/3 times as fast.
 *
 * Reference: Hansen 2016, "The CMA evolution strategy: a tutorial", table 1, as in CyberAgentAILab/cmaes; Ros and Hansen 2008, "A simple
 * modification in CMA-ES achieving linear time and space complexity".
 */
export function constantsOf(dimension: number, rows: number, isSeparable = false): Constants {
  const d = dimension;
  const parents = Math.floor(rows / 2);
  const raw = Array.from({ length: rows }, (_, i) => Math.log((rows + 1) / 2) - Math.log(i + 1));
  const massOf = (part: readonly number[]): number => {
    const sum = part.reduce((total, weight) => total + weight, 0);
    const squares = part.reduce((total, weight) => total + weight * weight, 0);
    return squares === 0 ? 0 : (sum * sum) / squares;
  };
  const effective = massOf(raw.slice(0, parents));
  const opposed = massOf(raw.slice(parents));
  const pace = isSeparable ? (d + 2) / 3 : 1;
  const rankOne = Math.min(1, (pace * 2) / ((d + 1.3) ** 2 + effective));
  const rankMany = Math.min(
    1 - rankOne - 1e-8,
    (pace * 2 * (effective - 2 + 1 / effective)) / ((d + 2) ** 2 + effective),
  );
  const against = Math.min(
    1 + rankOne / rankMany,
    1 + (2 * opposed) / (effective + 2),
    (1 - rankOne - rankMany) / (d * rankMany),
  );
  const positive = raw.reduce((sum, weight) => sum + Math.max(0, weight), 0);
  const negative = raw.reduce((sum, weight) => sum + Math.max(0, -weight), 0);
  const stepRate = (effective + 2) / (d + effective + 5);
  return {
    parents,
    weights: raw.map((weight) => (weight >= 0 ? weight / positive : (weight * against) / negative)),
    effective,
    rankOne,
    rankMany,
    stepRate,
    stepDamping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (d + 1)) - 1) + stepRate,
    pathRate: (4 + effective / d) / (d + 4 + (2 * effective) / d),
    expectedNorm: Math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d)),
  };
}
