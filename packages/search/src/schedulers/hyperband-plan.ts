import { LuthierError, type OptionNames, refuseUnknown } from '@luthier/core';

/** So many configurations are trained until so many epochs in all. */
export interface HyperbandRound {
  readonly size: number;
  readonly epochs: number;
}

/** Rounds of successive halving, the first one with new configurations. */
export type HyperbandBracket = readonly HyperbandRound[];

export interface HyperbandPlanOptions {
  /** Epochs of a configuration that gets through. Default 100. */
  readonly maxEpochs?: number;
  /** One of so many configurations goes on to so many times as many epochs. Default 3. */
  readonly factor?: number;
  /** Fewest epochs of a configuration. Default 1. */
  readonly minEpochs?: number;
  /**
   * Sizes as Keras Tuner has them (default), one more bracket's share and all rounded up, or as the paper: `size` is rounded down from
   * round to round.
   */
  readonly sizes?: 'kerasTuner' | 'paper';
}

const OPTIONS: OptionNames<HyperbandPlanOptions> = {
  maxEpochs: true,
  factor: true,
  minEpochs: true,
  sizes: true,
};

function requireWhole(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new LuthierError('LU_SCHEDULER_OPTION', `hyperband: ${option} is ${value}`, {
    fix: `Give ${option} a whole number of at least ${least}.`,
    where: option,
  });
}

/**
 * The brackets of Hyperband, the one with most configurations and fewest epochs first.
 *
 * With R the most epochs, m the fewest and f the factor there is a bracket b for each b >= 0 with m f^b <= R; in its round r
 * configurations are trained until ceil(R / f^(b - r)) epochs. Sizes: ceil(B f^(b - r) / (b + 1)), with B = 1 + ceil(log_f R/m) in Keras
 * Tuner; in the paper floor(n / f^r) of n = ceil(B f^b / (b + 1)) with B = 1 + floor(log_f R/m). Logarithms are counted in whole
 * numbers. Throws LU_SCHEDULER_OPTION.
 *
 * Reference: Li 2018, "Hyperband: a novel bandit-based approach to hyperparameter optimization", algorithm 1; `Hyperband` of Keras Tuner.
 *
 * @example
 * hyperbandPlan({ maxEpochs: 10 })[0] // [{ size: 12, epochs: 2 }, { size: 4, epochs: 4 }, { size: 2, epochs: 10 }]
 */
export function hyperbandPlan(options: HyperbandPlanOptions = {}): readonly HyperbandBracket[] {
  refuseUnknown('LU_SCHEDULER_OPTION', 'hyperband', options, OPTIONS);
  const minEpochs = requireWhole('minEpochs', options.minEpochs ?? 1, 1);
  const maxEpochs = requireWhole('maxEpochs', options.maxEpochs ?? 100, minEpochs);
  const factor = requireWhole('factor', options.factor ?? 3, 2);
  const { sizes = 'kerasTuner' } = options;
  if (sizes !== 'kerasTuner' && sizes !== 'paper')
    throw new LuthierError('LU_SCHEDULER_OPTION', `hyperband: sizes is ${JSON.stringify(sizes)}`, {
      fix: "Use 'kerasTuner' or 'paper'.",
      where: 'sizes',
    });
  let last = 0;
  while (minEpochs * factor ** (last + 1) <= maxEpochs) last += 1;
  const isPower = minEpochs * factor ** last === maxEpochs;
  const share = 1 + last + (sizes === 'paper' || isPower ? 0 : 1);
  return Array.from({ length: last + 1 }, (_, index) => {
    const bracket = last - index;
    const first = Math.ceil((share * factor ** bracket) / (bracket + 1));
    return Array.from({ length: bracket + 1 }, (_, round) => ({
      size:
        sizes === 'paper'
          ? Math.floor(first / factor ** round)
          : Math.ceil((share * factor ** (bracket - round)) / (bracket + 1)),
      epochs: Math.ceil(maxEpochs / factor ** (bracket - round)),
    }));
  });
}

/** What one pass through a plan costs: new configurations, trainings begun or gone on with, and epochs, of which promoted ones add only theirs. */
export function hyperbandCost(plan: readonly HyperbandBracket[]): {
  readonly trials: number;
  readonly trainings: number;
  readonly epochs: number;
} {
  let [trials, trainings, epochs] = [0, 0, 0];
  for (const bracket of plan)
    for (const [round, { size, epochs: until }] of bracket.entries()) {
      if (round === 0) trials += size;
      trainings += size;
      epochs += size * (until - (bracket[round - 1]?.epochs ?? 0));
    }
  return { trials, trainings, epochs };
}
