import { generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples } from './dataset.ts';
import { countOf, type Folds, foldsByAssignment, requireEnough } from './fold.ts';
import type { SplitIndices } from './split.ts';

/** Options of `shuffleSplit`. */
export interface ShuffleSplitOptions {
  /** Number of independent draws. Default 10. */
  readonly splits?: number;
  /** What validates: a share below 1 (rounded up) or a number of samples. Default 0.1. */
  readonly validation?: number;
  /** What trains: a share below 1 (rounded down) or a number of samples. Default all that do not validate. */
  readonly train?: number;
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

/**
 * Independent random divisions; validation parts of different folds may overlap.
 *
 * Defaults: 10 splits, validation 0.1, train the rest. Semantics of scikit-learn's `ShuffleSplit`.
 *
 * @throws LuthierError LU_FOLDS_OPTION, and on split LU_FOLDS_TOO_MANY when a part would be empty or both exceed the data.
 *
 * @example
 * shuffleSplit({ splits: 3, validation: 0.25, seed: 7 }).split(samples)
 */
export function shuffleSplit(options: ShuffleSplitOptions = {}): Folds {
  const kind = 'shuffleSplit';
  refuseUnknown(CODE, kind, options, ['splits', 'validation', 'train', 'seed']);
  const splits = requireNumber(CODE, kind, 'splits', options.splits ?? 10, ranges.count);
  const validation = requireNumber(CODE, kind, 'validation', options.validation ?? 0.1, SIZE);
  const train =
    options.train === undefined ? undefined : requireNumber(CODE, kind, 'train', options.train, SIZE);
  const seed = requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite);
  const split = (data: Samples | number): readonly SplitIndices[] => {
    const count = countOf(kind, data);
    const held = validation < 1 ? Math.ceil(validation * count) : validation;
    const kept = train === undefined ? count - held : train < 1 ? Math.floor(train * count) : train;
    if (kept < 1 || held + kept > count) {
      throw new LuthierError(
        'LU_FOLDS_TOO_MANY',
        `${kind}: ${held} samples to validate and ${kept} to train do not fit ${count} samples`,
        { fix: 'Use sizes of at least one sample each that together do not exceed the data.', where: kind },
      );
    }
    return Array.from({ length: splits }, (_, index) => {
      const order = generator(randomKey(seed, 'data', 'shuffleSplit', index)).permutation(count);
      return { train: order.slice(held, held + kept), validation: order.slice(0, held) };
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
