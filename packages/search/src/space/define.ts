import { LuthierError, type ParamValue, type RangeOptions, type Scale } from '@luthier/core';
import { createSpace } from './check.ts';
import type { Condition, Parameter, Space } from './parameter.ts';

declare const VALUE: unique symbol;
declare const PARAMS: unique symbol;

type Nameless<P> = P extends Parameter ? Omit<P, 'name'> : never;

/** A parameter without its name, as `float`, `int`, `choice`, `boolean`, `fixed` and `when` make it. */
export interface Spec<Value extends ParamValue> {
  readonly declaration: Nameless<Parameter>;
  readonly [VALUE]?: Value;
}

/** A parameter that is active only when its parent has one of some values. */
export interface ConditionalSpec<Parent extends string, When extends ParamValue, Value extends ParamValue>
  extends Spec<Value> {
  readonly parent: Parent;
  readonly when: readonly When[];
}

/** A space whose trial parameters have the exact type `P`. */
export interface TypedSpace<P> extends Space {
  readonly [PARAMS]?: P;
}

type Definition = Readonly<Record<string, Spec<ParamValue>>>;
type ValueOf<S> = S extends Spec<infer Value> ? Value : never;
type ConditionalKey<D> = {
  [K in keyof D]: D[K] extends ConditionalSpec<string, ParamValue, ParamValue> ? K : never;
}[keyof D];

/** Active with one of the parent's values, or absent with one of the others. */
type Branches<D, K extends keyof D> =
  D[K] extends ConditionalSpec<infer Parent, infer When, infer Value>
    ?
        | ({ readonly [P in Parent]: When } & { readonly [N in K]: Value })
        | ({ readonly [P in Parent]?: Parent extends keyof D ? Exclude<ValueOf<D[Parent]>, When> : never } & {
            readonly [N in K]?: never;
          })
    : never;

type AllBranches<D> = [ConditionalKey<D>] extends [never]
  ? unknown
  : { [K in ConditionalKey<D>]: (branches: Branches<D, K>) => void }[ConditionalKey<D>] extends (
        branches: infer All,
      ) => void
    ? All
    : never;

type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;

/** The parameters of one trial of a space definition: a union over the branches of its conditions. */
export type DefinitionParams<D> = Flat<
  { readonly [K in Exclude<keyof D, ConditionalKey<D>>]: ValueOf<D[K]> } & AllBranches<D>
>;

/** The parameters of one trial of a typed space. */
export type ParamsOf<S> = S extends TypedSpace<infer P> ? P : never;

/** Options of `float` and `int` beyond the two ends. */
export type NumberOptions = Omit<RangeOptions, 'min' | 'max'>;

/** The scale that `scale` and its shorthand `log` mean together; linear without both. */
export function scaleOf(name: string, options: { readonly log?: boolean; readonly scale?: Scale }): Scale {
  const { log, scale } = options;
  if (log === undefined) return scale ?? 'linear';
  const meant = log ? 'log' : 'linear';
  if (scale !== undefined && scale !== meant)
    throw new LuthierError('LU_SPACE_RANGE', `${name}: log: ${log} contradicts scale: '${scale}'`, {
      fix: 'Give only one of log and scale.',
      where: name,
    });
  return meant;
}

/**
 * A real number from `min` to `max`, both included.
 *
 * Defaults: continuous, linear, default value min (as in Keras Tuner). With `step` the values are min, min + step, ...
 * in decimal arithmetic; with a log scale the step multiplies.
 *
 * @example
 * float(1e-4, 1e-1, { log: true })
 */
export function float(min: number, max: number, options: NumberOptions = {}): Spec<number> {
  const { step } = options;
  const scale = scaleOf('float', options);
  return {
    declaration: {
      kind: 'float',
      min,
      max,
      ...(step === undefined ? {} : { step }),
      scale,
      default: options.default ?? min,
    },
  };
}

/**
 * An integer from `min` to `max`, both included.
 *
 * Defaults: step 1, linear, default value min. With a log scale a step above 1 multiplies: 2 to 32 step 2 is 2, 4,
 * 8, 16, 32.
 *
 * @example
 * int(32, 512, { step: 32 }) // 16 values
 */
export function int(min: number, max: number, options: NumberOptions = {}): Spec<number> {
  const { step = 1 } = options;
  return {
    declaration: {
      kind: 'int',
      min,
      max,
      step,
      scale: scaleOf('int', options),
      default: options.default ?? min,
    },
  };
}

/** The declaration of a choice; numbers are ordered unless told otherwise, and the first value is the default. */
export function choiceDeclaration(
  values: readonly ParamValue[],
  options: { readonly default?: ParamValue | undefined; readonly ordered?: boolean | undefined },
): Nameless<Extract<Parameter, { kind: 'choice' }>> {
  return {
    kind: 'choice',
    values: [...values],
    ordered: options.ordered ?? values.every((value) => typeof value === 'number'),
    default: options.default ?? values[0] ?? '',
  };
}

/**
 * One of several values, compared by type and value.
 *
 * Defaults: the first value; numbers are ordered (neighbours are alike), other values are not.
 *
 * @example
 * choice(['sgd', 'adam'])
 */
export function choice<const Value extends ParamValue>(
  values: readonly Value[],
  options: { readonly default?: NoInfer<Value>; readonly ordered?: boolean } = {},
): Spec<Value> {
  return { declaration: choiceDeclaration(values, options) };
}

/** True or false; the default is false. */
export function boolean(options: { readonly default?: boolean } = {}): Spec<boolean> {
  return { declaration: { kind: 'boolean', default: options.default ?? false } };
}

/** A constant that is recorded with every trial. */
export function fixed<const Value extends ParamValue>(value: Value): Spec<Value> {
  return { declaration: { kind: 'fixed', value } };
}

/**
 * Makes a parameter active only when `parent` has one of `values`; otherwise trials do not have it.
 *
 * @example
 * when('optimizer', ['sgd'], float(0, 0.99))
 */
export function when<const Parent extends string, const When extends ParamValue, Value extends ParamValue>(
  parent: Parent,
  values: readonly When[],
  spec: Spec<Value>,
): ConditionalSpec<Parent, When, Value> {
  const condition: Condition = { parent, values: [...values] };
  const conditions = [condition, ...(spec.declaration.conditions ?? [])];
  return { declaration: { ...spec.declaration, conditions }, parent, when: values };
}

/**
 * A search space from named specifications; the parameters of its trials have exact types, conditions included.
 *
 * Throws LU_SPACE_* when a range, step, default, choice or condition makes no sense.
 *
 * @example
 * const digits = space({
 *   learningRate: float(1e-4, 1e-1, { log: true }),
 *   optimizer: choice(['sgd', 'adam']),
 *   momentum: when('optimizer', ['sgd'], float(0, 0.99)),
 * });
 */
export function space<const D extends Definition>(definition: D): TypedSpace<DefinitionParams<D>> {
  return createSpace(
    Object.entries(definition).map(([name, { declaration }]) => ({ name, ...declaration }) as Parameter),
  );
}
