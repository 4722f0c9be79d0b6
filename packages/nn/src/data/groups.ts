import { LuthierError } from '@luthier/core';

/** Groups as numbers in the order of their sorted names. */
export interface Groups {
  /** The number of every sample's group. */
  readonly of: Int32Array;
  /** How many samples each group has. */
  readonly sizes: readonly number[];
}

/** Numbers the groups of samples; refuses a list of another length. */
export function readGroups(kind: string, groups: readonly (string | number)[], count: number): Groups {
  if (groups.length !== count) {
    throw new LuthierError('LU_FOLDS_GROUPS', `${kind}: ${groups.length} groups for ${count} samples`, {
      fix: 'Give the group of every sample, in the order of the samples.',
      where: 'groups',
    });
  }
  const names = [...new Set(groups)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const numbers = new Map(names.map((name, i) => [name, i]));
  const of = Int32Array.from(groups, (name) => numbers.get(name)!);
  const sizes = names.map(() => 0);
  for (const group of of) sizes[group]! += 1;
  return { of, sizes };
}
