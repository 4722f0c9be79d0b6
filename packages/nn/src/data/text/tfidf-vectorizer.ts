import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../../layers/options.ts';
import type { Tensor } from '../dataset.ts';
import {
  COUNT_OPTIONS,
  type CountVectorizerOptions,
  createCounter,
  type FittedTokenVectorizer,
  type TokenVectorizer,
  tokenVectorizer,
} from './count-vectorizer.ts';
import { type SparseRows, toDense } from './counts.ts';

/** Options of `tfidfVectorizer`. */
export interface TfidfVectorizerOptions extends CountVectorizerOptions {
  /** Length to which the row of every text is scaled: Euclidean, sum of absolute values, or as it is. Default `l2`. */
  readonly norm?: 'l2' | 'l1' | 'none';
  /** Weigh tokens by how few training texts have them. Default true. */
  readonly useIdf?: boolean;
  /** Count one text more that has every token, so that nothing is divided by 0. Default true. */
  readonly smoothIdf?: boolean;
  /** `1 + ln(count)` instead of the count. Default false. */
  readonly sublinearTf?: boolean;
}

/** A fitted `tfidfVectorizer`. */
export interface FittedTfidfVectorizer extends FittedTokenVectorizer {
  /** The weight of every token. */
  readonly idf: Float64Array;
}

/** A tf-idf weighting to be fitted. */
export type TfidfVectorizer = TokenVectorizer<FittedTfidfVectorizer>;

const KIND = 'tfidfVectorizer';
const NORMS = ['l2', 'l1', 'none'];

function inverseFrequencies({ columns, shape: [texts, width] }: SparseRows, isSmooth: boolean): Float64Array {
  const more = isSmooth ? 1 : 0;
  const documents = new Float64Array(width);
  for (const column of columns) documents[column]! += 1;
  return documents.map((count) => Math.log((texts + more) / (count + more)) + 1);
}

/** Weighs counts and scales rows, in place: they are this function's own. */
function weigh(counted: SparseRows, idf: Float64Array, options: TfidfVectorizerOptions): SparseRows {
  const { offsets, columns, values, shape } = counted;
  const { norm = 'l2', sublinearTf = false } = options;
  for (let e = 0; e < values.length; e++) {
    values[e] = (sublinearTf ? 1 + Math.log(values[e]!) : values[e]!) * idf[columns[e]!]!;
  }
  if (norm === 'none') return counted;
  for (let row = 0; row < shape[0]; row++) {
    let sum = 0;
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    for (let e = start; e < end; e++) sum += norm === 'l2' ? values[e]! * values[e]! : Math.abs(values[e]!);
    const length = norm === 'l2' ? Math.sqrt(sum) : sum;
    if (length > 0) for (let e = start; e < end; e++) values[e]! /= length;
  }
  return counted;
}

/**
 * Bags of words in which rare tokens weigh more: `count * idf`, `idf = ln((1 + n) / (1 + df)) + 1` over the n training texts
 * of which df have the token; every row is then scaled to length 1.
 *
 * Results are float32 of shape [n, tokens]. Options, defaults and results of scikit-learn's `TfidfVectorizer`. Without
 * `smoothIdf`, `idf = ln(n / df) + 1`, and a token of a given vocabulary that no training text has is refused.
 *
 * @throws LuthierError LU_TEXT_OPTION; on fit LU_TEXT_EMPTY, LU_TEXT_TYPE, LU_TEXT_VOCABULARY; on transform LU_TEXT_SIZE.
 *
 * @example
 * const tfidf = tfidfVectorizer({ maxFeatures: 5000 }).fit(trainTexts);
 * const [x, xTest] = [tfidf.transform(trainTexts), tfidf.transform(testTexts)];
 */
export function tfidfVectorizer(options: TfidfVectorizerOptions = {}): TfidfVectorizer {
  const names = [...COUNT_OPTIONS, 'norm', 'useIdf', 'smoothIdf', 'sublinearTf'];
  refuseUnknown('LU_TEXT_OPTION', KIND, options, names);
  if (options.norm !== undefined && !NORMS.includes(options.norm)) {
    throw new LuthierError('LU_TEXT_OPTION', `${KIND}: norm is '${String(options.norm)}'`, {
      fix: `Use one of ${NORMS.join(', ')}.`,
      where: 'norm',
    });
  }
  const learn = createCounter(KIND, options);
  return tokenVectorizer(KIND, (train) => {
    const { vocabulary, count, trained } = learn(train);
    const isWeighted = options.useIdf ?? true;
    const idf = isWeighted
      ? inverseFrequencies(trained, options.smoothIdf ?? true)
      : new Float64Array(vocabulary.length).fill(1);
    const absent = idf.indexOf(Number.POSITIVE_INFINITY);
    if (absent !== -1) {
      throw new LuthierError('LU_TEXT_VOCABULARY', `${KIND}: no training text has '${vocabulary[absent]}'`, {
        fix: 'Leave the token out of the vocabulary, or set smoothIdf.',
        where: 'vocabulary',
      });
    }
    const transformSparse = (texts: readonly string[]): SparseRows => weigh(count(texts), idf, options);
    const transform = (texts: readonly string[]): Tensor => toDense(KIND, transformSparse(texts));
    return { fitted: { vocabulary, idf, transform, transformSparse }, x: weigh(trained, idf, options) };
  });
}
