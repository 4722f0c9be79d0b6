import { LuthierError, type ParamValue, refuseUnknown } from '@luthier/core';
import { canonicalKey, defaultValue } from '../space/canonical.ts';
import { isFeasible } from '../space/constraints.ts';
import { decodeValue } from '../space/encode.ts';
import { type Enumeration, enumeration, type LevelList } from '../space/enumerate.ts';
import { ladderOf } from '../space/levels.ts';
import type { Parameter, Space } from '../space/parameter.ts';
import type { Sampler } from './contract.ts';
import { exhausted } from './random.ts';
import type { SamplerSpec } from './registry.ts';
import { triedKeys } from './tried.ts';

export interface GridOptions {
  /** How many values a continuous parameter takes, for all of them or by name; both ends are among them. */
  readonly levels?: number | Readonly<Record<string, number>>;
}

function spaced(parameter: Parameter, count: number): readonly ParamValue[] {
  return Array.from({ length: count }, (_, index) => {
    const value = decodeValue(parameter, count === 1 ? 0.5 : index / (count - 1));
    // 12 digits undo the rounding of exp and log: 1e-4, not 0.00009999999999999996.
    return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
  });
}

function levelsOf(parameter: Parameter, options: GridOptions): LevelList {
  const own = typeof options.levels === 'object' ? options.levels[parameter.name] : undefined;
  const wanted = own ?? (typeof options.levels === 'number' ? options.levels : undefined);
  const ladder = ladderOf(parameter);
  let values: readonly ParamValue[];
  if (ladder && own === undefined) values = Array.from({ length: ladder.count }, (_, i) => ladder.valueAt(i));
  else if (ladder && own !== undefined && own >= ladder.count)
    values = Array.from({ length: ladder.count }, (_, i) => ladder.valueAt(i));
  else if (ladder && own !== undefined)
    values = Array.from({ length: own }, (_, i) =>
      ladder.valueAt(Math.round((own === 1 ? 0.5 : i / (own - 1)) * (ladder.count - 1))),
    );
  else if (wanted !== undefined) values = spaced(parameter, wanted);
  else
    throw new LuthierError(
      'LU_SAMPLER_GRID',
      `${parameter.name}: a grid needs to know how many values to try`,
      {
        fix: `Give ${parameter.name} a step, or the sampler levels: grid({ levels: { ${parameter.name}: 5 } }).`,
        where: parameter.name,
      },
    );
  const first = values.indexOf(defaultValue(parameter));
  const order = first <= 0 ? values : [values[first]!, ...values.filter((_, index) => index !== first)];
  return { count: order.length, valueAt: (index) => order[index]! };
}

function checkOptions(options: GridOptions): void {
  refuseUnknown('LU_SAMPLER_OPTION', 'grid', options, ['levels']);
  const counts =
    typeof options.levels === 'object' ? Object.entries(options.levels) : [['levels', options.levels]];
  for (const [name, count] of counts) {
    if (count === undefined || (Number.isInteger(count) && (count as number) >= 1)) continue;
    throw new LuthierError('LU_SAMPLER_OPTION', `grid: ${name} is ${count}, not a positive integer`, {
      fix: 'Give a count of 1 or more.',
      where: 'sampler',
    });
  }
}

/**
 * Grid search: every combination, once.
 *
 * Order, as in Keras Tuner: the default of each parameter leads the list of its values (so the first point is the
 * baseline), and the last parameter moves fastest. Stepped parameters and choices take all values; a continuous one
 * needs a count, its values being equally spaced on its scale, both ends included. A baseline that lies beside the
 * grid is one trial more.
 *
 * Throws LU_SAMPLER_OPTION for an option there is not or a count that is none, and LU_SAMPLER_GRID at the first suggestion when a
 * continuous parameter has no count.
 *
 * @example
 * grid({ levels: { learningRate: 5 } })
 */
export function grid(options: GridOptions = {}): Sampler {
  checkOptions(options);
  const enumerations = new WeakMap<Space, Enumeration>();
  const pointsOf = (space: Space): Enumeration => {
    let found = enumerations.get(space);
    if (!found) {
      const active = space.parameters.map((parameter) => levelsOf(parameter, options));
      found = enumeration(space, (parameter) => active[space.parameters.indexOf(parameter)]);
      enumerations.set(space, found);
    }
    return found;
  };
  return {
    name: 'grid',
    spec: { name: 'grid', ...(options.levels === undefined ? {} : { levels: options.levels }) },
    suggest: ({ history, memo, space }) => {
      const all = pointsOf(space);
      const tried = triedKeys(history, space);
      const held = memo as { readonly next?: number; readonly size?: number } | undefined;
      // A changed space numbers its points anew: start over, skipping what was tried.
      let index = held?.size === all.size ? (held.next ?? 0) : 0;
      while (index < all.size) {
        const params = all.at(index);
        index += 1;
        if (tried.has(canonicalKey(space, params)) || !isFeasible(space, params)) continue;
        return {
          kind: 'params',
          params,
          memo: { next: index, size: all.size },
          why: { text: `grid point ${index} of ${all.size}`, sampler: 'grid', mode: 'enumerate' },
        };
      }
      return exhausted(all.size);
    },
  };
}

/** Number of points of a grid over a space. Throws LU_SAMPLER_GRID as `grid` does. */
export function gridSize(space: Space, options: GridOptions = {}): number {
  checkOptions(options);
  return enumeration(space, (parameter) => levelsOf(parameter, options)).size;
}

/** Makes the grid sampler from its specification. */
export function parseGrid({ name: _name, ...options }: SamplerSpec): Sampler {
  return grid(options as GridOptions);
}
