import { generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples } from './dataset.ts';
import { type Folds, foldsByAssignment, labelsOf, requireEnough } from './fold.ts';
import { readGroups } from './groups.ts';
import type { GroupKFoldOptions } from './k-fold.ts';
import type { SplitIndices } from './split.ts';

const KIND = 'stratifiedGroupKFold';
const CODE = 'LU_FOLDS_OPTION';

/** Population standard deviation. */
function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** As NumPy's `isclose`. */
const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);

/** The fold to which a group brings the classes nearest to equal shares; of equals the one with the fewest samples. */
function bestFold(
  folds: readonly (readonly number[])[],
  group: readonly number[],
  totals: readonly number[],
): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [candidate, own] of folds.entries()) {
    const spreads = totals.map((total, label) =>
      spread(folds.map((fold, i) => (fold[label]! + (i === candidate ? group[label]! : 0)) / total)),
    );
    const value = spreads.reduce((sum, one) => sum + one, 0) / totals.length;
    const samples = own.reduce((sum, count) => sum + count, 0);
    if (value < least || (isClose(value, least) && samples < fewest)) {
      best = candidate;
      least = value;
      fewest = samples;
    }
  }
  return best;
}

/**
 * K-fold cross-validation that keeps groups whole and the shares of the classes as equal as they allow.
 *
 * Greedy: groups of the most uneven classes first, each to the fold in which it evens the classes most. Samples need one
 * integer label each. Defaults: k 5, no shuffle. Semantics of scikit-learn's `StratifiedGroupKFold`, but a class with fewer
 * members than folds is refused (there it is a warning).
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_GROUPS, LU_FOLDS_TOO_MANY, LU_FOLDS_LABELS, LU_FOLDS_CLASS.
 *
 * @example
 * stratifiedGroupKFold({ k: 3, groups: patients }).split(samples)
 */
export function stratifiedGroupKFold(options: GroupKFoldOptions): Folds {
  refuseUnknown(CODE, KIND, options, ['k', 'shuffle', 'seed', 'groups']);
  const k = requireNumber(CODE, KIND, 'k', options.k ?? 5, {
    text: 'the integers from 2',
    holds: (value) => Number.isInteger(value) && value >= 2,
  });
  const seed = requireNumber(CODE, KIND, 'seed', options.seed ?? 0, ranges.finite);
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const labels = Array.from(labelsOf(KIND, data));
    const { of, sizes } = readGroups(KIND, options.groups, labels.length);
    requireEnough(KIND, 'k', k, sizes.length, 'groups');
    const classes = [...new Set(labels)].sort((a, b) => a - b);
    const numbers = new Map(classes.map((label, i) => [label, i]));
    const totals = classes.map(() => 0);
    const counts = sizes.map(() => classes.map(() => 0));
    for (const [row, label] of labels.entries()) {
      totals[numbers.get(label)!]! += 1;
      counts[of[row]!]![numbers.get(label)!]! += 1;
    }
    const small = totals.findIndex((total) => total < k);
    if (small !== -1) {
      throw new LuthierError(
        'LU_FOLDS_CLASS',
        `${KIND}: class ${classes[small]} has ${totals[small]} of the ${k} members that ${k} folds need`,
        {
          fix: `Use k of at most ${Math.max(2, Math.min(...totals))}, or add samples of that class.`,
          where: KIND,
        },
      );
    }
    const order =
      options.shuffle === true
        ? Array.from(generator(randomKey(seed, 'data', 'folds')).permutation(sizes.length))
        : sizes.map((_, group) => group);
    const spreads = counts.map(spread);
    // A stable sort: groups of equal spread stay in their order.
    order.sort((a, b) => spreads[b]! - spreads[a]!);
    const folds = Array.from({ length: k }, () => classes.map(() => 0));
    const assigned = new Int32Array(sizes.length);
    for (const group of order) {
      const fold = bestFold(folds, counts[group]!, totals);
      assigned[group] = fold;
      for (const [label, count] of counts[group]!.entries()) folds[fold]![label]! += count;
    }
    return foldsByAssignment(
      of.map((group) => assigned[group]!),
      k,
    );
  };
  return { kind: KIND, split };
}
