import { LuthierError, type Params, type ParamValue, refuseUnknown } from '@luthier/core';
import { createSpace } from './check.ts';
import {
  type BooleanOptions,
  booleanDeclaration,
  type ChoiceOptions,
  choiceDeclaration,
  type Nameless,
  type NumberOptions,
  rangeDeclaration,
} from './declare.ts';
import type { Definition, DefinitionParams, OptionsOf } from './definition-params.ts';
import { mergeParameters } from './merge.ts';
import type { Condition, Constraint, Parameter, Space } from './parameter.ts';

declare const VALUE: unique symbol;
declare const PARAMS: unique symbol;
declare const CONDITIONS: unique symbol;

/** A parameter without its name, as `float`, `int`, `ordinal`, `choice`, `boolean`, `fixed`, `when` and `branch` make it. */
export interface Spec<Value extends ParamValue> {
  readonly declaration: Nameless<Parameter>;
  readonly [VALUE]?: Value;
}

/** The parent of a condition and the values that fulfil it, as a type. */
export type ConditionType = readonly [parent: string, values: ParamValue];

/** A parameter that is active only when all of its conditions hold. */
export interface ConditionalSpec<Conditions extends readonly ConditionType[], Value extends ParamValue>
  extends Spec<Value> {
  readonly [CONDITIONS]: Conditions;
}

/** A choice between subtrees: each option has parameters of its own. */
export interface BranchSpec<Options extends Readonly<Record<string, Definition>>>
  extends Spec<OptionsOf<Options>> {
  readonly branches: Options;
}

/** A space whose trial parameters have the exact type `P`. */
export interface TypedSpace<P> extends Space {
  readonly [PARAMS]?: P;
}

/** The parameters of one trial of a typed space. */
export type ParamsOf<S> = S extends TypedSpace<infer P> ? P : never;

/**
 * A real number from `min` to `max`, both included.
 *
 * Defaults: continuous, linear, no prior, default value that of the prior or min (as in Keras Tuner). With `step` the values are min,
 * min + step, ... in decimal arithmetic; with a log scale the step multiplies. `atLeast` and `atMost` narrow the range by another number.
 *
 * @example
 * float(1e-5, 1e-1, { log: true, prior: { about: 3e-4, certainty: 'fairly' } })
 */
export function float(min: number, max: number, options: NumberOptions = {}): Spec<number> {
  return { declaration: rangeDeclaration('float', min, max, options) };
}

/**
 * An integer from `min` to `max`, both included.
 *
 * Defaults: step 1, linear, no prior, default value that of the prior or min. With a log scale a step above 1 multiplies: 2 to 32 step 2
 * is 2, 4, 8, 16, 32. `atLeast` and `atMost` narrow the range by another number.
 *
 * @example
 * int(16, 512, { step: 16, atMost: 'hidden1' })
 */
export function int(min: number, max: number, options: NumberOptions = {}): Spec<number> {
  return { declaration: rangeDeclaration('int', min, max, options) };
}

/**
 * One of several values, compared by type and value.
 *
 * Defaults: the first value, no prior; numbers are ordered (neighbours are alike), other values are not.
 *
 * @example
 * choice(['sgd', 'adam'], { prior: { about: 'adam', certainty: 'vaguely' } })
 */
export function choice<const Value extends ParamValue>(
  values: readonly Value[],
  options: ChoiceOptions<NoInfer<Value>> = {},
): Spec<Value> {
  return { declaration: choiceDeclaration(values, options) };
}

/**
 * One of several values in their natural order: neighbours are alike.
 *
 * @example
 * ordinal(['small', 'medium', 'large'])
 */
export function ordinal<const Value extends ParamValue>(
  values: readonly Value[],
  options: Omit<ChoiceOptions<NoInfer<Value>>, 'ordered'> = {},
): Spec<Value> {
  return { declaration: choiceDeclaration(values, { ...options, ordered: true }, 'ordinal') };
}

/** True or false; the default is that of the prior, or false. */
export function boolean(options: BooleanOptions = {}): Spec<boolean> {
  return { declaration: booleanDeclaration(options) };
}

/** A constant that is recorded with every trial. */
export function fixed<const Value extends ParamValue>(value: Value): Spec<Value> {
  return { declaration: { kind: 'fixed', value } };
}

/**
 * Makes a parameter active only when `parent` has one of `values`; otherwise trials do not have it. Conditions nest.
 *
 * @example
 * when('optimizer', ['sgd'], float(0, 0.99))
 */
export function when<
  const Parent extends string,
  const When extends ParamValue,
  const Inner extends readonly ConditionType[],
  Value extends ParamValue,
