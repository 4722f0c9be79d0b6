import { LuthierError, type Params, type ParamValue } from '@luthier/core';
import { hasBounds, isInBounds } from './bounds.ts';
import { isActive } from './canonical.ts';
import { isFeasible } from './constraints.ts';
import { ladderOf } from './levels.ts';
import { namedBy } from './merge.ts';
import type { Parameter, Space } from './parameter.ts';

/** The values that an enumeration walks through, in order; undefined for a continuous parameter. */
export type LevelsOf = (parameter: Parameter) => LevelList | undefined;

/** A list of values by index. */
export interface LevelList {
  readonly count: number;
  valueAt(index: number): ParamValue;
}

/** Counts and numbers the configurations of a space, conditions included; the last parameter moves fastest. */
export interface Enumeration {
  /**
   * Number of distinct configurations; Infinity when a parameter that can be active is continuous. Constraints are counted up to 100,000
   * configurations; above that the size is an upper bound and `at` may break them.
   */
  readonly size: number;
  /** Configuration number `index`, from 0. Throws LU_SPACE_INDEX outside of the size or in an infinite space. */
  at(index: number): Params;
}

// Up to this number of configurations those that keep the constraints are counted.
const FILTERED = 100_000;

/** The numbers of the configurations that keep the constraints; undefined when there is nothing to filter. */
function feasibleNumbers(space: Space, size: number, at: (index: number) => Params): Uint32Array | undefined {
  if (size > FILTERED || space.constraints === undefined) return undefined;
  // Where the code of a rule is not known, the size is an upper bound.
  if (space.constraints.some(({ isCode, test }) => isCode && !test)) return undefined;
  const kept: number[] = [];
  for (let index = 0; index < size; index++) if (isFeasible(space, at(index))) kept.push(index);
  return Uint32Array.from(kept);
}

/** An enumeration of a space over chosen lists of values. */
export function enumeration(space: Space, levelsOf: LevelsOf): Enumeration {
  const { parameters } = space;
  const lists = parameters.map(levelsOf);
  const lastUse = new Map<string, number>();
  for (const [index, parameter] of parameters.entries())
    for (const name of namedBy(parameter)) lastUse.set(name, index);
  /** The values of a parameter that the bounds leave. */
  const listIn = (index: number, params: Params): LevelList => {
    const [parameter, list] = [parameters[index]!, lists[index]!];
    if (!hasBounds(parameter)) return list;
    const values: ParamValue[] = [];
    for (let i = 0; i < list.count; i++)
      if (isInBounds(parameter, list.valueAt(i), params)) values.push(list.valueAt(i));
    return { count: values.length, valueAt: (i) => values[i]! };
  };
  const memo = new Map<string, number>();

  // Configurations of the parameters from `index` on, given the values of those parents that still matter.
  const count = (index: number, parents: Params): number => {
    const parameter = parameters[index];
    if (!parameter) return 1;
    const needed = Object.entries(parents).filter(([name]) => lastUse.get(name)! >= index);
    const key = `${index}${JSON.stringify(needed)}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const kept: Params = Object.fromEntries(needed);
    let total: number;
    if (!isActive(parameter, kept)) total = count(index + 1, kept);
    else if ((lastUse.get(parameter.name) ?? -1) > index) {
      total = 0;
      const list = listIn(index, kept);
      for (let i = 0; i < list.count; i++)
        total += count(index + 1, { ...kept, [parameter.name]: list.valueAt(i) });
    } else {
      const options = lists[index] ? listIn(index, kept).count : Number.POSITIVE_INFINITY;
      total = options === 0 ? 0 : options * count(index + 1, kept);
    }
    memo.set(key, total);
    return total;
  };

  const at = (wanted: number): Params => {
    const params: Record<string, ParamValue> = {};
    const parents: Record<string, ParamValue> = {};
    let rest = wanted;
    for (const [index, parameter] of parameters.entries()) {
      if (!isActive(parameter, params)) continue;
      const list = listIn(index, params);
      let value: ParamValue;
      if (lastUse.has(parameter.name)) {
        let i = 0;
        for (;;) {
          value = list.valueAt(i);
          const block = count(index + 1, { ...parents, [parameter.name]: value });
          if (rest < block) break;
          rest -= block;
          i += 1;
        }
        parents[parameter.name] = value;
      } else {
        const block = count(index + 1, parents);
        const i = Math.floor(rest / block);
        rest -= i * block;
        value = list.valueAt(i);
      }
      params[parameter.name] = value;
    }
    return params;
  };

  const all = count(0, {});
  const numbers = feasibleNumbers(space, all, at);
  const size = numbers?.length ?? all;
  return {
    size,
    at: (index) => {
      if (size === Number.POSITIVE_INFINITY || !Number.isInteger(index) || index < 0 || index >= size)
        throw new LuthierError(
          'LU_SPACE_INDEX',
          `configuration ${index} of a space of ${size} does not exist`,
          {
            fix:
              size === Number.POSITIVE_INFINITY
                ? 'Give continuous parameters a step.'
                : `Use 0 to ${size - 1}.`,
          },
        );
      return at(numbers ? numbers[index]! : index);
    },
  };
}

const natural = new WeakMap<Space, Enumeration>();

function naturalEnumeration(space: Space): Enumeration {
  let found = natural.get(space);
  if (!found) {
    found = enumeration(space, ladderOf);
    natural.set(space, found);
  }
  return found;
}

/**
 * Number of distinct configurations of a space, conditions and bounds included; Infinity when it is continuous.
 *
 * Constraints are counted up to 100,000 configurations; above that the number is an upper bound.
 *
 * @example
 * size(space({ units: int(32, 512, { step: 32 }), rate: float(0.1, 0.5, { step: 0.1 }) })) // 80
 */
export function size(space: Space): number {
  return naturalEnumeration(space).size;
}

/**
 * Configuration number `index` of a finite space, counted from 0; the last parameter moves fastest.
 *
 * Throws LU_SPACE_INDEX outside of the size or in an infinite space.
 */
export function point(space: Space, index: number): Params {
  return naturalEnumeration(space).at(index);
}

/** All configurations of a finite space, in the order of `point`. */
export function* points(space: Space): Generator<Params> {
  const all = naturalEnumeration(space);
  if (all.size === Number.POSITIVE_INFINITY) all.at(0);
  for (let index = 0; index < all.size; index++) yield all.at(index);
}
