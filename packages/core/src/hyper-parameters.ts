/** A value a hyperparameter can take. */
export type ParamValue = number | string | boolean;

/** The values of one trial by name; an inactive parameter has none. */
export type Params = Readonly<Record<string, ParamValue>>;

/** How a numeric range is spread: `reverseLog` is fine near the maximum (momentum, decay rates). */
export type Scale = 'linear' | 'log' | 'reverseLog' | 'logit';

/** How sure one is of a guess. */
export type Certainty = 'vaguely' | 'fairly' | 'very';

/**
 * What one believes of the best value of a number before the search, such as "about 3e-4, fairly sure".
 *
 * A normal distribution over the scale of the parameter around `about`, a tenth of it evenly over the whole range, since beliefs may be
 * wrong. Its deviation is a share of the range: vaguely 0.25, fairly 0.1 (default), very 0.04, or `spread` in (0, 1].
 */
export interface NumberPrior {
  readonly about: number;
  readonly certainty?: Certainty;
  readonly spread?: number;
}

/** What one believes of a choice before the search: the value to bet on (default certainty 'fairly'), or one weight a value. */
export type ValuePrior<Value> =
  | { readonly about: Value; readonly certainty?: Certainty }
  | { readonly weights: readonly number[] };

/** A bound that another number decides: `times * value + plus`; a name alone is that value itself. */
export type BoundOption =
  | string
  | { readonly parameter: string; readonly times?: number; readonly plus?: number };

/** A numeric range; the maximum is included when the step divides the range. */
export interface RangeOptions {
  readonly min: number;
  readonly max: number;
  /** Distance of neighbouring values; integers default to 1, floats to a continuous range. */
  readonly step?: number;
  /** Shorthand of `scale: 'log'`. */
  readonly log?: boolean;
  readonly scale?: Scale;
  /** The value of the baseline trial; defaults to that of the prior, else to min as in Keras Tuner. */
  readonly default?: number;
  /** Where good values are expected; default: no belief. */
  readonly prior?: NumberPrior;
  /** Inside the range, never below or above what another number allows, as long as that is active. */
  readonly atLeast?: BoundOption;
  readonly atMost?: BoundOption;
}

/**
 * What a model builder asks for its hyperparameters (define-by-run, as in Keras Tuner).
 *
 * @example
 * const buildModel = (hp: HyperParameters) =>
 *   sequential([input({ shape: [784] }), dense({ units: hp.int('units', { min: 32, max: 512, step: 32 }) })]);
 */
export interface HyperParameters {
  int(name: string, range: RangeOptions): number;
  float(name: string, range: RangeOptions): number;
  choice<const Value extends ParamValue>(
    name: string,
    values: readonly Value[],
    options?: {
      readonly default?: NoInfer<Value>;
      readonly ordered?: boolean;
      readonly prior?: ValuePrior<NoInfer<Value>>;
    },
  ): Value;
  boolean(
    name: string,
    options?: { readonly default?: boolean; readonly prior?: ValuePrior<boolean> },
  ): boolean;
  fixed<const Value extends ParamValue>(name: string, value: Value): Value;
  /** Runs `body` only when `parent` has one of `values`, and declares what it asks for as conditional. */
  when<Result>(parent: string, values: readonly ParamValue[], body: () => Result): Result | undefined;
  /**
   * Declares a rule between hyperparameters, such as `'units1 * units2 <= 65536'`, that every suggestion keeps. It does not bind a
   * configuration without one of the parameters that it names.
   */
  require(expression: string): void;
}
