import { generator, LuthierError, randomKey } from '@luthier/core';
import {
  mapSamples,
  requirePairs,
  rowSize,
  type Samples,
  sampleCount,
  type Tensor,
  type TensorData,
} from './dataset.ts';

/** How to divide samples into a training and a validation part; exactly one of `trainCount` and `validation`. */
export interface SplitOptions {
  /** Number of training samples; the rest validates. */
  readonly trainCount?: number;
  /** Share of the samples that validates, between 0 and 1; the count is rounded to the nearest. */
  readonly validation?: number;
  /** Draw the parts at random instead of taking them in order. Default false. */
  readonly shuffle?: boolean;
  /** Keep the share of every class equal in both parts (implies shuffle; needs one integer label a sample). Default false. */
  readonly stratify?: boolean;
  /** The group of every sample (a patient, a speaker, a day); no group is divided (implies shuffle). Default none. */
  readonly groups?: readonly (string | number)[];
  /** Seed of the shuffle. Default 0. */
  readonly seed?: number;
}

/** Two disjoint parts which together are the whole. */
export interface Split {
  readonly train: Samples;
  readonly validation: Samples;
}

/** The sample numbers of both parts. */
export interface SplitIndices {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

function sliceTensor(tensor: Tensor, start: number, end: number): Tensor {
  const width = rowSize(tensor);
  return {
    data: tensor.data.subarray(start * width, end * width),
    shape: [end - start, ...tensor.shape.slice(1)],
  };
}

function takeRows(tensor: Tensor, rows: ArrayLike<number>): Tensor {
  const width = rowSize(tensor);
  const Storage = tensor.data.constructor as new (length: number) => TensorData;
  const data = new Storage(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    data.set(tensor.data.subarray(from, from + width), i * width);
  }
  return { data, shape: [rows.length, ...tensor.shape.slice(1)] };
}

/**
 * Samples `start` to `end` (exclusive) as a view: nothing is copied.
 *
 * Defaults: end is the number of samples.
 *
 * @throws LuthierError LU_DATA_RANGE when start or end lies outside the samples.
 *
 * @example
 * slice(samples, 50_000) // all from sample 50,000 on, as Python's [50000:]
 */
export function slice(samples: Samples, start: number, end: number = sampleCount(samples)): Samples {
  const count = sampleCount(samples);
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > count) {
    throw new LuthierError(
      'LU_DATA_RANGE',
      `slice: [${start}, ${end}) does not lie within ${count} samples`,
      {
        fix: `Use whole numbers with 0 <= start <= end <= ${count}.`,
      },
    );
  }
  return mapSamples(samples, (tensor) => sliceTensor(tensor, start, end));
}

/**
 * The samples with the given numbers, in the given order, copied.
 *
 * @throws LuthierError LU_DATA_RANGE when there is no sample of that number.
 *
 * @example
 * take(samples, [4, 0, 4]) // three samples, the first and last alike
 */
export function take(samples: Samples, rows: ArrayLike<number>): Samples {
  const count = sampleCount(samples);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= count) {
      throw new LuthierError('LU_DATA_RANGE', `take: there is no sample ${row} among ${count}`, {
        fix: `Use whole numbers from 0 to ${count - 1}.`,
      });
    }
  }
  return mapSamples(samples, (tensor) => takeRows(tensor, rows));
}

function validationCount(count: number, options: SplitOptions): number {
  const { trainCount, validation } = options;
  if ((trainCount === undefined) === (validation === undefined)) {
    throw new LuthierError('LU_DATA_SPLIT', 'split: exactly one of trainCount and validation is needed', {
      fix: 'Give trainCount (a number of samples) or validation (a share between 0 and 1).',
    });
  }
  if (trainCount !== undefined) {
    if (!Number.isInteger(trainCount) || trainCount < 1 || trainCount >= count) {
      throw new LuthierError(
        'LU_DATA_SPLIT',
        `split: trainCount ${trainCount} of ${count} samples leaves a part empty or is not a whole number`,
        { fix: `Use a whole number from 1 to ${count - 1}.` },
      );
    }
    return count - trainCount;
  }
  const share = validation!;
  const held = Math.round(count * share);
  if (!(share > 0 && share < 1) || held < 1 || held >= count) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `split: validation ${share} of ${count} samples leaves a part empty`,
      {
        fix: 'Use a share between 0 and 1, such as 0.2, that leaves samples in both parts.',
      },
    );
  }
  return held;
}

/** Largest remainder (Hamilton): counts per class in proportion, adding up exactly to `total`. */
function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * total) / all);
  const counts = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  let missing = total - counts.reduce((sum, count) => sum + count, 0);
  for (const { index } of byRemainder) {
    if (missing === 0) break;
    counts[index] = counts[index]! + 1;
    missing -= 1;
  }
  return counts;
}

