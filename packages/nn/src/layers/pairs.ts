import { LuthierError } from '@luthier/core';
import type { Pair } from '../graph/ops/window.ts';
import { ranges, requireNumber } from './options.ts';

/** One number for rows and columns, or one each. */
export type PairOption = number | readonly [number, number];

/** Reads whole numbers from 1 for rows and columns. */
export function parsePair(where: string, option: string, given: PairOption): Pair {
  const pair: Pair = typeof given === 'number' ? [given, given] : given;
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: ${option} is ${JSON.stringify(given)}`, {
      fix: `Give ${option} one number, or one for rows and one for columns.`,
      where,
    });
  }
  for (const extent of pair) requireNumber('LU_LAYER_OPTION', where, option, extent, ranges.count);
  return pair;
}
