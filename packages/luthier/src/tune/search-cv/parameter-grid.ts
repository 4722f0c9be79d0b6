import { LuthierError, type ParamValue } from '@luthier/core';

/** The values to try, by parameter. */
export type GridDefinition = Readonly<Record<string, readonly ParamValue[]>>;

/** The parameters of one candidate of a grid; of a list of grids, those of either. */
export type GridParams<G> = G extends readonly (infer One)[]
  ? GridParams<One>
  : G extends unknown
    ? { readonly [K in keyof G]: G[K] extends readonly (infer Value)[] ? Value : never }
    : never;

/** All combinations of a grid, by number. */
export interface ParameterGrid<P> {
  readonly size: number;
  /** Combination `index`, counted from 0. Throws LU_GRID_INDEX outside of the size. */
  at(index: number): P;
}

type AnyGrid = GridDefinition | readonly GridDefinition[];

function checkValues(name: string, values: unknown): void {
  if (Array.isArray(values) && values.length > 0) return;
  throw new LuthierError('LU_GRID_VALUES', `grid: ${name} has no list of values`, {
    fix: `Give at least one value in a list: { ${name}: [0.001, 0.01] }.`,
    where: `grid.${name}`,
  });
}

function sizeOf(grid: GridDefinition): number {
  return Object.values(grid).reduce((product, { length }) => product * length, 1);
}

function combination(grid: GridDefinition, index: number): Readonly<Record<string, ParamValue>> {
  const names = Object.keys(grid).sort();
  const entries: [string, ParamValue][] = [];
  let rest = index;
  for (const name of [...names].reverse()) {
    const values = grid[name]!;
    entries.unshift([name, values[rest % values.length]!]);
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(entries);
}

/**
 * All combinations of a grid; of a list of grids, those of each in turn.
 *
 * Order of scikit-learn's `ParameterGrid`: names sorted, the last moves fastest. Nothing is enumerated: a combination is found
 * by repeated division. Throws LU_GRID_VALUES for a parameter without values, LU_GRID_EMPTY for an empty list.
 *
 * @example
 * parameterGrid({ b: [1, 2], a: ['x', 'y'] }).at(1) // { a: 'x', b: 2 }
 */
export function parameterGrid<const G extends AnyGrid>(grid: G): ParameterGrid<GridParams<G>> {
  const grids: readonly GridDefinition[] = Array.isArray(grid) ? grid : [grid as GridDefinition];
  if (grids.length === 0) {
    throw new LuthierError('LU_GRID_EMPTY', 'grid: the list of grids is empty', {
      fix: 'Give at least one grid, such as { learningRate: [0.001, 0.01] }.',
      where: 'grid',
    });
  }
  for (const one of grids) for (const [name, values] of Object.entries(one)) checkValues(name, values);
  const size = grids.reduce((sum, one) => sum + sizeOf(one), 0);
  return {
    size,
    at: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= size) {
        throw new LuthierError('LU_GRID_INDEX', `grid: there is no combination ${index} among ${size}`, {
          fix: `Use whole numbers from 0 to ${size - 1}.`,
          where: 'grid',
        });
      }
      let rest = index;
      const one = grids.find((candidate) => {
        const own = sizeOf(candidate);
        if (rest < own) return true;
        rest -= own;
        return false;
      });
      return combination(one!, rest) as GridParams<G>;
    },
  };
}

/** All combinations as a list, in order. */
export function gridCandidates<P>(grid: ParameterGrid<P>): readonly P[] {
  return Array.from({ length: grid.size }, (_, index) => grid.at(index));
}
