import { generator, LuthierError, type RandomKey, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples } from './dataset.ts';
import { countOf, type Folds, foldsByAssignment, labelsOf, requireEnough } from './fold.ts';
import { readGroups } from './groups.ts';
import type { SplitIndices } from './split.ts';

/** Options of `kFold`. */
export interface KFoldOptions {
  /** Number of folds, at least 2. Default 5. */
  readonly k?: number;
  /** Draw the folds at random instead of taking them in order. Default false. */
  readonly shuffle?: boolean;
  /** Seed of the shuffle. Default 0. */
  readonly seed?: number;
}

/** Options of `stratifiedKFold`. */
export interface StratifiedKFoldOptions extends KFoldOptions {
  /** Accept classes with fewer members than folds, which then miss in some folds. Default false. */
  readonly allowSmallClasses?: boolean;
}

/** Options of `groupKFold`. */
export interface GroupKFoldOptions extends KFoldOptions {
  /** The group of every sample; no group is ever divided. */
  readonly groups: readonly (string | number)[];
}

/** Options of `repeatedKFold`. */
export interface RepeatedKFoldOptions {
  /** Number of folds, at least 2. Default 5. */
  readonly k?: number;
  /** Number of passes, each with another shuffle. Default 10. */
  readonly repeats?: number;
  /** Keep the share of every class equal in all folds. Default false. */
  readonly stratify?: boolean;
  /** Seed of the shuffles. Default 0. */
  readonly seed?: number;
}

const CODE = 'LU_FOLDS_OPTION';
const FOLDS = { text: 'the integers from 2', holds: (k: number): boolean => Number.isInteger(k) && k >= 2 };

function readOptions(kind: string, options: KFoldOptions): { k: number; key: RandomKey | undefined } {
  const k = requireNumber(CODE, kind, 'k', options.k ?? 5, FOLDS);
  const seed = requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite);
  return { k, key: options.shuffle === true ? randomKey(seed, 'data', 'folds') : undefined };
}

function shuffled<T>(items: readonly T[], key: RandomKey): readonly T[] {
  return Array.from(generator(key).permutation(items.length), (i) => items[i]!);
}

/** Sizes of `parts` runs that cover `count` things, the larger ones first. */
function evenSizes(count: number, parts: number): readonly number[] {
  const small = Math.floor(count / parts);
  return Array.from({ length: parts }, (_, part) => small + (part < count % parts ? 1 : 0));
}

function assignRuns(order: ArrayLike<number>, k: number): Int32Array {
  const assigned = new Int32Array(order.length);
  let at = 0;
  for (const [fold, size] of evenSizes(order.length, k).entries()) {
    for (const end = at + size; at < end; at++) assigned[order[at]!] = fold;
  }
  return assigned;
}

function splitPlain(
  kind: string,
  data: Samples | number,
  k: number,
  key: RandomKey | undefined,
): readonly SplitIndices[] {
  const count = countOf(kind, data);
  requireEnough(kind, 'k', k, count, 'samples');
  const order =
    key === undefined
      ? Int32Array.from({ length: count }, (_, row) => row)
      : generator(key).permutation(count);
  return foldsByAssignment(assignRuns(order, k), k);
}

/**
 * K-fold cross-validation: every sample validates exactly once.
 *
 * The first `n mod k` folds hold one sample more. In order the folds are consecutive; shuffled they are drawn from the
 * seed. Within a fold rows keep their order. Defaults: k 5, no shuffle. Semantics of scikit-learn's `KFold`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY.
 *
 * @example
 * kFold({ k: 3 }).split(10).map(({ validation }) => validation.length) // [4, 3, 3]
 */
export function kFold(options: KFoldOptions = {}): Folds {
  const kind = 'kFold';
  refuseUnknown(CODE, kind, options, ['k', 'shuffle', 'seed']);
  const { k, key } = readOptions(kind, options);
  return { kind, split: (data) => splitPlain(kind, data, k, key) };
}

