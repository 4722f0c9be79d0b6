/** A value a hyperparameter can take. */
export type ParamValue = number | string | boolean;

/** The values of one trial by name; an inactive parameter has none. */
export type Params = Readonly<Record<string, ParamValue>>;

/** How a numeric range is spread: `reverseLog` is fine near the maximum (momentum, decay rates). */
export type Scale = 'linear' | 'log' | 'reverseLog' | 'logit';

/** A numeric range; the maximum is included when the step divides the range. */
export interface RangeOptions {
  readonly min: number;
  readonly max: number;
  /** Distance of neighbouring values; integers default to 1, floats to a continuous range. */
  readonly step?: number;
  /** Shorthand of `scale: 'log'`. */
  readonly log?: boolean;
  readonly scale?: Scale;
  /** The value of the baseline trial; defaults to min, as in Keras Tuner. */
  readonly default?: number;
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
    options?: { readonly default?: Value; readonly ordered?: boolean },
  ): Value;
  boolean(name: string, options?: { readonly default?: boolean }): boolean;
  fixed<const Value extends ParamValue>(name: string, value: Value): Value;
  /** Runs `body` only when `parent` has one of `values`, and declares what it asks for as conditional. */
  when<Result>(parent: string, values: readonly ParamValue[], body: () => Result): Result | undefined;
}
