import { didYouMean, LuthierError, type Params } from '@luthier/core';
import { type Expression, parseExpression } from './expression.ts';
import type { Constraint, Space } from './parameter.ts';

const expressions = new WeakMap<Constraint, Expression>();

function expressionOf(constraint: Constraint): Expression {
  let expression = expressions.get(constraint);
  if (!expression) {
    expression = parseExpression(constraint.text);
    expressions.set(constraint, expression);
  }
  return expression;
}

/** Whether a configuration keeps one rule; one that names an inactive parameter does not bind. */
function holds(constraint: Constraint, params: Params): boolean {
  const { text, isCode, test } = constraint;
  let result: unknown;
  if (isCode) {
    if (!test)
      throw new LuthierError('LU_SPACE_PREDICATE', `the rule '${text}' is code that this program lacks`, {
        fix: 'Open the study with the space that defines it, or write the rule as an expression.',
        where: text,
      });
    try {
      result = test(params);
    } catch (error) {
      throw new LuthierError('LU_SPACE_CONSTRAINT', `the rule '${text}' threw: ${String(error)}`, {
        fix: 'Let it answer true or false for every configuration, inactive parameters missing.',
        where: text,
        cause: error,
      });
    }
  } else {
    const { names, evaluate } = expressionOf(constraint);
    if (names.some((name) => params[name] === undefined)) return true;
    result = evaluate(params);
  }
  if (typeof result === 'boolean') return result;
  throw new LuthierError('LU_SPACE_CONSTRAINT', `the rule '${text}' gave ${String(result)}`, {
    fix: 'Let it answer true or false.',
    where: text,
  });
}

/**
 * The first rule of a space that a configuration breaks; undefined when it keeps all.
 *
 * Throws LU_SPACE_PREDICATE for a rule whose code is not here and LU_SPACE_CONSTRAINT for one that fails.
 */
export function brokenConstraint(space: Space, params: Params): Constraint | undefined {
  return space.constraints?.find((constraint) => !holds(constraint, params));
}

/**
 * Whether a configuration of active parameters keeps all constraints of a space.
 *
 * @example
 * isFeasible(space({ a: int(1, 4), b: int(1, 4) }, { constraints: ['a <= b'] }), { a: 3, b: 2 }) // false
 */
export function isFeasible(space: Space, params: Params): boolean {
  return space.constraints === undefined || brokenConstraint(space, params) === undefined;
}

/** Refuses a rule that cannot be read or names a parameter that there is not. Throws LU_SPACE_CONSTRAINT. */
export function checkConstraint(constraint: Constraint, names: readonly string[]): void {
  if (constraint.isCode) return;
  for (const name of expressionOf(constraint).names)
    if (!names.includes(name))
      throw new LuthierError(
        'LU_SPACE_CONSTRAINT',
        `the rule '${constraint.text}' names '${name}', which the space does not have${didYouMean(name, names)}`,
        { fix: 'Name a parameter of the space.', where: constraint.text },
      );
}

/** A space as the log keeps it: plain data, predicates by name only. */
export function storable(space: Space): Space {
  const { parameters, constraints } = space;
  if (constraints === undefined) return { parameters };
  return {
    parameters,
    constraints: constraints.map(({ text, isCode }) => ({ text, ...(isCode ? { isCode } : {}) })),
  };
}

/** The space with the code of its rules, taken by name from another definition of it. */
export function withPredicates(space: Space, source: readonly Constraint[] | undefined): Space {
  if (!source || !space.constraints?.some(({ isCode, test }) => isCode && !test)) return space;
  const tests = new Map(source.flatMap((rule) => (rule.test ? [[rule.text, rule]] : [])));
  return {
    ...space,
    constraints: space.constraints.map((rule) => (rule.isCode ? (tests.get(rule.text) ?? rule) : rule)),
  };
}
