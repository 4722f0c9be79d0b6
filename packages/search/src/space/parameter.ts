import type { Params, ParamValue, Scale } from '@luthier/core';

/** The parameter is active only when `parent` is active and has one of `values`. */
export interface Condition {
  readonly parent: string;
  readonly values: readonly ParamValue[];
}

/** A bound that another number decides: `times * value + plus`, by default the value itself. */
export interface Bound {
  readonly parameter: string;
  readonly times?: number;
  readonly plus?: number;
}

/** A normal belief: `about` on the parameter's scale, its deviation a share of the range. */
export interface RangePrior {
  readonly about: number;
  readonly spread: number;
}

/** A belief about listed values: positive shares that add up to 1, one a value (false before true). */
export interface WeightPrior {
  readonly weights: readonly number[];
}

/**
 * A rule that every configuration keeps.
 *
 * Its text is an expression over the parameters (`'units1 * units2 <= 65536'`) and travels with the space; or, when `isCode`, the name
 * of a predicate that only the program has.
 */
export interface Constraint {
  readonly text: string;
  readonly isCode?: true;
  readonly test?: (params: Params) => boolean;
}

interface ParameterBase {
  readonly name: string;
  /** All must hold; absent or empty means always active. */
  readonly conditions?: readonly Condition[];
}

export interface FloatParameter extends ParameterBase {
  readonly kind: 'float';
  readonly min: number;
  readonly max: number;
  /** Values are min, min + step, ... in decimal arithmetic, the maximum included when it fits. */
  readonly step?: number;
  readonly scale: Scale;
  readonly default: number;
  /** Inside of min and max, as long as the named parameter is active. */
  readonly atLeast?: Bound;
  readonly atMost?: Bound;
  readonly prior?: RangePrior;
}

export interface IntParameter extends ParameterBase {
  readonly kind: 'int';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: Scale;
  readonly default: number;
  /** Inside of min and max, as long as the named parameter is active. */
  readonly atLeast?: Bound;
  readonly atMost?: Bound;
  readonly prior?: RangePrior;
}

export interface ChoiceParameter extends ParameterBase {
  readonly kind: 'choice';
  /** Distinct values; compared by type and value. */
  readonly values: readonly ParamValue[];
  /** Neighbouring values are alike: models use the rank. Default for numbers, as in Keras Tuner. */
  readonly ordered: boolean;
  readonly default: ParamValue;
  readonly prior?: WeightPrior;
}

export interface BooleanParameter extends ParameterBase {
  readonly kind: 'boolean';
  readonly default: boolean;
  readonly prior?: WeightPrior;
}

export interface FixedParameter extends ParameterBase {
  readonly kind: 'fixed';
  readonly value: ParamValue;
}

/** One hyperparameter and its range, as data. */
export type Parameter = FloatParameter | IntParameter | ChoiceParameter | BooleanParameter | FixedParameter;

/** A search space: its parameters in the order in which they were declared; parents before children. */
export interface Space {
  readonly parameters: readonly Parameter[];
  /** All must hold; absent means none. */
  readonly constraints?: readonly Constraint[];
}