function splitStratified(
  kind: string,
  data: Samples | number,
  k: number,
  key: RandomKey | undefined,
  allowSmallClasses: boolean,
): readonly SplitIndices[] {
  const labels = labelsOf(kind, data);
  requireEnough(kind, 'k', k, labels.length, 'samples');
  const members = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const rows = members.get(labels[row]!);
    if (rows === undefined) members.set(labels[row]!, [row]);
    else rows.push(row);
  }
  const sizes = [...members.values()].map((rows) => rows.length);
  for (const [label, rows] of members) {
    if (rows.length >= k || (allowSmallClasses && sizes.some((size) => size >= k))) continue;
    throw new LuthierError(
      'LU_FOLDS_CLASS',
      `${kind}: class ${label} has ${rows.length} of the ${k} members that ${k} folds need`,
      {
        fix: `Use k of at most ${Math.max(2, Math.min(...sizes))}, add samples of class ${label}, or set allowSmallClasses to do without it in some folds.`,
        where: kind,
      },
    );
  }
  const assigned = new Int32Array(labels.length);
  let start = 0;
  for (const [index, rows] of [...members.values()].entries()) {
    // Dealing the sorted labels round gives each fold its number of every class (scikit-learn's `allocation`).
    const dealt = Int32Array.from(rows, (_, i) => (start + i) % k).sort();
    const folds =
      key === undefined ? Array.from(dealt) : shuffled(Array.from(dealt), randomKey(key.k0, key.k1, index));
    for (const [i, row] of rows.entries()) assigned[row] = folds[i]!;
    start += rows.length;
  }
  return foldsByAssignment(assigned, k);
}

/**
 * K-fold cross-validation in which every fold has the classes in the proportion of the whole.
 *
 * Samples need one integer label each. Defaults: k 5, no shuffle. Semantics of scikit-learn's `StratifiedKFold`, but a
 * class with fewer members than folds is refused unless `allowSmallClasses` is set (there it is a warning).
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY, LU_FOLDS_LABELS or LU_FOLDS_CLASS.
 *
 * @example
 * stratifiedKFold({ k: 10, shuffle: true, seed: 7 }).split(samples)
 */
export function stratifiedKFold(options: StratifiedKFoldOptions = {}): Folds {
  const kind = 'stratifiedKFold';
  refuseUnknown(CODE, kind, options, ['k', 'shuffle', 'seed', 'allowSmallClasses']);
  const { k, key } = readOptions(kind, options);
  return { kind, split: (data) => splitStratified(kind, data, k, key, options.allowSmallClasses ?? false) };
}

/** Largest group first, each to the lightest fold; of equal groups the last in sorted order goes first, as NumPy reverses a sort. */
function balancedGroups(sizes: readonly number[], k: number): readonly number[] {
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || b - a);
  const weights = new Array<number>(k).fill(0);
  const folds = new Array<number>(sizes.length).fill(0);
  for (const group of order) {
    const lightest = weights.indexOf(Math.min(...weights));
    weights[lightest] = weights[lightest]! + sizes[group]!;
    folds[group] = lightest;
  }
  return folds;
}

/**
 * K-fold cross-validation that keeps all samples of a group (a patient, a speaker, a day) in one fold.
 *
 * Unshuffled, the largest group goes to the lightest fold, which balances the folds; shuffled, the groups are permuted
 * and divided evenly by number. Defaults: k 5, no shuffle. Semantics of scikit-learn's `GroupKFold`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY or LU_FOLDS_GROUPS.
 *
 * @example
 * groupKFold({ k: 2, groups: ['anna', 'anna', 'bert', 'carl'] }).split(4)
 */
export function groupKFold(options: GroupKFoldOptions): Folds {
  const kind = 'groupKFold';
  refuseUnknown(CODE, kind, options, ['k', 'shuffle', 'seed', 'groups']);
  const { k, key } = readOptions(kind, options);
  const { groups } = options;
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    const { of, sizes } = readGroups(kind, groups, count);
    requireEnough(kind, 'k', k, sizes.length, 'groups');
    const folds =
      key === undefined ? balancedGroups(sizes, k) : assignRuns(generator(key).permutation(sizes.length), k);
    return foldsByAssignment(
      of.map((group) => folds[group]!),
      k,
    );
  };
  return { kind, split };
}

/**
 * Shuffled k-fold cross-validation, done several times: `repeats * k` folds, one pass after the other.
 *
 * Defaults: k 5, repeats 10, not stratified. Semantics of scikit-learn's `RepeatedKFold` and `RepeatedStratifiedKFold`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split those of `kFold` or `stratifiedKFold`.
 *
 * @example
 * repeatedKFold({ k: 5, repeats: 3 }).split(100).length // 15
 */
export function repeatedKFold(options: RepeatedKFoldOptions = {}): Folds {
  const kind = 'repeatedKFold';
  refuseUnknown(CODE, kind, options, ['k', 'repeats', 'stratify', 'seed']);
  const { k } = readOptions(kind, options.k === undefined ? {} : { k: options.k });
  const seed = requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite);
  const repeats = requireNumber(CODE, kind, 'repeats', options.repeats ?? 10, ranges.count);
  const split = (data: Samples | number): readonly SplitIndices[] =>
    Array.from({ length: repeats }, (_, repeat) => {
      const key = randomKey(seed, 'data', 'folds', repeat);
      return options.stratify === true
        ? splitStratified(kind, data, k, key, false)
        : splitPlain(kind, data, k, key);
    }).flat();
  return { kind, split };
}
