import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../../layers/options.ts';
import type { Tensor } from '../dataset.ts';
import { countTokens, requireTexts, type SparseRows, toDense } from './counts.ts';
import { readLexicon, type TokenOptions } from './tokens.ts';
import { chooseTokens, readVocabularyRule, type VocabularyOptions } from './vocabulary.ts';

/** Options of `countVectorizer`. */
export interface CountVectorizerOptions extends TokenOptions, VocabularyOptions {
  /** Only whether a token is there, not how often. Default false. */
  readonly binary?: boolean;
  /** The tokens to count, in this order; nothing is learned from training texts then. Default those of the training texts. */
  readonly vocabulary?: readonly string[];
}

/** What was learned from training texts. */
export interface FittedTextVectorizer {
  /** The token of every column. */
  readonly vocabulary: readonly string[];
  /** One row a text. */
  readonly transform: (texts: readonly string[]) => Tensor;
}

/** Vectors of tokens. */
export interface FittedTokenVectorizer extends FittedTextVectorizer {
  /** The same without zeros, for vocabularies too large to be written out. */
  readonly transformSparse: (texts: readonly string[]) => SparseRows;
}

/** A way to turn texts into numbers, to be fitted on training texts. */
export interface TextVectorizer {
  readonly kind: string;
  readonly fit: (train: readonly string[]) => FittedTextVectorizer;
  /** Fits, and gives the training texts transformed: a bag of words reads them once for both. */
  readonly fitTransform: (train: readonly string[]) => {
    readonly fitted: FittedTextVectorizer;
    readonly x: Tensor;
  };
}

/** A bag of words to be fitted. */
export interface TokenVectorizer<F extends FittedTokenVectorizer = FittedTokenVectorizer>
  extends TextVectorizer {
  readonly fit: (train: readonly string[]) => F;
  readonly fitTransform: (train: readonly string[]) => { readonly fitted: F; readonly x: Tensor };
  /** The same without zeros. */
  readonly fitTransformSparse: (train: readonly string[]) => { readonly fitted: F; readonly x: SparseRows };
}

/** The ways to fit, from the one that gives the training texts transformed. */
export function tokenVectorizer<F extends FittedTokenVectorizer>(
  kind: string,
  fitTransformSparse: TokenVectorizer<F>['fitTransformSparse'],
): TokenVectorizer<F> {
  return {
    kind,
    fit: (train) => fitTransformSparse(train).fitted,
    fitTransform: (train) => {
      const { fitted, x } = fitTransformSparse(train);
      return { fitted, x: toDense(kind, x) };
    },
    fitTransformSparse,
  };
}

/** The names of the options of `countVectorizer`. */
export const COUNT_OPTIONS: readonly (keyof CountVectorizerOptions)[] = [
  'lowercase',
  'stripAccents',
  'analyzer',
  'tokenPattern',
  'ngrams',
  'stopWords',
  'minDf',
  'maxDf',
  'maxFeatures',
  'binary',
  'vocabulary',
];

/** Counts the tokens of texts. */
export interface TokenCounter {
  readonly vocabulary: readonly string[];
  readonly count: (texts: readonly string[]) => SparseRows;
  /** The counts of the training texts. */
  readonly trained: SparseRows;
}

function binarized(counted: SparseRows): SparseRows {
  return { ...counted, values: counted.values.map(() => 1) };
}

/** The counts of the columns that are kept, in their new order. */
function keepColumns(counted: SparseRows, columns: Int32Array, width: number): SparseRows {
  const [rows] = counted.shape;
  const offsets = new Int32Array(rows + 1);
  const kept = new Int32Array(counted.columns.length);
  const values = new Float64Array(counted.columns.length);
  const byColumn = new Float64Array(width);
  let length = 0;
  for (let row = 0; row < rows; row++) {
    const start = length;
    for (let e = counted.offsets[row]!; e < counted.offsets[row + 1]!; e++) {
      const column = columns[counted.columns[e]!]!;
      if (column === -1) continue;
      kept[length] = column;
      byColumn[column] = counted.values[e]!;
      length += 1;
    }
    kept.subarray(start, length).sort();
    for (let e = start; e < length; e++) values[e] = byColumn[kept[e]!]!;
    offsets[row + 1] = length;
  }
  return { offsets, columns: kept.slice(0, length), values: values.slice(0, length), shape: [rows, width] };
}

function requireDistinct(where: string, vocabulary: readonly string[]): void {
  const names = new Set(vocabulary);
  if (vocabulary.length > 0 && names.size === vocabulary.length) return;
  throw new LuthierError(
    'LU_TEXT_OPTION',
    `${where}: the vocabulary ${vocabulary.length === 0 ? 'is empty' : 'has a token twice'}`,
    { fix: 'Give one or more different tokens.', where: 'vocabulary' },
  );
}

/** Checks the options and gives what learns a vocabulary and counts by it. */
export function createCounter(
  where: string,
  options: CountVectorizerOptions,
): (train: readonly string[]) => TokenCounter {
  const createLexicon = readLexicon(where, options);
  const rule = readVocabularyRule(where, options);
  const given = options.vocabulary;
  if (given !== undefined) requireDistinct(where, given);
  const finish = options.binary === true ? binarized : (counted: SparseRows): SparseRows => counted;
  return (train) => {
    requireTexts(where, train);
    const counterBy = (vocabulary: readonly string[]): TokenCounter['count'] => {
      const lexicon = createLexicon(vocabulary);
      return (texts) => {
        requireTexts(where, texts);
        const counted = countTokens(texts, lexicon, false);
        return finish({ ...counted, shape: [texts.length, vocabulary.length] });
      };
    };
    if (given !== undefined) {
      const count = counterBy(given);
      return { vocabulary: given, count, trained: count(train) };
    }
    const lexicon = createLexicon([]);
    const counted = countTokens(train, lexicon, true);
    const tokens = lexicon.tokens();
    const vocabulary = chooseTokens(where, counted, tokens, rule);
    const columns = new Int32Array(tokens.length).fill(-1);
    const places = new Map(vocabulary.map((token, column) => [token, column]));
    for (const [number, token] of tokens.entries()) columns[number] = places.get(token) ?? -1;
    return {
      vocabulary,
      count: counterBy(vocabulary),
      trained: finish(keepColumns(counted, columns, vocabulary.length)),
    };
  };
}

/**
 * Bags of words: how often each text has each token of the training texts.
 *
 * Columns are the tokens in ascending order; tokens not met in training are left out. Results are float32 of shape
 * [n, tokens]. Options, defaults and results of scikit-learn's `CountVectorizer`.
 *
 * @throws LuthierError LU_TEXT_OPTION; on fit LU_TEXT_EMPTY, LU_TEXT_TYPE, LU_TEXT_VOCABULARY; on transform LU_TEXT_SIZE.
 *
 * @example
 * const bag = countVectorizer().fit(['the cat sat', 'the dog']);
 * bag.vocabulary; // ['cat', 'dog', 'sat', 'the']
 * bag.transform(['the cat, the bird']).data; // Float32Array [1, 0, 0, 2]
 */
export function countVectorizer(options: CountVectorizerOptions = {}): TokenVectorizer {
  const kind = 'countVectorizer';
  refuseUnknown('LU_TEXT_OPTION', kind, options, COUNT_OPTIONS);
  const learn = createCounter(kind, options);
  return tokenVectorizer(kind, (train) => {
    const { vocabulary, count, trained } = learn(train);
    const fitted = {
      vocabulary,
      transform: (texts: readonly string[]) => toDense(kind, count(texts)),
      transformSparse: count,
    };
    return { fitted, x: trained };
  });
}
