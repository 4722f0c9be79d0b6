import { didYouMean, LuthierError, type ParamValue } from '@luthier/core';
import { rangeIn } from './bounds.ts';
import { checkConstraint } from './constraints.ts';
import { hasValue, ladderOf } from './levels.ts';
import type {
  Bound,
  Condition,
  Constraint,
  FloatParameter,
  IntParameter,
  Parameter,
  Space,
} from './parameter.ts';

function refuse(code: `LU_${string}`, name: string, what: string, fix: string): never {
  throw new LuthierError(code, `${name}: ${what}`, { fix, where: name });
}

function shown(value: ParamValue): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function nearestMaxima(parameter: FloatParameter | IntParameter): readonly [number, number] {
  const ladder = ladderOf(parameter)!;
  const below = ladder.valueAt(ladder.count - 1) as number;
  const above = ladder.valueAt(ladder.count) as number;
  return [below, above];
}

function checkRange(parameter: FloatParameter | IntParameter): void {
  const { name, min, max, step, scale } = parameter;
  const isLog = scale === 'log';
  if (Number.isFinite(min) && Number.isFinite(max) && min <= max) checkRangePrior(parameter);
  for (const [field, value] of Object.entries({ min, max, default: parameter.default })) {
    if (!Number.isFinite(value))
      refuse('LU_SPACE_RANGE', name, `${field} is ${value}`, `Give a finite number for ${field}.`);
    if (parameter.kind === 'int' && !Number.isSafeInteger(value))
      refuse(
        'LU_SPACE_RANGE',
        name,
        `${field} ${value} is not an integer`,
        'Use integers, or declare a float.',
      );
  }
  if (min > max) refuse('LU_SPACE_RANGE', name, `max ${max} is below min ${min}`, 'Swap min and max.');
  if (isLog && min <= 0)
    refuse('LU_SPACE_RANGE', name, `a log scale needs min > 0, min is ${min}`, 'Raise min or drop log.');
  if (parameter.kind === 'int' && scale !== 'linear' && scale !== 'log')
    refuse('LU_SPACE_RANGE', name, `an integer has no ${scale} scale`, "Use the scale 'linear' or 'log'.");
  if (scale === 'reverseLog' && max >= 1)
    refuse('LU_SPACE_RANGE', name, `a reverseLog scale needs max < 1, max is ${max}`, 'Lower max below 1.');
  if (scale === 'logit' && (min <= 0 || max >= 1))
    refuse(
      'LU_SPACE_RANGE',
      name,
      `a logit scale needs 0 < min and max < 1, not ${min} to ${max}`,
      'Narrow it.',
    );
  if (step !== undefined) checkStep(parameter, step);
  if (!hasValue(parameter, parameter.default)) {
    const on = step === undefined ? '' : ` on the step ${step}`;
    refuse(
      'LU_SPACE_DEFAULT',
      name,
      `the default ${parameter.default} is not a value from ${min} to ${max}${on}`,
      'Choose a default inside the range.',
    );
  }
}

function checkRangePrior({ name, min, max, prior }: FloatParameter | IntParameter): void {
  if (!prior) return;
  const { about, spread } = prior;
  if (!(about >= min && about <= max))
    refuse(
      'LU_SPACE_PRIOR',
      name,
      `the prior is about ${about}, outside of ${min} to ${max}`,
      'Move one of them.',
    );
  if (!(spread > 0 && spread <= 1))
    refuse('LU_SPACE_PRIOR', name, `the spread ${spread} is not in (0, 1]`, 'Give a share of the range.');
}

function checkStep(parameter: FloatParameter | IntParameter, step: number): void {
  const { name, min, max, scale } = parameter;
  const multiplies = scale === 'log' && !(parameter.kind === 'int' && step === 1);
  if (!Number.isFinite(step) || step <= 0)
    refuse('LU_SPACE_STEP', name, `the step ${step} is not above 0`, 'Give a positive step.');
  if (parameter.kind === 'int' && !Number.isSafeInteger(step))
    refuse('LU_SPACE_STEP', name, `the step ${step} is not an integer`, 'Use an integer step, or a float.');
  if (multiplies && step <= 1)
    refuse(
      'LU_SPACE_STEP',
      name,
      `on a log scale the step multiplies, ${step} is not above 1`,
      'Use 2 or 10.',
    );
  if (scale !== 'linear' && scale !== 'log')
    refuse('LU_SPACE_STEP', name, `a ${scale} scale takes no step`, 'Drop the step, or list the values.');
  const ladder = ladderOf(parameter)!;
  if (ladder.exact) return;
  const [below, above] = nearestMaxima(parameter);
  refuse(
    'LU_SPACE_STEP',
    name,
    `the step ${step} from min ${min} does not end at max ${max}`,
    `Set max to ${below} or ${above}.`,
  );
}

