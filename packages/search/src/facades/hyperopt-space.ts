import { LuthierError, type Params, type ParamValue } from '@luthier/core';
import { createSpace } from '../space/check.ts';
import { type Nameless, rangeDeclaration } from '../space/declare.ts';
import { decodeValue } from '../space/encode.ts';
import { eitherConditions, withConditions } from '../space/merge.ts';
import type { Condition, Parameter, Space } from '../space/parameter.ts';
import { weightPrior } from '../space/prior.ts';

declare const VALUE: unique symbol;

/** A random variable of a search space in Hyperopt's manner. */
export interface HyperoptNode<Value> {
  readonly kind: 'hyperopt';
  /** Unique in its space. */
  readonly label: string;
  readonly declaration: Nameless<Parameter>;
  /** What the function gets for a value of the parameter. */
  readonly read: (value: ParamValue) => unknown;
  /** Structures to choose from. */
  readonly options?: readonly unknown[];
  readonly [VALUE]?: Value;
}

/** A structure with its random variables replaced by values. */
export type Evaluated<T> =
  T extends HyperoptNode<infer Value>
    ? Value
    : T extends readonly unknown[] | Readonly<Record<string, unknown>>
      ? { -readonly [K in keyof T]: Evaluated<T[K]> }
      : T;

const same = (value: ParamValue): unknown => value;
const rounded =
  (q: number) =>
  (value: ParamValue): unknown =>
    Number((Math.round(Number(value) / q) * q).toPrecision(15));

/** The middle of a range on its scale, where a search that was given no default begins. */
function centered(label: string, declaration: Nameless<Parameter>): Nameless<Parameter> {
  const parameter = { name: label, ...declaration } as Parameter;
  return { ...declaration, default: decodeValue(parameter, 0.5) } as Nameless<Parameter>;
}

function check(label: string, isSound: boolean, what: string): void {
  if (isSound) return;
  throw new LuthierError('LU_SPACE_RANGE', `${label}: ${what}`, {
    fix: 'Correct the arguments.',
    where: label,
  });
}

function numeric(
  label: string,
  min: number,
  max: number,
  options: Parameters<typeof rangeDeclaration>[3] & { readonly kind?: 'float' | 'int' } = {},
  read: (value: ParamValue) => unknown = same,
): HyperoptNode<number> {
  const { kind = 'float', ...rest } = options;
  check(
    label,
    Number.isFinite(min) && Number.isFinite(max) && min <= max,
    `there is nothing from ${min} to ${max}`,
  );
  const declared = rangeDeclaration(kind, min, max, rest, label) as Nameless<Parameter>;
  const declaration = rest.prior === undefined ? centered(label, declared) : declared;
  return { kind: 'hyperopt', label, declaration, read };
}

// Four deviations hold all but 6e-5 of a normal distribution.
const DEVIATIONS = 4;
const SPREAD = 1 / (2 * DEVIATIONS);

function normal(
  label: string,
  mean: number,
  deviation: number,
  read?: (value: ParamValue) => unknown,
): HyperoptNode<number> {
  check(label, deviation > 0, `the deviation ${deviation} is not above 0`);
  const reach = DEVIATIONS * deviation;
  return numeric(label, mean - reach, mean + reach, { prior: { about: mean, spread: SPREAD } }, read);
}

function lognormal(
  label: string,
  mean: number,
  deviation: number,
  read?: (value: ParamValue) => unknown,
): HyperoptNode<number> {
  check(label, deviation > 0, `the deviation ${deviation} is not above 0`);
  const reach = DEVIATIONS * deviation;
  const prior = { about: Math.exp(mean), spread: SPREAD };
  return numeric(label, Math.exp(mean - reach), Math.exp(mean + reach), { log: true, prior }, read);
}

function choose<Option>(
  label: string,
  options: readonly Option[],
  weights: readonly number[] | undefined,
): HyperoptNode<Evaluated<Option>> {
  check(label, options.length > 0, 'there is nothing to choose from');
  const values = options.map((_, index) => index);
  const prior = weights && weightPrior(label, values, false, { weights });
  const likeliest = weights ? weights.indexOf(Math.max(...weights)) : 0;
  return {
    kind: 'hyperopt',
    label,
    declaration: { kind: 'choice', values, ordered: false, default: likeliest, ...(prior ? { prior } : {}) },
    read: same,
    options,
  };
}

/**
 * Random variables as Hyperopt has them; a search space is any structure of objects and arrays that holds some.
 *
 * `loguniform` and `qloguniform` take the ends in logarithms, as there. The normal ones end at four deviations, and a tenth of their
 * mass is even, since a belief may be wrong. With `q` values are multiples of it. A choice takes structures that hold variables
 * themselves, which are active only then.
 *
 * Throws LU_SPACE_RANGE for a range that holds nothing and LU_SPACE_PRIOR for probabilities that are not positive.
 *
 * @example
 * const searched = {
 *   rate: hyperopt.loguniform('rate', Math.log(1e-5), Math.log(1e-1)),
 *   model: hyperopt.choice('model', [{ kind: 'forest', trees: hyperopt.quniform('trees', 10, 100, 10) }, { kind: 'line' }]),
 * };
 */
