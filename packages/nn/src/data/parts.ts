import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { requirePairs, type Samples, sampleCount } from './dataset.ts';
import { type SplitOptions, slice, splitIndices, take } from './split.ts';

/** How samples are drawn into parts. */
export interface PartOptions {
  /** Draw the parts at random; false takes them in order, training part first. Default true. */
  readonly shuffle?: boolean;
  /** Keep the share of every class equal in all parts; needs one integer label a sample. Default false. */
  readonly stratify?: boolean;
  /** The group of every sample (a patient, a speaker, a day); no group is divided. Default none. */
  readonly groups?: readonly (string | number)[];
  /** Seed of the draw. Default 0. */
  readonly seed?: number;
}

/** Options of `trainTestSplit`. */
export interface TrainTestOptions extends PartOptions {
  /** The test part: a share below 1 (rounded up) or a number of samples. Default 0.25, or what `train` leaves. */
  readonly test?: number;
  /** The training part: a share below 1 (rounded down) or a number of samples. Default all that do not test. */
  readonly train?: number;
}

/** Two disjoint parts. */
export interface TrainTest {
  readonly train: Samples;
  readonly test: Samples;
}

/** Options of `trainValTest`. */
export interface TrainValTestOptions extends PartOptions {
  /** The validation part: a share of all samples below 1 or a number of them. Default 0.2. */
  readonly validation?: number;
  /** The test part: a share of all samples below 1 or a number of them. Default 0.2. */
  readonly test?: number;
}

