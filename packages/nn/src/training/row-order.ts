import { generator, randomKey } from '@luthier/core';

/** The order of the samples in an epoch: shuffled anew each time, keyed by seed and epoch, or as they are. */
export function rowOrder(
  { seed, shuffle }: { readonly seed: number; readonly shuffle: boolean },
  rows: number,
  epoch: number,
): Int32Array {
  if (!shuffle) return Int32Array.from({ length: rows }, (_, i) => i);
  return generator(randomKey(seed, 'shuffle', epoch)).permutation(rows);
}