>(
  parent: Parent,
  values: readonly When[],
  spec: ConditionalSpec<Inner, Value>,
): ConditionalSpec<readonly [readonly [Parent, When], ...Inner], Value>;
export function when<const Parent extends string, const When extends ParamValue, Value extends ParamValue>(
  parent: Parent,
  values: readonly When[],
  spec: Spec<Value>,
): ConditionalSpec<readonly [readonly [Parent, When]], Value>;
export function when(
  parent: string,
  values: readonly ParamValue[],
  spec: Spec<ParamValue>,
): Spec<ParamValue> {
  const condition: Condition = { parent, values: [...values] };
  const conditions = [condition, ...(spec.declaration.conditions ?? [])];
  return { declaration: { ...spec.declaration, conditions } };
}

/**
 * A choice whose options have parameters of their own, to any depth; names must be unique unless their ranges are the same.
 *
 * Default: the first option.
 *
 * @example
 * branch({ sgd: { momentum: float(0, 0.99) }, adam: { beta2: float(0.9, 0.999, { scale: 'reverseLog' }) } })
 */
export function branch<const Options extends Readonly<Record<string, Definition>>>(
  options: Options,
  choiceOptions: Omit<ChoiceOptions<NoInfer<OptionsOf<Options>>>, 'ordered'> = {},
): BranchSpec<Options> {
  return {
    declaration: choiceDeclaration(Object.keys(options), { ...choiceOptions, ordered: false }, 'branch'),
    branches: options,
  };
}

/** A rule between parameters: an expression over them, or a named predicate of the program. */
export type RuleOption<P> = string | { readonly name: string; readonly test: (params: P) => boolean };

/** What a space has beside its parameters. */
export interface SpaceOptions<P> {
  /** Rules that every configuration keeps. An expression is stored with the study, a predicate must be given again when it is opened. */
  readonly constraints?: readonly RuleOption<P>[];
}

/** Adds the parameters of a definition and its subtrees, those of the same name in several subtrees joined. */
function declare(
  definition: Definition,
  conditions: readonly Condition[],
  into: Map<string, Parameter>,
): void {
  for (const [name, spec] of Object.entries(definition)) {
    if (typeof spec?.declaration !== 'object')
      throw new LuthierError('LU_SPACE_PARAMETER', `${name}: ${JSON.stringify(spec)} is not a parameter`, {
        fix: 'Declare it with float, int, ordinal, choice, boolean, fixed, when or branch.',
        where: name,
      });
    const own = [...conditions, ...(spec.declaration.conditions ?? [])];
    const parameter = {
      name,
      ...spec.declaration,
      ...(own.length === 0 ? {} : { conditions: own }),
    } as Parameter;
    const before = into.get(name);
    into.set(name, before ? mergeParameters([before], [parameter])[0]! : parameter);
    const { branches = {} } = spec as Partial<BranchSpec<Readonly<Record<string, Definition>>>>;
    for (const [value, subtree] of Object.entries(branches))
      declare(subtree, [...own, { parent: name, values: [value] }], into);
  }
}

/** The parameters of a definition with those of its subtrees, in the order in which they were written. */
export function declaredParameters(definition: Definition): readonly Parameter[] {
  const parameters = new Map<string, Parameter>();
  declare(definition, [], parameters);
  return [...parameters.values()];
}

/**
 * A search space from named specifications; the parameters of its trials have exact types, conditions included.
 *
 * Throws LU_SPACE_* when a range, step, default, choice, prior, condition, bound, rule or option makes no sense.
 *
 * @example
 * const digits = space({
 *   learningRate: float(1e-4, 1e-1, { log: true }),
 *   optimizer: choice(['sgd', 'adam']),
 *   momentum: when('optimizer', ['sgd'], float(0, 0.99)),
 *   units1: int(16, 512),
 *   units2: int(16, 512, { atMost: 'units1' }),
 * }, { constraints: ['units1 * units2 <= 65536'] });
 */
export function space<const D extends Definition>(
  definition: D,
  options: SpaceOptions<DefinitionParams<D>> = {},
): TypedSpace<DefinitionParams<D>> {
  refuseUnknown('LU_SPACE_OPTION', 'space', options, ['constraints']);
  const constraints = (options.constraints ?? []).map(
    (rule): Constraint =>
      typeof rule === 'string'
        ? { text: rule }
        : { text: rule.name, isCode: true, test: rule.test as unknown as (params: Params) => boolean },
  );
  return createSpace(declaredParameters(definition), constraints);
}
