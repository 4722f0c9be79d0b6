import { asha, gp, grid, random } from '@luthier/search';
import type { HyperModel } from './tunable-model.ts';
import { Tuner, type TunerOptions } from './tuner.ts';

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

/** Options of `hyperbandSearch`. */
export interface HyperbandOptions extends TunerOptions {
  /** One of so many trials goes on at every rung. Default 3. */
  readonly factor?: number;
}

/**
 * Random configurations of which the best third goes on at epochs 1, 3, 9, ...: asynchronous successive halving, which needs no
 * restarts and no brackets, in the place of Keras Tuner's `Hyperband`.
 *
 * Reference: Li et al. 2020, "A system for massively parallel hyperparameter tuning".
 */
export function hyperbandSearch(hypermodel: HyperModel, options: HyperbandOptions): Tuner {
  const { factor = 3, ...rest } = options;
  return new Tuner(hypermodel, rest, { sampler: random(), scheduler: asha({ eta: factor }) });
}
