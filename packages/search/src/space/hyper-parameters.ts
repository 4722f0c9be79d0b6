import {
  generator,
  type HyperParameters,
  LuthierError,
  type Params,
  type ParamValue,
  type RangeOptions,
  randomKey,
} from '@luthier/core';
import { defaultValue, isActive } from './canonical.ts';
import { checkParameter } from './check.ts';
import { describeParameter, sameRange } from './compare.ts';
import { choiceDeclaration, scaleOf } from './define.ts';
import { decodeValue } from './encode.ts';
import { hasValue, levels, snapValue } from './levels.ts';
import type { Condition, Parameter, Space } from './parameter.ts';

/** What one run of a model builder asks for. */
export interface HyperParametersOptions {
  /** Parameters met before, with their ranges. */
  readonly known: Space;
  /** Values to answer with; a parameter without a value draws one from its prior. */
  readonly params: Params;
  /** Seed of the study. */
  readonly seed: number;
  /** Number of the trial; the draw of a parameter depends on seed, trial and name only. */
  readonly trial: number;
  /** What a parameter without a value takes: a draw from its prior (default) or its default. */
  readonly missing?: 'prior' | 'default';
}

/** Hyperparameters that remember what they were asked for. */
export interface RecordedHyperParameters extends HyperParameters {
  /** Every parameter that was asked for, in order of the first question, conditions included. */
  met(): readonly Parameter[];
  /** Those that `known` does not have. */
  added(): readonly Parameter[];
  /** The values that were answered: what the trial is made of. */
  params(): Params;
  /** Bodies of `when` that did not run, with the conditions that would run them. */
  skipped(): readonly (readonly Condition[])[];
}

function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.parent === b.parent &&
    a.values.length === b.values.length &&
    a.values.every((v) => b.values.includes(v))
  );
}

/**
 * Conditions under which a parameter is active that is asked for under either of two lists of conditions: lists that
 * differ in the values of one parent are joined, otherwise only what both share stays.
 */
export function eitherConditions(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] {
  const shared = a.filter((condition) => b.some((other) => isSameCondition(condition, other)));
  const onlyA = a.filter((condition) => !shared.includes(condition));
  const onlyB = b.filter((condition) => !shared.some((other) => isSameCondition(condition, other)));
  if (onlyA.length !== 1 || onlyB.length !== 1 || onlyA[0]!.parent !== onlyB[0]!.parent) return shared;
  const values = [...new Set([...onlyA[0]!.values, ...onlyB[0]!.values])];
  return a.flatMap((condition) =>
    condition === onlyA[0] ? [{ parent: condition.parent, values }] : [condition],
  );
}

/** The same parameter under other conditions. */
export function withConditions(parameter: Parameter, conditions: readonly Condition[]): Parameter {
  const { conditions: _replaced, ...rest } = parameter;
  return (conditions.length === 0 ? rest : { ...rest, conditions }) as Parameter;
}

function refuseDuplicate(before: Parameter, now: Parameter): never {
  const [was, is] = [describeParameter(before), describeParameter(now)];
  const difference = was === is ? 'with another default or order' : `once as ${was}, once as ${is}`;
  throw new LuthierError('LU_SPACE_DUPLICATE', `${now.name}: asked for twice, ${difference}`, {
    fix: 'Use one range everywhere, or two names.',
    where: now.name,
  });
}

/**
 * The `hp` of a model builder: answers with the values of a trial, draws what is new, and records what it meets.
 *
 * A parameter that the trial has no value for draws from its prior, keyed by (seed, trial, name), so that the order of
 * questions and other parameters do not matter. Throws LU_SPACE_DUPLICATE when a name comes back with another range
 * (against `known` too), and the codes of `checkParameter`.
 *
 * @example
 * const hp = createHyperParameters({ known: { parameters: [] }, params: { units: 64 }, seed: 0, trial: 0 });
 * hp.int('units', { min: 32, max: 512, step: 32 }); // 64
 */
