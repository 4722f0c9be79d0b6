import { generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples, Tensor } from './dataset.ts';
import { countOf, type Folds, foldsByAssignment, labelsOf, requireEnough } from './fold.ts';
import { type Groups, readGroups } from './groups.ts';
import { type SplitIndices, stratifiedRows } from './split.ts';

/** Options of `shuffleSplit`. */
export interface ShuffleSplitOptions {
  /** Number of independent draws. Default 10. */
  readonly splits?: number;
  /** What validates: a share below 1 (rounded up) or a number of samples. Default 0.1. */
  readonly validation?: number;
  /** What trains: a share below 1 (rounded down) or a number of samples. Default all that do not validate. */
  readonly train?: number;
  /** Keep the share of every class equal in both parts; needs one integer label a sample. Default false. */
  readonly stratify?: boolean;
  /** The group of every sample; sizes then count groups, none of which is divided. Default none. */
  readonly groups?: readonly (string | number)[];
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
}

/** Options of `timeSeriesSplit`. */
export interface TimeSeriesSplitOptions {
  /** Number of folds, at least 2. Default 5. */
  readonly splits?: number;
  /** Longest training part in samples; older ones are dropped. Default no limit. */
  readonly maxTrainSize?: number;
  /** Samples of a validation part. Default `floor(n / (splits + 1))`. */
  readonly validationSize?: number;
  /** Samples left out between training and validation part. Default 0. */
  readonly gap?: number;
}

const CODE = 'LU_FOLDS_OPTION';
const SIZE = {
  text: '(0, 1) or the integers from 1',
  holds: (value: number): boolean => (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1),
};

/** Labels to be kept in proportion; a class with one member cannot be in both parts. */
function stratumLabels(kind: string, data: Samples | number): Tensor {
  const labels = Int32Array.from(labelsOf(kind, data));
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  for (const [label, size] of sizes) {
    if (size > 1) continue;
    throw new LuthierError('LU_FOLDS_CLASS', `${kind}: class ${label} has one member for two parts`, {
      fix: `Add samples of class ${label}, remove it, or leave stratify out.`,
      where: 'stratify',
    });
  }
  return { data: labels, shape: [labels.length] };
}

/** The rows of some groups, in their order. */
function rowsOf({ of }: Groups, groups: Int32Array): Int32Array {
  const isWanted = new Set(groups);
  return Int32Array.from(of.keys()).filter((row) => isWanted.has(of[row]!));
}

/**
 * Independent random divisions; validation parts of different folds may overlap.
 *
 * Defaults: 10 splits, validation 0.1, train the rest. Semantics of scikit-learn's `ShuffleSplit`, `StratifiedShuffleSplit`
 * and `GroupShuffleSplit` (whose default is 5 splits of 0.2).
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY when a part would be empty or both exceed the data,
 * LU_FOLDS_LABELS, LU_FOLDS_CLASS for a class with fewer than two members, LU_FOLDS_GROUPS.
 *
 * @example
 * shuffleSplit({ splits: 3, validation: 0.25, seed: 7 }).split(samples)
 */