/** Divides rows so that both parts have the classes in proportion; rows of a part keep the given order. */
export function stratifiedRows(labels: Tensor, order: Int32Array, held: number): SplitIndices {
  if (rowSize(labels) !== 1) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `split: stratify needs one label a sample, found labels of shape [${labels.shape.join(', ')}]`,
      { fix: 'Give integer labels of shape [n], or leave stratify out.' },
    );
  }
  const classes = new Map<number, number[]>();
  for (const row of order) {
    const label = labels.data[row]!;
    const members = classes.get(label);
    if (members === undefined) classes.set(label, [row]);
    else members.push(row);
  }
  const labelsInOrder = [...classes.keys()].sort((a, b) => a - b);
  const heldPerClass = apportion(
    labelsInOrder.map((label) => classes.get(label)!.length),
    held,
  );
  const isHeld = new Uint8Array(labels.data.length);
  for (const [index, label] of labelsInOrder.entries()) {
    for (const row of classes.get(label)!.slice(0, heldPerClass[index]!)) isHeld[row] = 1;
  }
  return {
    train: order.filter((row) => isHeld[row] === 0),
    validation: order.filter((row) => isHeld[row] === 1),
  };
}

/** Whole groups, in a drawn order, as long as each brings the held part nearer to its size; both parts get one at least. */
function grouped(
  groups: readonly (string | number)[],
  count: number,
  held: number,
  seed: number,
): SplitIndices {
  const refuse = (problem: string, fix: string): never => {
    throw new LuthierError('LU_DATA_GROUPS', `split: ${problem}`, { fix, where: 'groups' });
  };
  if (groups.length !== count) {
    refuse(`${groups.length} groups for ${count} samples`, 'Give the group of every sample, in their order.');
  }
  const sizes = new Map<string | number, number>();
  for (const name of groups) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const names = [...sizes.keys()];
  if (names.length < 2) {
    refuse('all samples are of one group, which cannot be divided', 'Give at least two groups.');
  }
  const order = generator(randomKey(seed, 'data', 'split', 'groups')).permutation(names.length);
  const taken = new Set<string | number>();
  let size = 0;
  for (const at of order) {
    const grown = size + sizes.get(names[at]!)!;
    const isNearer = Math.abs(grown - held) < Math.abs(size - held);
    if (!isNearer || taken.size === names.length - 1) continue;
    taken.add(names[at]!);
    size = grown;
  }
  // Every group overshoots by more than the whole held part: the smallest is nearest.
  if (taken.size === 0) taken.add(names.reduce((a, b) => (sizes.get(b)! < sizes.get(a)! ? b : a)));
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  return {
    train: rows.filter((row) => !taken.has(groups[row]!)),
    validation: rows.filter((row) => taken.has(groups[row]!)),
  };
}

/**
 * The sample numbers of a training and a validation part: disjoint, together all of `0..n-1`.
 *
 * In order the validation part is the last; shuffled it is the last of a permutation (Fisher-Yates) drawn from the seed.
 * Of groups, whole ones are taken in a drawn order while that brings the validation part nearer to its size.
 *
 * @throws LuthierError LU_DATA_SPLIT when a part would be empty or the options contradict each other, LU_DATA_GROUPS,
 * LU_DATA_COUNT.
 *
 * @example
 * splitIndices(samples, { validation: 0.2, shuffle: true, seed: 7 }).validation
 */
export function splitIndices(samples: Samples, options: SplitOptions): SplitIndices {
  requirePairs(samples, 'split');
  const count = sampleCount(samples);
  const held = validationCount(count, options);
  if (options.groups !== undefined) {
    if (options.stratify === true) {
      throw new LuthierError('LU_DATA_SPLIT', 'split: groups and stratify cannot be kept both', {
        fix: 'Give one of them.',
      });
    }
    return grouped(options.groups, count, held, options.seed ?? 0);
  }
  const shuffled = options.shuffle === true || options.stratify === true;
  const order = shuffled
    ? generator(randomKey(options.seed ?? 0, 'data', 'split')).permutation(count)
    : Int32Array.from({ length: count }, (_, row) => row);
  if (options.stratify === true) return stratifiedRows(samples.y, order, held);
  return { train: order.subarray(0, count - held), validation: order.subarray(count - held) };
}

/**
 * Divides samples into a training and a validation part. In order (the default) both are views and nothing is copied;
 * shuffled, stratified or grouped they are copies.
 *
 * @throws LuthierError LU_DATA_SPLIT when a part would be empty or the options contradict each other, LU_DATA_GROUPS,
 * LU_DATA_COUNT.
 *
 * @example
 * const { train, validation } = trainValidationSplit(samples, { trainCount: 50_000 });
 */
export function trainValidationSplit(samples: Samples, options: SplitOptions): Split {
  if (options.shuffle !== true && options.stratify !== true && options.groups === undefined) {
    requirePairs(samples, 'split');
    const border = sampleCount(samples) - validationCount(sampleCount(samples), options);
    return { train: slice(samples, 0, border), validation: slice(samples, border) };
  }
  const rows = splitIndices(samples, options);
  return { train: take(samples, rows.train), validation: take(samples, rows.validation) };
}
