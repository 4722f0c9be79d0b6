import { LuthierError } from '@luthier/core';
import { canonicalParams, misfit } from '../space/canonical.ts';
import { createSpace } from '../space/check.ts';
import { sameConditions } from '../space/compare.ts';
import { storable } from '../space/constraints.ts';
import { requirePoint } from '../space/draw.ts';
import { mergeParameters } from '../space/merge.ts';
import type { Parameter, Space } from '../space/parameter.ts';
import type { NewEvent } from './events.ts';
import type { History } from './history.ts';

/** The space that a study goes on with. Throws LU_SPACE_* for a wrong one and LU_STUDY_QUEUE when a waiting configuration does not fit. */
export function changedSpace({ queue }: History, changed: Space): Space {
  const space = createSpace(changed.parameters, changed.constraints);
  requirePoint(space);
  for (const { id, params, taken } of queue) {
    const wrong = taken ? undefined : misfit(space, canonicalParams(space, params));
    if (wrong !== undefined)
      throw new LuthierError('LU_STUDY_QUEUE', `entry ${id} of the queue does not fit: ${wrong}`, {
        fix: 'Let the waiting configurations run first, or keep their values in the space.',
      });
  }
  return space;
}

/** What adds parameters to the space of a study; none when all are known. Throws LU_SPACE_DUPLICATE when a known name has another range. */
export function extensionEvents(
  { space: before }: History,
  added: readonly Parameter[],
): readonly NewEvent[] {
  const known = new Map(before.parameters.map((parameter) => [parameter.name, parameter]));
  const space = storable(createSpace(mergeParameters(before.parameters, added), before.constraints));
  const fresh = space.parameters.filter(({ name }) => !known.has(name));
  const isWider = space.parameters.some((parameter) => {
    const old = known.get(parameter.name);
    return old !== undefined && !sameConditions(old, parameter);
  });
  if (isWider) return [{ type: 'space-changed', space }];
  return fresh.length > 0 ? [{ type: 'space-changed', space, added: fresh }] : [];
}
