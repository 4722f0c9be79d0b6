import type { Params } from '@luthier/core';
import { canonicalParams, misfit } from './canonical.ts';
import { coordinateOf, dimensions, encodeValue } from './encode.ts';
import { hasValue } from './levels.ts';
import type { Space } from './parameter.ts';

const shapes = new WeakMap<Space, Space>();

/** A space without its rules. */
function withoutRules(space: Space): Space {
  if (space.constraints === undefined) return space;
  let shape = shapes.get(space);
  if (!shape) {
    shape = { parameters: space.parameters };
    shapes.set(space, shape);
  }
  return shape;
}

/**
 * A configuration of another form of a space as one of this form: parameters that are new take their default, those that are gone or
 * inactive are dropped; undefined when a value lies outside. Rules are not looked at. A configuration that fits comes back as it is.
 *
 * @example
 * adaptParams(space({ rate: float(0, 1), momentum: float(0, 1, { default: 0.9 }) }), { rate: 0.1 }) // { rate: 0.1, momentum: 0.9 }
 */
export function adaptParams(space: Space, params: Params): Params | undefined {
  const shape = withoutRules(space);
  if (misfit(shape, params) === undefined) return params;
  const adapted = canonicalParams(shape, params);
  return misfit(shape, adapted) === undefined ? adapted : undefined;
}

/**
 * The place of a configuration of another form of a space, also where numbers lie outside of this form's ranges: their coordinates are then
 * below 0 or above 1, on the same scale. Inactive dimensions are `inactive`, 0.5 by default; undefined when a value is none of the choices.
 *
 * So a search that was narrowed still learns from the trials around it.
 *
 * @example
 * placeOf(space({ x: float(0, 1) }), { x: 1.5 }) // [1.5]
 */
export function placeOf(space: Space, params: Params, inactive = 0.5): Float64Array | undefined {
  const adapted = canonicalParams(withoutRules(space), params);
  const all = dimensions(space);
  const place = new Float64Array(all.length);
  for (const [k, { parameter }] of all.entries()) {
    const value = adapted[parameter.name];
    if (value === undefined) place[k] = inactive;
    else if (hasValue(parameter, value)) place[k] = encodeValue(parameter, value);
    else if ((parameter.kind === 'float' || parameter.kind === 'int') && typeof value === 'number') {
      place[k] = coordinateOf(parameter, value);
      // A log of what is not above 0 is nowhere.
      if (!Number.isFinite(place[k]!)) return undefined;
    } else return undefined;
  }
  return place;
}
