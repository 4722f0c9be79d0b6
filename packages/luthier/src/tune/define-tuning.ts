import type { HyperParameters, OptionNames } from '@luthier/core';
import type {
  CallbackFactory,
  ClassWeight,
  Dataset,
  Device,
  Folds,
  MixingOptions,
  Model,
  Preparation,
} from '@luthier/nn';
import type { Budget, Objective, Sampler, Scheduler } from '@luthier/search';

/** How a model is trained in one trial; every value may come from a hyperparameter. */
export interface FitSettings {
  readonly epochs: number;
  readonly batchSize: number;
  /** Made anew for every trial: no state leaks into the next. */
  readonly callbacks?: readonly CallbackFactory[];
  /** Default true. */
  readonly shuffle?: boolean;
  /** How much the training samples of each class count. Default 1. */
  readonly classWeight?: ClassWeight;
  /** Mixes pairs of training samples. Default: none. */
  readonly mixup?: MixingOptions;
  /** Pastes boxes of training images into one another. Default: none. */
  readonly cutmix?: MixingOptions;
}

export const FIT_SETTINGS: OptionNames<FitSettings> = {
  epochs: true,
  batchSize: true,
  callbacks: true,
  shuffle: true,
  classWeight: true,
  mixup: true,
  cutmix: true,
};

/** A tuning job: data, a model as a function of its hyperparameters, and what to optimise. */
export interface TuningDefinition {
  /** Name of the study and of its result folder. */
  readonly name: string;
  /** Loads the data; called once in every process. `validation` decides, `test` is used once, by the final report. */
  readonly data: () => Dataset | Promise<Dataset>;
  /** The compiled model; called once a trial and a few times to discover the space: cheap, no side effects. */
  readonly build: (hp: HyperParameters) => Model;
  /** Epochs, batch size and callbacks. */
  readonly fit: (hp: HyperParameters) => FitSettings;
  readonly objective: Objective;
  /** Fitted on the training part alone, or on that of every fold, then applied to all parts. */
  readonly prepare?: Preparation;
  /**
   * Cross-validation: training and validation part together are divided, and a trial's score is the mean over the folds. A
   * number k means stratified folds for integer labels, else k folds in order. Default: the validation part decides.
   */
  readonly folds?: number | Folds;
  /** Seeds on which every configuration is trained; its score is their mean. Default 1. */
  readonly repeats?: number;
  /**
   * Train the winner again on training and validation part together, for as many epochs as it needed, before it is tested. Default:
   * with `folds` or `repeats`, where no single model stands for a trial.
   */
  readonly retrain?: boolean;
  /** Where every process computes; one that does not work on this machine is refused. Default `cpu`. */
  readonly device?: Device;
  /** Default `auto()`. */
  readonly sampler?: Sampler | string;
  /** Default `asha()`. */
  readonly scheduler?: Scheduler | string;
  /** Default `{ trials: 30 }`. */
  readonly budget?: Budget;
  /** Seed of everything random; default 0. */
  readonly seed?: number;
  /** How many of the best configurations are trained again at the end. Default 2; with `repeats` 0. */
  readonly finalists?: number;
  /** On how many seeds each of them is trained. Default 3. */
  readonly finalistSeeds?: number;
}

/** What a tuning file may export as its default. */
export type TuningExport =
  | TuningDefinition
  | Promise<TuningDefinition>
  | (() => TuningDefinition | Promise<TuningDefinition>);

/**
 * Declares a tuning job; the default export of a tuning file. An object, a promise or a function is accepted.
 *
 * @example
 * export default defineTuning({
 *   name: 'digits',
 *   data: () => mnist(),
 *   build: buildModel,
 *   fit: () => ({ epochs: 20, batchSize: 128 }),
 *   objective: maximize('valAccuracy'),
 * });
 */
export function defineTuning(definition: TuningDefinition): TuningDefinition;
export function defineTuning(definition: Promise<TuningDefinition>): Promise<TuningDefinition>;
export function defineTuning(
  definition: () => TuningDefinition | Promise<TuningDefinition>,
): () => TuningDefinition | Promise<TuningDefinition>;
export function defineTuning(definition: TuningExport): TuningExport {
  return definition;
}
