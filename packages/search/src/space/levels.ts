import type { ParamValue } from '@luthier/core';
import { decimalSteps } from './decimal.ts';
import type { FloatParameter, IntParameter, Parameter } from './parameter.ts';

/** The finite list of values of a parameter, by index. */
export interface Ladder {
  readonly count: number;
  /** Whether the last value is the maximum of the range; always true outside of steps. */
  readonly exact: boolean;
  valueAt(index: number): ParamValue;
  /** Index of a value, -1 when the parameter does not have it. */
  indexOf(value: ParamValue): number;
}

const ladders = new WeakMap<Parameter, Ladder | null>();

function multiplied(min: number, max: number, factor: number): Ladder {
  const steps = Math.floor(Math.log(max / min) / Math.log(factor) + 1e-9);
  const exact = Math.abs(min * factor ** steps - max) <= 1e-9 * max;
  const valueAt = (index: number): number => {
    if (index === 0) return min;
    return exact && index === steps ? max : Number((min * factor ** index).toPrecision(15));
  };
  const indexOf = (value: ParamValue): number => {
    if (typeof value !== 'number' || value < min || value > max) return -1;
    const index = Math.round(Math.log(value / min) / Math.log(factor));
    return index <= steps && Math.abs(valueAt(index) - value) <= 1e-9 * value ? index : -1;
  };
  return { count: steps + 1, exact, valueAt, indexOf };
}

function added(parameter: FloatParameter | IntParameter, step: number): Ladder {
  const { min, max } = parameter;
  const steps = decimalSteps(min, max, step);
  const indexOf = (value: ParamValue): number => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return -1;
    const index = Math.round((value - min) / step);
    if (index < 0 || index > steps.steps) return -1;
    // A value that went through float arithmetic (0.1 + 0.2) still means the decimal next to it.
    return Math.abs(steps.valueAt(index) - value) <= 1e-9 * step ? index : -1;
  };
  return { count: steps.steps + 1, exact: steps.exact, valueAt: steps.valueAt, indexOf };
}

function listed(values: readonly ParamValue[]): Ladder {
  return {
    count: values.length,
    exact: true,
    valueAt: (index) => values[index]!,
    indexOf: (value) => values.indexOf(value),
  };
}

function createLadder(parameter: Parameter): Ladder | null {
  switch (parameter.kind) {
    case 'float':
      if (parameter.min === parameter.max) return listed([parameter.min]);
      if (parameter.step === undefined) return null;
      if (parameter.scale === 'log') return multiplied(parameter.min, parameter.max, parameter.step);
      return added(parameter, parameter.step);
    case 'int':
      if (parameter.min === parameter.max) return listed([parameter.min]);
      if (parameter.scale === 'log' && parameter.step > 1)
        return multiplied(parameter.min, parameter.max, parameter.step);
      return added(parameter, parameter.step);
    case 'choice':
      return listed(parameter.values);
    case 'boolean':
      return listed([false, true]);
    case 'fixed':
      return listed([parameter.value]);
  }
}

/** The finite values of a parameter by index; undefined when it is continuous. */
export function ladderOf(parameter: Parameter): Ladder | undefined {
  let ladder = ladders.get(parameter);
  if (ladder === undefined) {
    ladder = createLadder(parameter);
    ladders.set(parameter, ladder);
  }
  return ladder ?? undefined;
}

/**
 * All values a parameter can take, in order; undefined when it is continuous.
 *
 * On a linear scale a step adds (in decimal arithmetic), on a log scale it multiplies, as in Keras Tuner.
 *
 * @example
 * levels(space({ rate: float(0.1, 0.5, { step: 0.1 }) }).parameters[0]) // [0.1, 0.2, 0.3, 0.4, 0.5]
 */
export function levels(parameter: Parameter): readonly ParamValue[] | undefined {
  const ladder = ladderOf(parameter);
  return ladder && Array.from({ length: ladder.count }, (_, index) => ladder.valueAt(index));
}

/** How many values a parameter can take: Infinity when it is continuous. */
export function levelCount(parameter: Parameter): number {
  return ladderOf(parameter)?.count ?? Number.POSITIVE_INFINITY;
}

/** Whether a value belongs to a parameter: right type, inside the range, on the step. */
export function hasValue(parameter: Parameter, value: ParamValue): boolean {
  const ladder = ladderOf(parameter);
  if (ladder) return ladder.indexOf(value) >= 0;
  if (parameter.kind !== 'float' || typeof value !== 'number') return false;
  return value >= parameter.min && value <= parameter.max;
}

/** The parameter's own value that a number means: 0.30000000000000004 is 0.3 on a step of 0.1; others come back as they are. */
export function snapValue(parameter: Parameter, value: ParamValue): ParamValue {
  const ladder = ladderOf(parameter);
  const index = ladder?.indexOf(value) ?? -1;
  return ladder && index >= 0 ? ladder.valueAt(index) : value;
}