export const hyperopt: {
  uniform(label: string, low: number, high: number): HyperoptNode<number>;
  quniform(label: string, low: number, high: number, q: number): HyperoptNode<number>;
  loguniform(label: string, low: number, high: number): HyperoptNode<number>;
  qloguniform(label: string, low: number, high: number, q: number): HyperoptNode<number>;
  normal(label: string, mean: number, deviation: number): HyperoptNode<number>;
  qnormal(label: string, mean: number, deviation: number, q: number): HyperoptNode<number>;
  lognormal(label: string, mean: number, deviation: number): HyperoptNode<number>;
  qlognormal(label: string, mean: number, deviation: number, q: number): HyperoptNode<number>;
  /** An integer from 0 (or `low`) up to, not including, the last argument. */
  randint(label: string, low: number, high?: number): HyperoptNode<number>;
  /** An integer from low to high, both included. */
  uniformint(label: string, low: number, high: number): HyperoptNode<number>;
  choice<const Option>(label: string, options: readonly Option[]): HyperoptNode<Evaluated<Option>>;
  /** Pairs of probability and option. */
  pchoice<const Option>(
    label: string,
    options: readonly (readonly [number, Option])[],
  ): HyperoptNode<Evaluated<Option>>;
} = {
  uniform: (label, low, high) => numeric(label, low, high),
  quniform: (label, low, high, q) => {
    check(label, q > 0, `q ${q} is not above 0`);
    const [min, max] = [low, high].map((end) => rounded(q)(end) as number) as [number, number];
    return numeric(label, min, max, { step: q });
  },
  loguniform: (label, low, high) => numeric(label, Math.exp(low), Math.exp(high), { log: true }),
  qloguniform: (label, low, high, q) =>
    numeric(label, Math.exp(low), Math.exp(high), { log: true }, rounded(q)),
  normal: (label, mean, deviation) => normal(label, mean, deviation),
  qnormal: (label, mean, deviation, q) => normal(label, mean, deviation, rounded(q)),
  lognormal: (label, mean, deviation) => lognormal(label, mean, deviation),
  qlognormal: (label, mean, deviation, q) => lognormal(label, mean, deviation, rounded(q)),
  randint: (label, low, high) =>
    high === undefined
      ? numeric(label, 0, low - 1, { kind: 'int' })
      : numeric(label, low, high - 1, { kind: 'int' }),
  uniformint: (label, low, high) => numeric(label, low, high, { kind: 'int' }),
  choice: (label, options) => choose(label, options, undefined),
  pchoice: (label, options) =>
    choose(
      label,
      options.map(([, option]) => option),
      options.map(([probability]) => probability),
    ),
};

function isNode(value: unknown): value is HyperoptNode<unknown> {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'hyperopt';
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> | readonly unknown[] {
  return typeof value === 'object' && value !== null && !isNode(value);
}

/**
 * The space of all variables in a structure, by label.
 *
 * Throws LU_SPACE_DUPLICATE when two different variables have one label.
 */
export function hyperoptSpace(structure: unknown): Space {
  const nodes = new Map<string, HyperoptNode<unknown>>();
  const parameters = new Map<string, Parameter>();
  const visit = (value: unknown, conditions: readonly Condition[]): void => {
    if (isStructure(value)) for (const held of Object.values(value)) visit(held, conditions);
    if (!isNode(value)) return;
    const { label, declaration, options = [] } = value;
    const before = parameters.get(label);
    if (before && nodes.get(label) !== value)
      throw new LuthierError('LU_SPACE_DUPLICATE', `${label}: two variables have this label`, {
        fix: 'Rename one of them, or use the same variable in both places.',
        where: label,
      });
    const parameter = { name: label, ...declaration } as Parameter;
    nodes.set(label, value);
    parameters.set(
      label,
      withConditions(parameter, before ? eitherConditions(before.conditions ?? [], conditions) : conditions),
    );
    for (const [index, option] of options.entries())
      visit(option, [...conditions, { parent: label, values: [index] }]);
  };
  visit(structure, []);
  return createSpace([...parameters.values()]);
}

/**
 * A structure with its variables replaced by the values of a trial (a choice by the option of its index), as the function gets it.
 *
 * Throws LU_SPACE_VALUE when a variable that is needed has no value.
 *
 * @example
 * spaceEval(searched, { rate: 0.01, model: 1 }) // { rate: 0.01, model: { kind: 'line' } }
 */
export function spaceEval<T>(structure: T, params: Params): Evaluated<T> {
  const read = (value: unknown): unknown => {
    if (isNode(value)) {
      const held = params[value.label];
      if (held === undefined)
        throw new LuthierError('LU_SPACE_VALUE', `there is no value for '${value.label}'`, {
          fix: 'Give a value for every variable that is active.',
          where: value.label,
        });
      return value.options ? read(value.options[Number(held)]) : value.read(held);
    }
    if (Array.isArray(value)) return value.map(read);
    // Objects with behaviour of their own (dates, functions, classes) are handed over as they are.
    if (isStructure(value) && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, read(held)]));
    return value;
  };
  return read(structure) as Evaluated<T>;
}
