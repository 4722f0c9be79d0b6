import { LuthierError } from '@luthier/core';
import type { Tensor } from '../dataset.ts';
import type { Lexicon } from './lexicon.ts';

/** Rows of mostly zeros: those of row i are `offsets[i]` to `offsets[i + 1]` of columns and values, columns ascending. */
export interface SparseRows {
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly shape: readonly [rows: number, columns: number];
}

/** Most values of a dense tensor: 8 GB of float32. */
const DENSE_LIMIT = 2 ** 31;

/** Refuses what is no list of texts. */
export function requireTexts(where: string, texts: readonly string[]): void {
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new LuthierError('LU_TEXT_EMPTY', `${where}: there are no texts`, {
      fix: 'Give an array with at least one text.',
      where,
    });
  }
  const bad = texts.findIndex((text) => typeof text !== 'string');
  if (bad === -1) return;
  throw new LuthierError('LU_TEXT_TYPE', `${where}: text ${bad} is ${String(texts[bad])}, not a text`, {
    fix: 'Fill in or leave out missing texts.',
    where,
  });
}

/** Columns and values one after another, in storage that doubles as it fills. */
interface Entries {
  readonly push: (column: number, value: number) => void;
  readonly length: () => number;
  readonly take: () => Pick<SparseRows, 'columns' | 'values'>;
}

function createEntries(): Entries {
  let columns = new Int32Array(1 << 16);
  let values = new Float64Array(1 << 16);
  let length = 0;
  const grow = (): void => {
    const [before, beforeValues] = [columns, values];
    columns = new Int32Array(2 * length);
    values = new Float64Array(2 * length);
    columns.set(before);
    values.set(beforeValues);
  };
  return {
    push: (column, value) => {
      if (length === columns.length) grow();
      columns[length] = column;
      values[length] = value;
      length += 1;
    },
    length: () => length,
    take: () => ({ columns: columns.slice(0, length), values: values.slice(0, length) }),
  };
}

/**
 * How often each text has each token of the lexicon. Unknown tokens are left out, or added to the lexicon if `isOpen`;
 * columns of a row then are in the order of the text.
 */
export function countTokens(texts: readonly string[], lexicon: Lexicon, isOpen: boolean): SparseRows {
  const offsets = new Int32Array(texts.length + 1);
  const entries = createEntries();
  let counts = new Float64Array(1 << 12);
  let met = new Int32Array(1 << 12);
  let distinct = 0;
  let width = 0;
  const add = (token: number): void => {
    if (token === -1) return;
    if (token >= counts.length) {
      const [before, beforeMet] = [counts, met];
      counts = new Float64Array(2 * Math.max(token, before.length));
      met = new Int32Array(counts.length);
      counts.set(before);
      met.set(beforeMet);
    }
    if (counts[token] === 0) {
      met[distinct] = token;
      distinct += 1;
    }
    counts[token]! += 1;
    if (token >= width) width = token + 1;
  };
  for (const [row, text] of texts.entries()) {
    distinct = 0;
    lexicon.each(text, isOpen, add);
    const columns = met.subarray(0, distinct);
    if (!isOpen) columns.sort();
    for (const column of columns) {
      entries.push(column, counts[column]!);
      counts[column] = 0;
    }
    offsets[row + 1] = entries.length();
  }
  return { offsets, ...entries.take(), shape: [texts.length, width] };
}

/** All values, zeros included, as float32 of shape [n, columns]. */
export function toDense(where: string, sparse: SparseRows): Tensor {
  const [rows, width] = sparse.shape;
  if (rows * width > DENSE_LIMIT) {
    throw new LuthierError(
      'LU_TEXT_SIZE',
      `${where}: ${rows} texts by ${width} tokens would take ${Math.round((rows * width) / 2 ** 28)} GB`,
      { fix: 'Set maxFeatures or minDf, or use transformSparse.', where: 'maxFeatures' },
    );
  }
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let e = sparse.offsets[row]!; e < sparse.offsets[row + 1]!; e++) {
      data[row * width + sparse.columns[e]!] = sparse.values[e]!;
    }
  }
  return { data, shape: [rows, width] };
}
