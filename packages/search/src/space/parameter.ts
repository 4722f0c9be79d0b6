import type { ParamValue, Scale } from '@luthier/core';

/** The parameter is active only when `parent` is active and has one of `values`. */
export interface Condition {
  readonly parent: string;
  readonly values: readonly ParamValue[];
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
}

export interface IntParameter extends ParameterBase {
  readonly kind: 'int';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: Scale;
  readonly default: number;
}

export interface ChoiceParameter extends ParameterBase {
  readonly kind: 'choice';
  /** Distinct values; compared by type and value. */
  readonly values: readonly ParamValue[];
  /** Neighbouring values are alike: models use the rank. Default for numbers, as in Keras Tuner. */
  readonly ordered: boolean;
  readonly default: ParamValue;
}

export interface BooleanParameter extends ParameterBase {
  readonly kind: 'boolean';
  readonly default: boolean;
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
}
