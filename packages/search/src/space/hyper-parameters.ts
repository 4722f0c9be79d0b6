import {
  generator,
  type HyperParameters,
  LuthierError,
  type Params,
  type ParamValue,
  randomKey,
} from '@luthier/core';
import { withinBounds } from './bounds.ts';
import { defaultValue, isActive } from './canonical.ts';
import { checkParameter } from './check.ts';
import { describeParameter, sameRange } from './compare.ts';
import { booleanDeclaration, type ChoiceOptions, choiceDeclaration, rangeDeclaration } from './declare.ts';
import { drawValue } from './draw.ts';
import { parseExpression } from './expression.ts';
import { hasValue, levels, snapValue } from './levels.ts';
import { eitherConditions, withConditions } from './merge.ts';
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
  /** The expressions of all rules, each once. */
  rules(): readonly string[];
  /** Bodies of `when` that did not run, with the conditions that would run them. */
  skipped(): readonly (readonly Condition[])[];
}

function refuseDuplicate(before: Parameter, now: Parameter): never {
  const [was, is] = [describeParameter(before), describeParameter(now)];
  const difference = was === is ? 'with another default, order or prior' : `once as ${was}, once as ${is}`;
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
  const rules = new Set<string>();

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
    if (options.missing === 'default') return withinBounds(parameter, defaultValue(parameter), values);
    const random = generator(randomKey(options.seed, 'trial', options.trial, 'prior', parameter.name));
    return drawValue(parameter, random.uniform(), values);
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

  return {
    int: (name, { min, max, ...rest }) =>
      ask({ name, ...rangeDeclaration('int', min, max, rest, name) }) as number,
    float: (name, { min, max, ...rest }) =>
      ask({ name, ...rangeDeclaration('float', min, max, rest, name) }) as number,
    choice: <const Value extends ParamValue>(
      name: string,
      choices: readonly Value[],
      choiceOptions: ChoiceOptions<NoInfer<Value>> = {},
    ) => ask({ name, ...choiceDeclaration(choices, choiceOptions, name) }) as Value,
    boolean: (name, booleanOptions = {}) =>
      ask({ name, ...booleanDeclaration(booleanOptions, name) }) as boolean,
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
    require: (expression) => {
      if (rules.has(expression)) return;
      parseExpression(expression);
      rules.add(expression);
    },
    met: () => [...met.values()],
    added: () => [...met.values()].filter(({ name }) => !known.has(name)),
    params: () => ({ ...values }),
    rules: () => [...rules],
    skipped: () => skipped,
  };
}