/** Three disjoint parts which together are the whole. */
export interface TrainValTest {
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

const COMMON = ['shuffle', 'stratify', 'groups', 'seed'];

function sizeOf(
  where: string,
  option: string,
  value: number,
  count: number,
  round: (share: number) => number,
): number {
  const isShare = value > 0 && value < 1;
  if (isShare || (Number.isInteger(value) && value >= 1)) return isShare ? round(value * count) : value;
  throw new LuthierError(
    'LU_DATA_SPLIT',
    `${where}: ${option} is ${value}, neither a share nor a number of samples`,
    { fix: 'Use a share between 0 and 1, such as 0.2, or a whole number of samples.', where: option },
  );
}

function requireParts(where: string, count: number, sizes: Readonly<Record<string, number>>): void {
  const empty = Object.keys(sizes).find((part) => sizes[part]! < 1);
  // What is left for a part is negative when the others exceed the samples.
  const taken = Object.entries(sizes).filter(([, size]) => size > 0);
  const isTooMuch = taken.reduce((sum, [, size]) => sum + size, 0) > count;
  if (empty === undefined && !isTooMuch) return;
  throw new LuthierError(
    'LU_DATA_SPLIT',
    isTooMuch
      ? `${where}: ${taken.map(([part, size]) => `${part} ${size}`).join(', ')} together exceed ${count} samples`
      : `${where}: the ${empty} part of ${count} samples would be empty`,
    { fix: 'Use sizes that leave samples in every part, or give more samples.', where: empty ?? where },
  );
}

/** Refuses a class that has fewer members than there are parts, as one part would do without it. */
function requireClasses(where: string, { y }: Samples, parts: number): void {
  const sizes = new Map<number, number>();
  for (const label of y.data) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  for (const [label, size] of sizes) {
    if (size >= parts) continue;
    throw new LuthierError(
      'LU_DATA_CLASS',
      `${where}: class ${label} has ${size} ${size === 1 ? 'member' : 'members'} for ${parts} stratified parts`,
      { fix: `Add samples of class ${label}, remove it, or leave stratify out.`, where: 'stratify' },
    );
  }
}

/** Takes the last `held` samples of the order that the options ask for away from the others. */
function holdOut(
  samples: Samples,
  held: number,
  { shuffle = true, stratify = false, groups, seed = 0 }: PartOptions,
): { readonly kept: Samples; readonly held: Samples; readonly rows: Int32Array } {
  const border = sampleCount(samples) - held;
  const how: SplitOptions = {
    trainCount: border,
    shuffle,
    stratify,
    seed,
    ...(groups === undefined ? {} : { groups }),
  };
  const { train, validation } = splitIndices(samples, how);
  if (shuffle || stratify || groups !== undefined) {
    return { kept: take(samples, train), held: take(samples, validation), rows: train };
  }
  return { kept: slice(samples, 0, border), held: slice(samples, border), rows: train };
}

/**
 * Divides samples into a training and a test part, as scikit-learn's `train_test_split`.
 *
 * Default: a quarter tests, drawn at random. In order (`shuffle: false`) both parts are views and nothing is copied.
 * Sizes of grouped parts are as near as whole groups allow.
 *
 * @throws LuthierError LU_DATA_SPLIT (empty parts, too many samples, contradicting options), LU_DATA_CLASS,
 * LU_DATA_GROUPS, LU_DATA_COUNT, LU_DATA_OPTION.
 *
 * @example
 * const { train, test } = trainTestSplit(samples, { test: 0.2, stratify: true, seed: 7 });
 */
export function trainTestSplit(samples: Samples, options: TrainTestOptions = {}): TrainTest {
  const where = 'trainTestSplit';
  refuseUnknown('LU_DATA_OPTION', where, options, ['test', 'train', ...COMMON]);
  requirePairs(samples, where);
  const count = sampleCount(samples);
  const { train, test } = options;
  const kept = train === undefined ? undefined : sizeOf(where, 'train', train, count, Math.floor);
  const rest = kept === undefined ? Math.ceil(count * 0.25) : count - kept;
  const held = test === undefined ? rest : sizeOf(where, 'test', test, count, Math.ceil);
  const sizes = { train: kept ?? count - held, test: held };
  requireParts(where, count, sizes);
  if (options.stratify === true) requireClasses(where, samples, 2);
  if (sizes.train + held === count) {
    const parts = holdOut(samples, held, options);
    return { train: parts.kept, test: parts.held };
  }
  if (options.groups !== undefined) {
    throw new LuthierError('LU_DATA_SPLIT', `${where}: grouped parts cannot leave samples out`, {
      fix: 'Give test or train, not both.',
      where: 'train',
    });
  }
  const outer = holdOut(samples, held, options);
  const spare = holdOut(outer.kept, count - held - sizes.train, options);
  return { train: spare.kept, test: outer.held };
}

/**
 * Divides samples into a training, a validation and a test part.
 *
 * The test part is taken first, then the validation part of what is left. In order (`shuffle: false`) training, validation
 * and test samples follow each other and are views, as when the first 50,000 train and the rest validates. Defaults: a
 * fifth validates, a fifth tests, drawn at random. Shares are rounded to the nearest count; sizes of grouped parts are as
 * near as whole groups allow.
 *
 * @throws LuthierError LU_DATA_SPLIT, LU_DATA_CLASS, LU_DATA_GROUPS, LU_DATA_COUNT, LU_DATA_OPTION.
 *
 * @example
 * const { train, validation, test } = trainValTest(samples, { validation: 10_000, test: 10_000, shuffle: false });
 */
export function trainValTest(samples: Samples, options: TrainValTestOptions = {}): TrainValTest {
  const where = 'trainValTest';
  refuseUnknown('LU_DATA_OPTION', where, options, ['validation', 'test', ...COMMON]);
  requirePairs(samples, where);
  const count = sampleCount(samples);
  const validation = sizeOf(where, 'validation', options.validation ?? 0.2, count, Math.round);
  const test = sizeOf(where, 'test', options.test ?? 0.2, count, Math.round);
  requireParts(where, count, { train: count - validation - test, validation, test });
  if (options.stratify === true) requireClasses(where, samples, 3);
  const outer = holdOut(samples, test, options);
  const { groups } = options;
  // A large group may have left fewer samples than were to validate.
  const most = sampleCount(outer.kept) - 1;
  const inner = holdOut(outer.kept, Math.min(validation, most), {
    ...options,
    ...(groups === undefined ? {} : { groups: Array.from(outer.rows, (row) => groups[row]!) }),
  });
  return { train: inner.kept, validation: inner.held, test: outer.held };
}