export function shuffleSplit(options: ShuffleSplitOptions = {}): Folds {
  const kind = 'shuffleSplit';
  refuseUnknown(CODE, kind, options, ['splits', 'validation', 'train', 'stratify', 'groups', 'seed']);
  const splits = requireNumber(CODE, kind, 'splits', options.splits ?? 10, ranges.count);
  const validation = requireNumber(CODE, kind, 'validation', options.validation ?? 0.1, SIZE);
  const train =
    options.train === undefined ? undefined : requireNumber(CODE, kind, 'train', options.train, SIZE);
  const seed = requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite);
  if (options.stratify === true && options.groups !== undefined) {
    throw new LuthierError(CODE, `${kind}: groups and stratify cannot be kept both`, {
      fix: 'Give one of them, or use stratifiedGroupKFold.',
      where: 'stratify',
    });
  }
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const samples = countOf(kind, data);
    const groups = options.groups === undefined ? undefined : readGroups(kind, options.groups, samples);
    const count = groups?.sizes.length ?? samples;
    const unit = groups === undefined ? 'samples' : 'groups';
    const held = validation < 1 ? Math.ceil(validation * count) : validation;
    const kept = train === undefined ? count - held : train < 1 ? Math.floor(train * count) : train;
    if (kept < 1 || held + kept > count) {
      throw new LuthierError(
        'LU_FOLDS_TOO_MANY',
        `${kind}: ${held} ${unit} to validate and ${kept} to train do not fit ${count} ${unit}`,
        { fix: `Use sizes of at least one each that together do not exceed the ${unit}.`, where: kind },
      );
    }
    const labels = options.stratify === true ? stratumLabels(kind, data) : undefined;
    return Array.from({ length: splits }, (_, index) => {
      const order = generator(randomKey(seed, 'data', 'shuffleSplit', index)).permutation(count);
      if (labels !== undefined) {
        const outer = stratifiedRows(labels, order, held);
        return { train: stratifiedRows(labels, outer.train, kept).validation, validation: outer.validation };
      }
      const parts = { train: order.slice(held, held + kept), validation: order.slice(0, held) };
      return groups === undefined
        ? parts
        : { train: rowsOf(groups, parts.train), validation: rowsOf(groups, parts.validation) };
    });
  };
  return { kind, split };
}

/**
 * As many folds as samples: each validates alone. Memory grows with the square of the number of samples.
 *
 * @throws LuthierError LU_FOLDS_TOO_MANY on split of fewer than two samples.
 *
 * @example
 * leaveOneOut().split(3).map(({ validation }) => validation[0]) // [0, 1, 2]
 */
export function leaveOneOut(): Folds {
  const kind = 'leaveOneOut';
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    requireEnough(kind, 'the smallest number of folds', 2, count, 'samples');
    return foldsByAssignment(
      Int32Array.from({ length: count }, (_, row) => row),
      count,
    );
  };
  return { kind, split };
}

function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}

/**
 * Folds for samples in the order of time: each validates on what follows its training part, never on the past.
 *
 * Validation parts are consecutive and end with the last sample; training parts grow. Defaults: 5 splits, no limit, gap 0.
 * Semantics of scikit-learn's `TimeSeriesSplit`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY when the first training part would be empty.
 *
 * @example
 * timeSeriesSplit({ splits: 3 }).split(10).map(({ train }) => train.length) // [4, 6, 8]
 */
export function timeSeriesSplit(options: TimeSeriesSplitOptions = {}): Folds {
  const kind = 'timeSeriesSplit';
  refuseUnknown(CODE, kind, options, ['splits', 'maxTrainSize', 'validationSize', 'gap']);
  const splits = requireNumber(CODE, kind, 'splits', options.splits ?? 5, {
    text: 'the integers from 2',
    holds: (value) => Number.isInteger(value) && value >= 2,
  });
  const optional = (option: 'maxTrainSize' | 'validationSize'): number | undefined =>
    options[option] === undefined
      ? undefined
      : requireNumber(CODE, kind, option, options[option], ranges.count);
  const maxTrainSize = optional('maxTrainSize') ?? Number.POSITIVE_INFINITY;
  const validationSize = optional('validationSize');
  const gap = requireNumber(CODE, kind, 'gap', options.gap ?? 0, ranges.countFromZero);
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    requireEnough(kind, 'splits + 1', splits + 1, count, 'samples');
    const size = validationSize ?? Math.floor(count / (splits + 1));
    const first = count - splits * size;
    if (first - gap <= 0) {
      throw new LuthierError(
        'LU_FOLDS_TOO_MANY',
        `${kind}: ${splits} validation parts of ${size} samples and a gap of ${gap} leave nothing of ${count} samples to train on`,
        { fix: 'Use fewer splits, a smaller validationSize or a smaller gap.', where: kind },
      );
    }
    return Array.from({ length: splits }, (_, index) => {
      const start = first + index * size;
      const end = start - gap;
      return { train: range(Math.max(0, end - maxTrainSize), end), validation: range(start, start + size) };
    });
  };
  return { kind, split };
}
