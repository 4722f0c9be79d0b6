import { LuthierError, type OptionNames, refuseUnknown } from '@luthier/core';
import { gp, grid, type HyperbandPlanOptions, hyperbandPlan, random } from '@luthier/search';
import type { HyperModel } from './tunable-model.ts';
import { Tuner } from './tuner.ts';
import { TUNER_OPTIONS, type TunerOptions } from './tuner-options.ts';

/**
 * Random search over the hyperparameters of a model, in the manner of Keras Tuner's `RandomSearch`.
 *
 * Throws what the model's layers throw for the defaults, LU_OBJECTIVE_UNKNOWN, LU_OBJECTIVE_DIRECTION and LU_OPTION.
 *
 * @example
 * const tuner = randomSearch(build, { objective: 'valAccuracy', maxTrials: 5 });
 * await tuner.search(train, { epochs: 3, validationData: validation });
 * const [best] = tuner.getBestHyperParameters();
 * const [model] = await tuner.getBestModels();
 */
export function randomSearch(hypermodel: HyperModel, options: TunerOptions): Tuner {
  return new Tuner(hypermodel, options, { sampler: random() });
}

/** Every combination, in Keras Tuner's order: the last hyperparameter moves first. Continuous ones take 10 values, ends included. */
export function gridSearch(hypermodel: HyperModel, options: TunerOptions): Tuner {
  return new Tuner(hypermodel, options, { sampler: grid({ levels: 10 }) });
}

/** Bayesian optimization by a Gaussian process, in the manner of Keras Tuner's `BayesianOptimization`. */
export function bayesianOptimization(hypermodel: HyperModel, options: TunerOptions): Tuner {
  return new Tuner(hypermodel, options, { sampler: gp() });
}

/** Options of `hyperbandSearch`; without `maxTrials` the plan says how many trials there are. */
export interface HyperbandOptions extends TunerOptions, HyperbandPlanOptions {
  /** Passes through all brackets. Default 1. */
  readonly hyperbandIterations?: number;
}

const HYPERBAND_OPTIONS: OptionNames<HyperbandOptions> = {
  ...TUNER_OPTIONS,
  maxEpochs: true,
  factor: true,
  minEpochs: true,
  sizes: true,
  hyperbandIterations: true,
};

/**
 * Hyperband, as Keras Tuner's `Hyperband`: brackets of random configurations, of each of which one in `factor` goes on to `factor` times
 * as many epochs, from where it stopped, optimizer included. `hyperbandPlan` tells the plan.
 *
 * Defaults: maxEpochs 100, factor 3, minEpochs 1, one iteration. `search` takes no epochs. Configurations that fail are replaced.
 * Throws LU_SCHEDULER_OPTION, and LU_OPTION for iterations that are no count.
 *
 * Reference: Li 2018, "Hyperband: a novel bandit-based approach to hyperparameter optimization".
 *
 * @example
 * const tuner = hyperbandSearch(build, { objective: 'valAccuracy', maxEpochs: 27 });
 * await tuner.search(train, { validationData: validation });
 */
export function hyperbandSearch(hypermodel: HyperModel, options: HyperbandOptions): Tuner {
  refuseUnknown('LU_OPTION', 'the tuner', options, HYPERBAND_OPTIONS);
  const { maxEpochs, factor, minEpochs, sizes, hyperbandIterations: iterations = 1, ...rest } = options;
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new LuthierError('LU_OPTION', `hyperbandIterations is ${iterations}`, {
      fix: 'Give a whole number above 0.',
      where: 'hyperbandIterations',
    });
  const brackets = hyperbandPlan({
    ...(maxEpochs === undefined ? {} : { maxEpochs }),
    ...(factor === undefined ? {} : { factor }),
    ...(minEpochs === undefined ? {} : { minEpochs }),
    ...(sizes === undefined ? {} : { sizes }),
  });
  return new Tuner(hypermodel, rest, { sampler: random(), plan: { brackets, iterations } });
}
