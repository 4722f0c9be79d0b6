import type { HyperParameters, Params, ParamValue } from '@luthier/core';
import type { FitOptions, Model } from '@luthier/nn';
import { createHyperParameters, type RecordedHyperParameters, type Space } from '@luthier/search';

/** Options of one training that the tuner leaves to the user. */
export type TunerFitOptions = Omit<FitOptions, 'seed' | 'resume' | 'checkpoint' | 'initialEpoch'>;

/** A model as a function of its hyperparameters, or that and how it is trained (Keras Tuner's HyperModel). */
export type HyperModel =
  | ((hp: HyperParameters) => Model)
  | {
      build(hp: HyperParameters): Model;
      /** Options of a trial's training, over those given to `search`: batch size and epochs may be hyperparameters, too. */
      fit?(hp: HyperParameters): TunerFitOptions;
    };

/** The hyperparameters of a trial: to read, and to build its model again. */
export interface TrialHyperParameters extends HyperParameters {
  readonly values: Params;
  readonly space: Space;
  /** The value of an active hyperparameter; undefined for others. */
  get(name: string): ParamValue | undefined;
  contains(name: string): boolean;
}

/** Fixes some hyperparameters, whatever the model asks for. */
function overridden(hp: HyperParameters, fixed: Params): HyperParameters {
  const has = (name: string): boolean => Object.hasOwn(fixed, name);
  return {
    ...hp,
    int: (name, range) => (has(name) ? (hp.fixed(name, fixed[name]!) as number) : hp.int(name, range)),
    float: (name, range) => (has(name) ? (hp.fixed(name, fixed[name]!) as number) : hp.float(name, range)),
    choice: <const Value extends ParamValue>(
      name: string,
      values: readonly Value[],
      options?: Parameters<HyperParameters['choice']>[2],
    ): Value =>
      has(name)
        ? (hp.fixed(name, fixed[name]!) as Value)
        : hp.choice(name, values, options as Parameters<typeof hp.choice<Value>>[2]),
    boolean: (name, options) =>
      has(name) ? (hp.fixed(name, fixed[name]!) as boolean) : hp.boolean(name, options),
  };
}

/** A built model with the options of its training and what it asked for. */
export interface BuiltModel {
  readonly model: Model;
  readonly fit: TunerFitOptions;
}

/** Builds the model of a configuration. */
export function buildModel(hypermodel: HyperModel, hp: HyperParameters, fixed: Params): BuiltModel {
  const asked = overridden(hp, fixed);
  if (typeof hypermodel === 'function') return { model: hypermodel(asked), fit: {} };
  const model = hypermodel.build(asked);
  return { model, fit: hypermodel.fit?.(asked) ?? {} };
}

/** Hyperparameters that answer with a trial's values. */
export function trialHyperParameters(
  space: Space,
  params: Params,
  seed: number,
  trial: number,
): RecordedHyperParameters & TrialHyperParameters {
  const hp = createHyperParameters({ known: space, params, seed, trial });
  return {
    ...hp,
    values: params,
    space,
    get: (name) => params[name],
    contains: (name) => Object.hasOwn(params, name),
  };
}
