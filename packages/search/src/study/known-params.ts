import { LuthierError, type Params } from '@luthier/core';
import { triedKeys } from '../samplers/tried.ts';
import { canonicalKey, canonicalParams, misfit } from '../space/canonical.ts';
import type { Space } from '../space/parameter.ts';
import { claims } from './claims.ts';
import type { NewEvent } from './events.ts';
import type { History } from './history.ts';

/** A configuration with its defaults filled in. Throws LU_STUDY_PARAMS when it is not a point of the space. */
export function completeParams(space: Space, params: Params): Params {
  const complete = canonicalParams(space, params);
  const wrong = misfit(space, { ...complete, ...params });
  if (wrong === undefined) return complete;
  throw new LuthierError('LU_STUDY_PARAMS', `this configuration is not in the space: ${wrong}`, {
    fix: 'Correct the parameter.',
  });
}

/** Whether a configuration was tried or waits in the queue. */
export function isKnown(history: History, space: Space, params: Params): boolean {
  const key = canonicalKey(space, params);
  if (triedKeys(history, space).has(key)) return true;
  return history.queue.some((entry) => !entry.taken && canonicalKey(space, entry.params) === key);
}

/**
 * The event that puts a configuration at the end of the queue. Throws LU_STUDY_PARAMS when it is not a point of the space and
 * LU_STUDY_DUPLICATE when it was tried or waits already, unless it is a repeat.
 */
export function queuedEvent(
  history: History,
  space: Space,
  params: Params,
  isRepeat: boolean,
): Extract<NewEvent, { readonly type: 'queued' }> {
  const complete = completeParams(space, params);
  if (!isRepeat && isKnown(history, space, complete))
    throw new LuthierError(
      'LU_STUDY_DUPLICATE',
      `this configuration was tried or waits already: ${JSON.stringify(complete)}`,
      {
        fix: 'Leave it out, or ask for a repeat: enqueue(params, { repeat: true }), --repeat on the command line.',
      },
    );
  const id = history.queue.length;
  const repeat = isRepeat ? ({ repeat: true } as const) : {};
  return { type: 'queued', id, params: complete, ...repeat, claim: claims.queued(id) };
}