export function createHyperParameters(options: HyperParametersOptions): RecordedHyperParameters {
  const known = new Map(options.known.parameters.map((parameter) => [parameter.name, parameter]));
  const met = new Map<string, Parameter>();
  const values: Record<string, ParamValue> = {};
  const scope: Condition[] = [];
  const skipped: (readonly Condition[])[] = [];

  const answer = (parameter: Parameter): ParamValue => {
    const given = options.params[parameter.name];
    if (given !== undefined) {
      if (hasValue(parameter, given)) return snapValue(parameter, given);
      throw new LuthierError(
        'LU_SPACE_VALUE',
        `${parameter.name}: ${JSON.stringify(given)} is not a value of ${describeParameter(parameter)}`,
        { fix: 'Give a value inside the range.', where: parameter.name },
      );
    }
    if (options.missing === 'default') return defaultValue(parameter);
    const random = generator(randomKey(options.seed, 'trial', options.trial, 'prior', parameter.name));
    return decodeValue(parameter, random.uniform());
  };

  const ask = (declared: Parameter): ParamValue => {
    const { name } = declared;
    const parameter = withConditions(declared, [...scope]);
    const before = met.get(name);
    if (before) {
      if (!sameRange(before, parameter)) refuseDuplicate(before, parameter);
      met.set(name, withConditions(before, eitherConditions(before.conditions ?? [], scope)));
      return values[name]!;
    }
    checkParameter(parameter);
    const registered = known.get(name);
    if (registered && !sameRange(registered, parameter)) refuseDuplicate(registered, parameter);
    met.set(name, parameter);
    const value = answer(parameter);
    values[name] = value;
    return value;
  };

  const ranged = (name: string, range: RangeOptions) => ({
    name,
    min: range.min,
    max: range.max,
    scale: scaleOf(name, range),
    default: range.default ?? range.min,
  });

  return {
    int: (name, range) => ask({ kind: 'int', ...ranged(name, range), step: range.step ?? 1 }) as number,
    float: (name, range) =>
      ask({
        kind: 'float',
        ...ranged(name, range),
        ...(range.step === undefined ? {} : { step: range.step }),
      }) as number,
    choice: <const Value extends ParamValue>(
      name: string,
      choices: readonly Value[],
      choiceOptions: { readonly default?: Value; readonly ordered?: boolean } = {},
    ) => ask({ name, ...choiceDeclaration(choices, choiceOptions) }) as Value,
    boolean: (name, booleanOptions = {}) =>
      ask({ kind: 'boolean', name, default: booleanOptions.default ?? false }) as boolean,
    fixed: <const Value extends ParamValue>(name: string, value: Value) =>
      ask({ kind: 'fixed', name, value }) as Value,
    when: (parent, activating, body) => {
      const found = met.get(parent);
      if (!found)
        throw new LuthierError('LU_SPACE_CONDITION', `hp.when: '${parent}' has not been asked for yet`, {
          fix: `Ask for '${parent}' before the condition on it.`,
          where: parent,
        });
      const all = levels(found);
      const wrong = activating.find((value) => !hasValue(found, value));
      if (!all || activating.length === 0 || wrong !== undefined)
        throw new LuthierError(
          'LU_SPACE_CONDITION',
          all
            ? `hp.when: ${wrong === undefined ? 'no value' : JSON.stringify(wrong)} is not a value of '${parent}'`
            : `hp.when: '${parent}' is continuous`,
          { fix: all ? `Use values that '${parent}' can take.` : 'Use a parent with a step.', where: parent },
        );
      const condition: Condition = { parent, values: [...activating] };
      if (!isActive(withConditions(found, [condition]), values)) {
        skipped.push([...scope, condition]);
        return undefined;
      }
      scope.push(condition);
      try {
        return body();
      } finally {
        scope.pop();
      }
    },
    met: () => [...met.values()],
    added: () => [...met.values()].filter(({ name }) => !known.has(name)),
    params: () => ({ ...values }),
    skipped: () => skipped,
  };
}
