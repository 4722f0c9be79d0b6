import { didYouMean, type Params, type ParamValue } from '@luthier/core';
import { hasBounds, isInBounds, rangeIn, withinBounds } from './bounds.ts';
import { brokenConstraint } from './constraints.ts';
import { keyHash } from './key-hash.ts';
import { hasValue, snapValue } from './levels.ts';
import type { Parameter, Space } from './parameter.ts';

const NONE: readonly never[] = [];

/** Whether all conditions of a parameter hold, given the values of the active parameters. */
export function isActive(parameter: Parameter, params: Params): boolean {
  return (parameter.conditions ?? NONE).every(({ parent, values }) => {
    const value = params[parent];
    return value !== undefined && values.includes(value);
  });
}

/** The value of a parameter in the baseline trial. */
export function defaultValue(parameter: Parameter): ParamValue {
  return parameter.kind === 'fixed' ? parameter.value : parameter.default;
}

/**
 * Values for the active parameters in the order of the space, from a source asked once for each of them, with those before it.
 */
export function fillParams(
  space: Space,
  value: (parameter: Parameter, before: Params) => ParamValue,
): Params {
  const params: Record<string, ParamValue> = {};
  for (const parameter of space.parameters)
    if (isActive(parameter, params)) params[parameter.name] = value(parameter, params);
  return params;
}

/** Every active parameter at its default, or at the value next to it that its bounds allow; constraints aside. */
export function defaults(space: Space): Params {
  return canonicalParams(space, {});
}

/**
 * The same configuration in canonical form: active parameters only, in the order of the space, stepped values exact
 * (0.30000000000000004 becomes 0.3), missing ones at their default as far as their bounds allow.
 */
export function canonicalParams(space: Space, params: Params): Params {
  return fillParams(space, (parameter, before) => {
    const value = params[parameter.name];
    return value === undefined
      ? withinBounds(parameter, defaultValue(parameter), before)
      : snapValue(parameter, value);
  });
}

/** A configuration moved inside the bounds that its own values set, parameter by parameter in the order of the space. */
export function keepBounds(space: Space, params: Params): Params {
  return fillParams(space, (parameter, before) =>
    withinBounds(parameter, snapValue(parameter, params[parameter.name] ?? defaultValue(parameter)), before),
  );
}

const unconditional = new WeakMap<Space, boolean>();

/** Whether all parameters are always active and no default moves with another value. */
function isFlat(space: Space): boolean {
  let flat = unconditional.get(space);
  if (flat === undefined) {
    flat = space.parameters.every(
      (parameter) => (parameter.conditions?.length ?? 0) === 0 && !hasBounds(parameter),
    );
    unconditional.set(space, flat);
  }
  return flat;
}

/**
 * A short text that is equal for two configurations when they are the same trial, and otherwise different as far as 128 bits can tell;
 * inactive parameters never matter.
 */
export function canonicalKey(space: Space, params: Params): string {
  const { parameters } = space;
  if (!isFlat(space)) {
    const canonical = canonicalParams(space, params);
    return keyHash(parameters.length, (i) => canonical[parameters[i]!.name]);
  }
  return keyHash(parameters.length, (i) => {
    const parameter = parameters[i]!;
    const value = params[parameter.name];
    return value === undefined ? defaultValue(parameter) : snapValue(parameter, value);
  });
}

/**
 * What is wrong with a configuration, for people; undefined when it is a point of the space.
 *
 * Missing active parameters, values out of range, out of bounds or off the step, unknown names and broken constraints are wrong; values
 * of inactive parameters are too.
 */
export function misfit(space: Space, params: Params): string | undefined {
  // Without conditions and bounds nothing looks at the values before.
  const isPlain = isFlat(space);
  const active: Record<string, ParamValue> = {};
  let count = 0;
  for (const parameter of space.parameters) {
    const value = params[parameter.name];
    if (!isActive(parameter, active)) {
      if (value !== undefined) return `${parameter.name} is inactive here`;
      continue;
    }
    if (value === undefined) return `${parameter.name} is missing`;
    if (!hasValue(parameter, value)) return `${parameter.name} cannot be ${JSON.stringify(value) ?? value}`;
    if (!isInBounds(parameter, value, active) && hasBounds(parameter)) {
      const { min, max } = rangeIn(parameter, active);
      return `${parameter.name} cannot be ${value}: here its range is ${min} to ${max}`;
    }
    count += 1;
    if (!isPlain) active[parameter.name] = value;
  }
  const given = Object.keys(params);
  if (given.length !== count) {
    const names = space.parameters.map((parameter) => parameter.name);
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined) return `the space has no parameter '${unknown}'${didYouMean(unknown, names)}`;
  }
  const broken = space.constraints && brokenConstraint(space, params);
  return broken && `it breaks the rule '${broken.text}'`;
}

/** Whether a configuration is a point of the space: all active parameters, nothing else, each value allowed. */
export function contains(space: Space, params: Params): boolean {
  return misfit(space, params) === undefined;
}
