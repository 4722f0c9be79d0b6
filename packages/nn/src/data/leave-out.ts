import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples } from './dataset.ts';
import { countOf, type Folds, requireEnough } from './fold.ts';
import { readGroups } from './groups.ts';
import type { SplitIndices } from './split.ts';

/** Options of `leavePOut`. */
export interface LeavePOutOptions {
  /** Samples of a validation part. */
  readonly p: number;
}

/** Options of `leavePGroupsOut`. */
export interface LeavePGroupsOutOptions {
  /** The group of every sample. */
  readonly groups: readonly (string | number)[];
  /** Groups of a validation part. Default 1. */
  readonly p?: number;
}

/** Options of `predefinedSplit`. */
export interface PredefinedSplitOptions {
  /** The fold in which each sample validates; -1 for one that always trains. */
  readonly fold: ArrayLike<number>;
}

const CODE = 'LU_FOLDS_OPTION';
/** Most row numbers of all folds together, half a gigabyte. */
const MOST_ROWS = 2 ** 27;

/** How many ways there are to choose p of n. */
function chooseCount(n: number, p: number): number {
  let count = 1;
  for (let i = 1; i <= p; i++) count = (count * (n - p + i)) / i;
  return Math.round(count);
}

/** All ascending choices of p of n, the last number moving first. */
function choices(n: number, p: number): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  const extend = (chosen: readonly number[], from: number): void => {
    if (chosen.length === p) found.push(chosen);
    else for (let next = from; next <= n - (p - chosen.length); next++) extend([...chosen, next], next + 1);
  };
  extend([], 0);
  return found;
}

function requireFew(kind: string, folds: number, count: number): void {
  if (folds * count <= MOST_ROWS) return;
  throw new LuthierError('LU_FOLDS_TOO_MANY', `${kind}: there would be ${folds} folds of ${count} samples`, {
    fix: 'Use a smaller p, or kFold or shuffleSplit.',
    where: 'p',
  });
}

/** Rows of which a test says that they validate, and the others. */
function splitBy(count: number, isHeld: (row: number) => boolean): SplitIndices {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  return { train: rows.filter((row) => !isHeld(row)), validation: rows.filter((row) => isHeld(row)) };
}

/**
 * Every choice of p samples validates once: `n! / (p! (n - p)!)` folds.
 *
 * Semantics of scikit-learn's `LeavePOut`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY when p leaves nothing to train on or folds would
 * take more than half a gigabyte.
 *
 * @example
 * leavePOut({ p: 2 }).split(4).length // 6
 */
export function leavePOut(options: LeavePOutOptions): Folds {
  const kind = 'leavePOut';
  refuseUnknown(CODE, kind, options, ['p']);
  const p = requireNumber(CODE, kind, 'p', options.p, ranges.count);
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    requireEnough(kind, 'p + 1', p + 1, count, 'samples');
    requireFew(kind, chooseCount(count, p), count);
    return choices(count, p).map((held) => splitBy(count, (row) => held.includes(row)));
  };
  return { kind, split };
}

/**
 * Every choice of p groups validates once; with p = 1, each group once.
 *
 * Groups in the order of their names. Default p 1. Semantics of scikit-learn's `LeaveOneGroupOut` and `LeavePGroupsOut`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_GROUPS or LU_FOLDS_TOO_MANY.
 *
 * @example
 * leavePGroupsOut({ groups: ['anna', 'anna', 'bert', 'carl'] }).split(4).length // 3
 */
export function leavePGroupsOut(options: LeavePGroupsOutOptions): Folds {
  const kind = 'leavePGroupsOut';
  refuseUnknown(CODE, kind, options, ['groups', 'p']);
  const p = requireNumber(CODE, kind, 'p', options.p ?? 1, ranges.count);
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    const { of, sizes } = readGroups(kind, options.groups, count);
    requireEnough(kind, 'p + 1', p + 1, sizes.length, 'groups');
    requireFew(kind, chooseCount(sizes.length, p), count);
    return choices(sizes.length, p).map((held) => splitBy(count, (row) => held.includes(of[row]!)));
  };
  return { kind, split };
}

/**
 * Folds that are given: sample i validates in fold `fold[i]`, those with -1 always train.
 *
 * Folds in ascending order of their numbers. Semantics of scikit-learn's `PredefinedSplit`.
 *
 * @throws LuthierError LU_FOLDS_OPTION for what is no fold number or when nothing validates; on split LU_FOLDS_COUNT.
 *
 * @example
 * predefinedSplit({ fold: [0, -1, 0, 1] }).split(4).map(({ validation }) => Array.from(validation)) // [[0, 2], [3]]
 */
export function predefinedSplit(options: PredefinedSplitOptions): Folds {
  const kind = 'predefinedSplit';
  refuseUnknown(CODE, kind, options, ['fold']);
  const fold = Array.from(options.fold);
  const bad = fold.findIndex((number) => !Number.isInteger(number) || number < -1);
  const numbers = [...new Set(fold)].filter((number) => number !== -1).sort((a, b) => a - b);
  if (bad !== -1 || numbers.length === 0) {
    const problem = bad === -1 ? 'no sample validates' : `the fold of sample ${bad} is ${fold[bad]}`;
    throw new LuthierError(CODE, `${kind}: ${problem}`, {
      fix: 'Give whole numbers from 0, or -1 for samples that always train.',
      where: 'fold',
    });
  }
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    if (fold.length !== count) {
      throw new LuthierError('LU_FOLDS_COUNT', `${kind}: ${fold.length} folds for ${count} samples`, {
        fix: 'Give the fold of every sample.',
        where: 'fold',
      });
    }
    return numbers.map((number) => splitBy(count, (row) => fold[row] === number));
  };
  return { kind, split };
}
