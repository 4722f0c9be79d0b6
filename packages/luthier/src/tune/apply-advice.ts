import type { Params, ParamValue } from '@luthier/core';
import { findCard } from '@luthier/core';
import { type Advice, canonicalParams, hasValue, type Space } from '@luthier/search';

/**
 * The configuration that follows an advice: the given one with the value advised in every parameter that it is about
 * (`dropout` moves `dropout1` and `dropout2` when they are below it); what is to be added is switched on. Undefined when the
 * space has no such parameter, or none can take the value.
 *
 * @example
 * applyAdvice(space, { dropout1: 0.1 }, { target: 'dropout', change: 'increase', value: 0.3, text: '' }) // { dropout1: 0.3 }
 */
export function applyAdvice(space: Space, params: Params, advice: Advice): Params | undefined {
  const { value, target, change } = advice;
  const card = findCard(target);
  if (card === undefined || change === 'check') return undefined;
  const moved = space.parameters.flatMap((parameter): readonly (readonly [string, ParamValue])[] => {
    const present = params[parameter.name];
    if (findCard(parameter.name) !== card) return [];
    if (change === 'add') {
      return present === false && hasValue(parameter, true) ? [[parameter.name, true] as const] : [];
    }
    if (value === undefined || typeof present !== 'number') return [];
    const isMove = change === 'increase' ? present < value : present > value;
    return isMove && hasValue(parameter, value) ? [[parameter.name, value] as const] : [];
  });
  if (moved.length === 0) return undefined;
  return canonicalParams(space, { ...params, ...Object.fromEntries(moved) });
}