/**
 * Refuses a parameter that makes no sense, before any trial runs.
 *
 * Throws LU_SPACE_RANGE, LU_SPACE_STEP, LU_SPACE_DEFAULT, LU_SPACE_PRIOR or LU_SPACE_CHOICES, naming parameter and numbers.
 */
export function checkParameter(parameter: Parameter): void {
  if (parameter.name === '') refuse('LU_SPACE_NAME', '(unnamed)', 'a parameter has no name', 'Name it.');
  // Plain objects hold the values of a trial by name, and this name would vanish in them.
  if (parameter.name === '__proto__')
    refuse('LU_SPACE_NAME', parameter.name, 'the name is reserved', 'Rename it.');
  if (parameter.kind === 'float' || parameter.kind === 'int') checkRange(parameter);
  if (parameter.kind === 'fixed' && typeof parameter.value === 'number' && !Number.isFinite(parameter.value))
    refuse('LU_SPACE_CHOICES', parameter.name, `the value is ${parameter.value}`, 'Use a finite number.');
  if ((parameter.kind === 'choice' || parameter.kind === 'boolean') && parameter.prior) {
    const { weights } = parameter.prior;
    const count = parameter.kind === 'choice' ? parameter.values.length : 2;
    if (weights.length !== count || !weights.every((weight) => weight > 0 && Number.isFinite(weight)))
      refuse(
        'LU_SPACE_PRIOR',
        parameter.name,
        `the prior has the weights ${weights.join(', ')} for ${count} values`,
        'Give one positive weight a value.',
      );
  }
  if (parameter.kind !== 'choice') return;
  const { name, values } = parameter;
  if (values.length === 0)
    refuse('LU_SPACE_CHOICES', name, 'there are no choices', 'List at least one value.');
  const seen = new Set<ParamValue>();
  for (const value of values) {
    if (typeof value === 'number' && !Number.isFinite(value))
      refuse('LU_SPACE_CHOICES', name, `${value} is not a choice`, 'Use finite numbers, texts or booleans.');
    if (seen.has(value))
      refuse('LU_SPACE_CHOICES', name, `the choice ${shown(value)} appears twice`, 'Remove one of them.');
    seen.add(value);
  }
  if (!seen.has(parameter.default))
    refuse(
      'LU_SPACE_DEFAULT',
      name,
      `the default ${shown(parameter.default)} is not one of ${values.map(shown).join(', ')}`,
      'Choose one of the values.',
    );
}

/** The parameter that another one names, which must come before it. */
function namedBefore(
  parameter: Parameter,
  what: 'condition' | 'bound',
  named: string,
  before: ReadonlyMap<string, Parameter>,
  all: readonly string[],
): Parameter {
  const found = before.get(named);
  if (found) return found;
  const isLater = all.includes(named);
  return refuse(
    what === 'condition' ? 'LU_SPACE_CONDITION' : 'LU_SPACE_BOUND',
    parameter.name,
    isLater
      ? `its ${what} names '${named}', which is declared later`
      : `its ${what} names '${named}', which the space does not have${didYouMean(named, all)}`,
    isLater ? `Declare '${named}' before '${parameter.name}'.` : 'Name a parameter declared before it.',
  );
}

/** A parameter's conditions with those of its parents. */
function allConditions(parameter: Parameter, before: ReadonlyMap<string, Parameter>): readonly Condition[] {
  const own = parameter.conditions ?? [];
  return own.flatMap((condition) => {
    const parent = before.get(condition.parent);
    return [...(parent ? allConditions(parent, before) : []), condition];
  });
}

