import { LuthierError } from '@luthier/core';
import { requirePairs, rowSize, type Samples, sampleCount } from './dataset.ts';
import type { SplitIndices } from './split.ts';

/** A way to divide samples several times into a training and a validation part. */
export interface Folds {
  readonly kind: string;
  /** The row numbers of every fold; a plain count is enough where labels play no part. */
  readonly split: (data: Samples | number) => readonly SplitIndices[];
}

/** The number of samples of data or of a plain count. */
export function countOf(kind: string, data: Samples | number): number {
  if (typeof data !== 'number') requirePairs(data, kind);
  const count = typeof data === 'number' ? data : sampleCount(data);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new LuthierError('LU_FOLDS_EMPTY', `${kind}: ${count} is not a number of samples`, {
    fix: 'Give samples, or how many there are.',
    where: kind,
  });
}

/** One label a sample, or a refusal. */
export function labelsOf(kind: string, data: Samples | number): ArrayLike<number> {
  countOf(kind, data);
  if (typeof data !== 'number' && rowSize(data.y) === 1) return data.y.data;
  const found = typeof data === 'number' ? 'only a count' : `labels of shape [${data.y.shape.join(', ')}]`;
  throw new LuthierError('LU_FOLDS_LABELS', `${kind} needs one label a sample, found ${found}`, {
    fix: 'Give samples with integer labels of shape [n], or use kFold.',
    where: kind,
  });
}

/** Refuses more parts than there are things to divide. */
export function requireEnough(kind: string, option: string, wanted: number, there: number, of: string): void {
  if (wanted <= there) return;
  throw new LuthierError(
    'LU_FOLDS_TOO_MANY',
    `${kind}: ${option} is ${wanted}, but there are only ${there} ${of}`,
    {
      fix: `Use ${option} of at most ${there}.`,
      where: kind,
    },
  );
}

/** The folds in which sample i is held out by fold `assigned[i]`; rows stay in their order. */
export function foldsByAssignment(assigned: ArrayLike<number>, folds: number): readonly SplitIndices[] {
  const rows = Int32Array.from({ length: assigned.length }, (_, row) => row);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => assigned[row] !== fold),
    validation: rows.filter((row) => assigned[row] === fold),
  }));
}
