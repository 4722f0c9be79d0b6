import type { Params } from '@luthier/core';
import { canonicalParams, misfit } from './canonical.ts';
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
