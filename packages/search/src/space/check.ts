import { didYouMean, LuthierError, type ParamValue } from '@luthier/core';
import { hasValue, ladderOf } from './levels.ts';
import type { FloatParameter, IntParameter, Parameter, Space } from './parameter.ts';

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
 * Throws LU_SPACE_RANGE, LU_SPACE_STEP, LU_SPACE_DEFAULT or LU_SPACE_CHOICES, naming parameter and numbers.
 */
export function checkParameter(parameter: Parameter): void {
  if (parameter.name === '') refuse('LU_SPACE_NAME', '(unnamed)', 'a parameter has no name', 'Name it.');
  // Plain objects hold the values of a trial by name, and this name would vanish in them.
  if (parameter.name === '__proto__')
    refuse('LU_SPACE_NAME', parameter.name, 'the name is reserved', 'Rename it.');
  if (parameter.kind === 'float' || parameter.kind === 'int') checkRange(parameter);
  if (parameter.kind === 'fixed' && typeof parameter.value === 'number' && !Number.isFinite(parameter.value))
    refuse('LU_SPACE_CHOICES', parameter.name, `the value is ${parameter.value}`, 'Use a finite number.');
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

function checkConditions(parameter: Parameter, before: ReadonlyMap<string, Parameter>, all: string[]): void {
  for (const { parent, values } of parameter.conditions ?? []) {
    const found = before.get(parent);
    if (!found) {
      const isLater = all.includes(parent);
      refuse(
        'LU_SPACE_CONDITION',
        parameter.name,
        isLater
          ? `its condition names '${parent}', which is declared later`
          : `its condition names '${parent}', which the space does not have${didYouMean(parent, all)}`,
        isLater ? `Declare '${parent}' before '${parameter.name}'.` : 'Name a parameter declared before it.',
      );
    }
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
}

/**
 * A space from its parameters, checked: each makes sense by itself, names are unique, parents come before children.
 *
 * Throws the codes of `checkParameter`, LU_SPACE_DUPLICATE and LU_SPACE_CONDITION.
 */
export function createSpace(parameters: readonly Parameter[]): Space {
  const byName = new Map<string, Parameter>();
  const names = parameters.map((parameter) => parameter.name);
  for (const parameter of parameters) {
    checkParameter(parameter);
    if (byName.has(parameter.name))
      refuse('LU_SPACE_DUPLICATE', parameter.name, 'the name is used twice', 'Rename one of the two.');
    checkConditions(parameter, byName, names);
    byName.set(parameter.name, parameter);
  }
  return { parameters: [...parameters] };
}
