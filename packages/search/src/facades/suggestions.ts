import type { HyperParameters, NumberPrior, ParamValue, ValuePrior } from '@luthier/core';

/** Options of a suggested number beyond its ends. */
export interface SuggestOptions {
  readonly step?: number;
  readonly log?: boolean;
  /** Value of the first trial; default: that of the prior, else the lower end. */
  readonly default?: number;
  readonly prior?: NumberPrior;
}

/** Questions for hyperparameters in Optuna's words. */
export interface Suggestions {
  /** A real number from low to high, both included. */
  suggestFloat(name: string, low: number, high: number, options?: SuggestOptions): number;
  /** An integer from low to high, both included. */
  suggestInt(name: string, low: number, high: number, options?: SuggestOptions): number;
  /** One of several values, unordered whatever they are. */
  suggestCategorical<const Value extends ParamValue>(
    name: string,
    choices: readonly Value[],
    options?: { readonly default?: NoInfer<Value>; readonly prior?: ValuePrior<NoInfer<Value>> },
  ): Value;
}

/**
 * Optuna's questions on top of `hp`.
 *
 * @example
 * await optimize((_, trial) => (trial.suggestFloat('x', -10, 10) - 2) ** 2, { trials: 100 });
 */
export function suggestions(hp: HyperParameters): Suggestions {
  return {
    suggestFloat: (name, low, high, options = {}) => hp.float(name, { min: low, max: high, ...options }),
    suggestInt: (name, low, high, options = {}) => hp.int(name, { min: low, max: high, ...options }),
    suggestCategorical: (name, choices, options = {}) =>
      hp.choice(name, choices, { ordered: false, ...options }),
  };
}
