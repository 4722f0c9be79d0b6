import { LuthierError, type Params, type ParamValue } from '@luthier/core';
import { createSpace } from './check.ts';
import { declaredParameters } from './define.ts';
import type { Definition } from './definition-params.ts';
import { coordinateOf, decodeValue } from './encode.ts';
import { ladderOf } from './levels.ts';
import { mergeParameters } from './merge.ts';
import type { FloatParameter, IntParameter, Parameter, Space } from './parameter.ts';

function replaced(space: Space, name: string, change: (parameter: Parameter) => Parameter): Space {
  const found = space.parameters.find((parameter) => parameter.name === name);
  if (!found)
    throw new LuthierError('LU_SPACE_NAME', `the space has no parameter '${name}'`, {
      fix: `Name one of ${space.parameters.map((parameter) => parameter.name).join(', ')}.`,
      where: name,
    });
  return createSpace(
    space.parameters.map((parameter) => (parameter === found ? change(found) : parameter)),
    space.constraints,
  );
}

/** A default or belief moved into a range. */
function clamped(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/**
 * The space with another range of a number, wider or narrower; a default or belief outside moves to the nearest end.
 *
 * Throws the codes of `createSpace`, LU_SPACE_NAME and LU_SPACE_RANGE for a parameter that is no number.
 *
 * @example
 * await study.changeSpace(withRange(study.space, 'learningRate', { max: 1 }));
 */
export function withRange(
  space: Space,
  name: string,
  range: { readonly min?: number; readonly max?: number },
): Space {
  return replaced(space, name, (parameter) => {
    if (parameter.kind !== 'float' && parameter.kind !== 'int')
      throw new LuthierError('LU_SPACE_RANGE', `${name}: a ${parameter.kind} has no range`, {
        fix: 'Use withChoices for choices.',
        where: name,
      });
    const { min = parameter.min, max = parameter.max } = range;
    const prior = parameter.prior && {
      ...parameter.prior,
      about: clamped(parameter.prior.about, min, max),
    };
    return {
      ...parameter,
      min,
      max,
      default: clamped(parameter.default, min, max),
      ...(prior ? { prior } : {}),
    };
  });
}

/**
 * The space with other values of a choice. The default stays while it is among them, otherwise the first one is; of a belief the weights
 * of values that stay are kept, and new ones weigh as much as the average.
 *
 * Throws the codes of `createSpace`, LU_SPACE_NAME and LU_SPACE_CHOICES for a parameter that is no choice.
 *
 * @example
 * withChoices(digits, 'optimizer', ['sgd', 'adam', 'lion'])
 */
export function withChoices(space: Space, name: string, values: readonly ParamValue[]): Space {
  return replaced(space, name, (parameter) => {
    if (parameter.kind !== 'choice')
      throw new LuthierError('LU_SPACE_CHOICES', `${name}: a ${parameter.kind} has no choices`, {
        fix: 'Use withRange for numbers.',
        where: name,
      });
    const { prior: old, ...rest } = parameter;
    const kept = values.map(
      (value) => old?.weights[parameter.values.indexOf(value)] ?? 1 / parameter.values.length,
    );
    const total = kept.reduce((sum, weight) => sum + weight, 0);
    return {
      ...rest,
      values: [...values],
      default: values.includes(parameter.default) ? parameter.default : (values[0] ?? parameter.default),
      ...(old ? { prior: { weights: kept.map((weight) => weight / total) } } : {}),
    };
  });
}

/**
 * The space with more parameters. Trials that ran before count with their defaults: give what those trials really had.
 *
 * Throws the codes of `createSpace`, and LU_SPACE_DUPLICATE when a name is there with another range.
 *
 * @example
 * withParameters(digits, { weightDecay: float(0, 0.1, { default: 0 }) })
 */
export function withParameters(space: Space, definition: Definition): Space {
  return createSpace(mergeParameters(space.parameters, declaredParameters(definition)), space.constraints);
}

/**
 * The space narrowed around a configuration: of every number that is active in it the given share of its range, on its own scale, moved
 * inside where it would leave the range. Steps stay; at least two values do. Choices stay as they are.
 *
 * Default share 0.5. Throws LU_SPACE_RANGE for a share outside of (0, 1].
 *
 * @example
 * await study.changeSpace(narrowAround(study.space, study.best.params));
 */
export function narrowAround(space: Space, params: Params, share = 0.5): Space {
  if (!(share > 0 && share <= 1))
    throw new LuthierError('LU_SPACE_RANGE', `the share ${share} is not in (0, 1]`, {
      fix: 'Give the share of each range that is to stay.',
    });
  const narrowed = (parameter: FloatParameter | IntParameter, value: number): Parameter => {
    const center = coordinateOf(parameter, value);
    const low = clamped(center - share / 2, 0, 1 - share);
    let [min, max] = [low, low + share].map((u) => decodeValue(parameter, u) as number) as [number, number];
    const ladder = ladderOf(parameter);
    if (ladder) {
      // On the same steps: the new ends are values of the old ladder, and the given value stays inside.
      const at = ladder.indexOf(value);
      const room = Math.max(2, Math.round(share * ladder.count));
      const first = clamped(at - Math.floor((room - 1) / 2), 0, Math.max(0, ladder.count - room));
      const last = Math.min(ladder.count - 1, first + room - 1);
      [min, max] = [ladder.valueAt(first) as number, ladder.valueAt(last) as number];
    }
    const prior = parameter.prior && { ...parameter.prior, about: clamped(parameter.prior.about, min, max) };
    return { ...parameter, min, max, default: value, ...(prior ? { prior } : {}) };
  };
  const parameters = space.parameters.map((parameter) => {
    const value = params[parameter.name];
    const isRange = parameter.kind === 'float' || parameter.kind === 'int';
    return isRange && typeof value === 'number' && parameter.min < parameter.max
      ? narrowed(parameter, value)
      : parameter;
  });
  return createSpace(parameters, space.constraints);
}
