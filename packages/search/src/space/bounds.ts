import type { Params, ParamValue } from '@luthier/core';
import { ladderOf } from './levels.ts';
import type { Bound, FloatParameter, IntParameter, Parameter } from './parameter.ts';

function boundValue(bound: Bound | undefined, params: Params): number | undefined {
  if (bound === undefined) return undefined;
  const value = params[bound.parameter];
  if (typeof value !== 'number') return undefined;
  return (bound.times ?? 1) * value + (bound.plus ?? 0);
}

/** Whether another parameter narrows the range of this one. */
export function hasBounds(parameter: Parameter): parameter is FloatParameter | IntParameter {
  return (
    (parameter.kind === 'float' || parameter.kind === 'int') &&
    (parameter.atLeast !== undefined || parameter.atMost !== undefined)
  );
}

/**
 * The ends of the range that the values of other parameters leave; a bound by a parameter that is inactive does not bind.
 */
export function rangeIn(
  parameter: FloatParameter | IntParameter,
  params: Params,
): { readonly min: number; readonly max: number } {
  const least = boundValue(parameter.atLeast, params);
  const most = boundValue(parameter.atMost, params);
  return {
    min: least === undefined ? parameter.min : Math.max(parameter.min, least),
    max: most === undefined ? parameter.max : Math.min(parameter.max, most),
  };
}

// What float arithmetic loses in times * value + plus.
const SLACK = 1e-9;

function slack(parameter: FloatParameter | IntParameter): number {
  return SLACK * (ladderOf(parameter) ? (parameter.step ?? 0) : 0);
}

/** Whether a value keeps the bounds that other parameters set. */
export function isInBounds(parameter: Parameter, value: ParamValue, params: Params): boolean {
  if (!hasBounds(parameter) || typeof value !== 'number') return true;
  const { min, max } = rangeIn(parameter, params);
  const give = slack(parameter);
  return value >= min - give && value <= max + give;
}

/** First and last number of the levels of a stepped parameter inside the bounds; last < first when there is none. */
export function levelRange(
  parameter: FloatParameter | IntParameter,
  params: Params,
): { readonly first: number; readonly last: number } {
  const ladder = ladderOf(parameter)!;
  const { min, max } = rangeIn(parameter, params);
  const give = slack(parameter);
  // The first level that is not below a number.
  const place = (isBelow: (value: number) => boolean): number => {
    let low = 0;
    let high = ladder.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(ladder.valueAt(middle) as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    first: place((value) => value < min - give),
    last: place((value) => value <= max + give) - 1,
  };
}

/** The value nearest to a given one that keeps the bounds; the same one when none does. */
export function withinBounds(parameter: Parameter, value: ParamValue, params: Params): ParamValue {
  if (!hasBounds(parameter) || typeof value !== 'number' || isInBounds(parameter, value, params))
    return value;
  const ladder = ladderOf(parameter);
  if (!ladder) {
    const { min, max } = rangeIn(parameter, params);
    return min > max ? value : Math.min(max, Math.max(min, value));
  }
  const { first, last } = levelRange(parameter, params);
  if (first > last) return value;
  return ladder.valueAt(value < (ladder.valueAt(first) as number) ? first : last);
}