function checkConditions(
  parameter: Parameter,
  before: ReadonlyMap<string, Parameter>,
  all: readonly string[],
): void {
  for (const { parent, values } of parameter.conditions ?? []) {
    const found = namedBefore(parameter, 'condition', parent, before, all);
    if (!ladderOf(found))
      refuse('LU_SPACE_CONDITION', parameter.name, `'${parent}' is continuous`, 'Use a parent with a step.');
    if (values.length === 0)
      refuse('LU_SPACE_CONDITION', parameter.name, `no value of '${parent}' activates it`, 'List a value.');
    for (const value of values)
      if (!hasValue(found, value))
        refuse(
          'LU_SPACE_CONDITION',
          parameter.name,
          `${shown(value)} is not a value of '${parent}'`,
          `Use a value that '${parent}' can take.`,
        );
  }
  const allowed = new Map<string, readonly ParamValue[]>();
  for (const { parent, values } of allConditions(parameter, before)) {
    const both = (allowed.get(parent) ?? values).filter((value) => values.includes(value));
    if (both.length === 0)
      refuse(
        'LU_SPACE_CONDITION',
        parameter.name,
        `its conditions on '${parent}' contradict each other: it is never active`,
        'Let the conditions share a value, or remove the parameter.',
      );
    allowed.set(parent, both);
  }
}

/** Least and greatest number of a parameter that bounds another one. */
function numbersOf(parameter: Parameter, bounded: string): readonly number[] {
  if (parameter.kind === 'float' || parameter.kind === 'int') return [parameter.min, parameter.max];
  const values =
    parameter.kind === 'choice' ? parameter.values : parameter.kind === 'fixed' ? [parameter.value] : [];
  if (values.length > 0 && values.every((value) => typeof value === 'number'))
    return [Math.min(...values), Math.max(...values)];
  return refuse('LU_SPACE_BOUND', bounded, `its bound '${parameter.name}' is not a number`, 'Name a number.');
}

/** Bounds are straight lines, so what holds at the ends of the parameters that set them holds between. */
function checkBounds(
  parameter: FloatParameter | IntParameter,
  before: ReadonlyMap<string, Parameter>,
  all: readonly string[],
): void {
  const { name, atLeast, atMost } = parameter;
  const endsOf = (bound: Bound | undefined): readonly number[] => {
    if (!bound) return [];
    const { times = 1, plus = 0 } = bound;
    if (!Number.isFinite(times) || !Number.isFinite(plus))
      refuse('LU_SPACE_BOUND', name, `its bound is ${times} * ${bound.parameter} + ${plus}`, 'Use numbers.');
    return numbersOf(namedBefore(parameter, 'bound', bound.parameter, before, all), name);
  };
  const corners: Record<string, number>[] = [];
  for (const low of [...endsOf(atLeast), Number.NaN])
    for (const high of [...endsOf(atMost), Number.NaN]) {
      const corner: Record<string, number> = {};
      if (atLeast && !Number.isNaN(low)) corner[atLeast.parameter] = low;
      if (atMost && !Number.isNaN(high)) {
        if ((corner[atMost.parameter] ?? high) !== high) continue;
        corner[atMost.parameter] = high;
      }
      corners.push(corner);
    }
  const steps = atLeast && atMost && ladderOf(parameter) ? (parameter.step ?? 0) : 0;
  const isMultiplied = steps > 1 && parameter.scale === 'log';
  for (const corner of corners) {
    const { min, max } = rangeIn(parameter, corner);
    // Between two moving ends a whole step must fit, or there may be no level.
    const least = isMultiplied ? min * steps : min + steps;
    if (max >= least - 1e-9 * steps) continue;
    const at = Object.entries(corner).map(([parent, value]) => `${parent} = ${value}`);
    refuse(
      'LU_SPACE_BOUND',
      name,
      `no value is left at ${at.join(', ')}: at least ${min}, at most ${max}`,
      'Widen its range, or narrow that of the parameter that bounds it.',
    );
  }
}

/**
 * A space from its parameters and rules, checked: each makes sense by itself, names are unique, parents come before children, conditions
 * do not contradict each other, bounds leave a value, and rules name what there is.
 *
 * Throws the codes of `checkParameter`, LU_SPACE_DUPLICATE, LU_SPACE_CONDITION, LU_SPACE_BOUND and LU_SPACE_CONSTRAINT.
 */
export function createSpace(
  parameters: readonly Parameter[],
  constraints: readonly Constraint[] = [],
): Space {
  const byName = new Map<string, Parameter>();
  const names = parameters.map((parameter) => parameter.name);
  for (const parameter of parameters) {
    checkParameter(parameter);
    if (byName.has(parameter.name))
      refuse('LU_SPACE_DUPLICATE', parameter.name, 'the name is used twice', 'Rename one of the two.');
    checkConditions(parameter, byName, names);
    if (parameter.kind === 'float' || parameter.kind === 'int') checkBounds(parameter, byName, names);
    byName.set(parameter.name, parameter);
  }
  for (const constraint of constraints) checkConstraint(constraint, names);
  return { parameters: [...parameters], ...(constraints.length === 0 ? {} : { constraints }) };
}
