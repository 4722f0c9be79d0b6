import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireName, requireNumber } from '../../layers/options.ts';
import type { Tensor } from '../dataset.ts';
import type { FittedTextVectorizer, TextVectorizer } from './count-vectorizer.ts';
import { requireTexts } from './counts.ts';
import { CHARACTER, type Classify, characterLexicon, type Lexicon, splitLexicon } from './lexicon.ts';
import type { CreateLexicon } from './tokens.ts';

/** Options of `sequenceVectorizer`. */
export interface SequenceVectorizerOptions {
  /** Most tokens, padding and unknown included; the most frequent ones are kept. Default no limit. */
  readonly maxTokens?: number;
  /** Steps of a sequence; longer ones are cut at the end. Default that of the longest training text. */
  readonly length?: number;
  /** What is done to a text before it is split. Default `lowerAndStripPunctuation`. */
  readonly standardize?:
    | 'lowerAndStripPunctuation'
    | 'lower'
    | 'stripPunctuation'
    | 'none'
    | ((text: string) => string);
  /** What a token is. Default `whitespace`. */
  readonly split?: 'whitespace' | 'character' | ((text: string) => readonly string[]);
  /** The tokens in the order of their numbers from 2; nothing but the length is learned from training texts then. */
  readonly vocabulary?: readonly string[];
}

/** A fitted `sequenceVectorizer`. */
export interface FittedSequenceVectorizer extends FittedTextVectorizer {
  /** Steps of every sequence. */
  readonly length: number;
  /** From numbers back to tokens joined by blanks, padding left out. */
  readonly inverse: (sequences: Tensor) => readonly string[];
}

/** Token sequences to be fitted. */
export interface SequenceVectorizer extends TextVectorizer {
  readonly fit: (train: readonly string[]) => FittedSequenceVectorizer;
  readonly fitTransform: (train: readonly string[]) => {
    readonly fitted: FittedSequenceVectorizer;
    readonly x: Tensor;
  };
}

const KIND = 'sequenceVectorizer';
const CODE = 'LU_TEXT_OPTION';
const PADDING = '';
const UNKNOWN = '[UNK]';
/** The ASCII punctuation that Keras strips. */
const PUNCTUATION = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/;
const BLANK = /\s/u;

interface Standard {
  readonly lowers: boolean;
  readonly strips: boolean;
}

const STANDARDIZE: Readonly<Record<string, Standard>> = {
  lowerAndStripPunctuation: { lowers: true, strips: true },
  lower: { lowers: true, strips: false },
  stripPunctuation: { lowers: false, strips: true },
  none: { lowers: false, strips: false },
};

const SPLIT = {
  whitespace: (text: string): readonly string[] => text.split(/\s+/u).filter((token) => token !== ''),
  character: (text: string): readonly string[] => Array.from(text),
} as const;

function standardizer({ lowers, strips }: Standard): (text: string) => string {
  const all = new RegExp(PUNCTUATION, 'g');
  return (text) => {
    const lowered = lowers ? text.toLowerCase() : text;
    return strips ? lowered.replace(all, '') : lowered;
  };
}

function readLexicon(options: SequenceVectorizerOptions): CreateLexicon {
  const { standardize = 'lowerAndStripPunctuation', split = 'whitespace' } = options;
  const cut = typeof split === 'function' ? split : requireName(CODE, KIND, 'split', split, SPLIT);
  if (typeof standardize === 'function') {
    return (known) => splitLexicon((text) => cut(standardize(text)), known);
  }
  const standard = requireName(CODE, KIND, 'standardize', standardize, STANDARDIZE);
  if (split !== 'whitespace') {
    const prepare = standardizer(standard);
    return (known) => splitLexicon((text) => cut(prepare(text)), known);
  }
  const { ends, isSkipped, belongs } = CHARACTER;
  const classify: Classify = (character) =>
    BLANK.test(character) ? ends : standard.strips && PUNCTUATION.test(character) ? isSkipped : belongs;
  const normalize = (text: string): string => (standard.lowers ? text.toLowerCase() : text);
  return (known) => characterLexicon(normalize, classify, 1, known);
}

/** What training texts say: the tokens, the most frequent first, and the steps of the longest text. */
function study(lexicon: Lexicon, texts: readonly string[]): { tokens: readonly string[]; longest: number } {
  const counts: number[] = [];
  let longest = 0;
  let steps = 0;
  const count = (token: number): void => {
    counts[token] = (counts[token] ?? 0) + 1;
    steps += 1;
  };
  for (const text of texts) {
    steps = 0;
    lexicon.each(text, true, count);
    longest = Math.max(longest, steps);
  }
  const names = lexicon.tokens();
  // Of equally frequent tokens the last in order comes first, as Keras reverses a sort.
  const order = counts
    .map((_, token) => token)
    .sort((a, b) => counts[b]! - counts[a]! || (names[a]! < names[b]! ? 1 : -1));
  return { tokens: order.map((token) => names[token]!), longest };
}

/**
 * Texts as sequences of token numbers, for embeddings and recurrent layers: 0 pads at the end, 1 is a token not met in
 * training, then the tokens of the training texts by falling frequency.
 *
 * Results are int32 of shape [n, length]. Semantics of Keras' `TextVectorization` with `output_mode="int"`, except that
 * without a `length` sequences are as long as the longest training text, not the longest of each call, and that letters
 * of all scripts are lowered, not of ASCII alone.
 *
 * @throws LuthierError LU_TEXT_OPTION; on fit and transform LU_TEXT_EMPTY, LU_TEXT_TYPE; on fit LU_TEXT_VOCABULARY.
 *
 * @example
 * const words = sequenceVectorizer({ maxTokens: 1000, length: 4 }).fit(['the cat sat', 'the dog']);
 * words.vocabulary; // ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
 * words.transform(['the bird sat']).data; // Int32Array [2, 1, 3, 0]
 */
export function sequenceVectorizer(options: SequenceVectorizerOptions = {}): SequenceVectorizer {
  refuseUnknown(CODE, KIND, options, ['maxTokens', 'length', 'standardize', 'split', 'vocabulary']);
  const { vocabulary: given } = options;
  const createLexicon = readLexicon(options);
  const maxTokens =
    options.maxTokens === undefined
      ? Number.POSITIVE_INFINITY
      : requireNumber(CODE, KIND, 'maxTokens', options.maxTokens, {
          text: 'the integers from 3',
          holds: (value) => Number.isInteger(value) && value >= 3,
        });
  if (options.length !== undefined) requireNumber(CODE, KIND, 'length', options.length, ranges.count);
  if (
    given !== undefined &&
    (new Set([PADDING, UNKNOWN, ...given]).size !== given.length + 2 || given.length === 0)
  ) {
    throw new LuthierError(CODE, `${KIND}: the vocabulary is empty or has a token twice`, {
      fix: "Give different tokens, without '' and '[UNK]'.",
      where: 'vocabulary',
    });
  }
  const fit = (train: readonly string[]): FittedSequenceVectorizer => {
    requireTexts(KIND, train);
    const { tokens, longest } = study(createLexicon([]), train);
    const known = (given ?? tokens).slice(0, maxTokens - 2);
    if (known.length === 0 || longest === 0) {
      throw new LuthierError('LU_TEXT_VOCABULARY', `${KIND}: the training texts have no words`, {
        fix: 'Give texts with words, or check standardize and split.',
        where: KIND,
      });
    }
    const vocabulary = [PADDING, UNKNOWN, ...known];
    const lexicon = createLexicon(known);
    const length = options.length ?? longest;
    const transform = (texts: readonly string[]): Tensor => {
      requireTexts(KIND, texts);
      const data = new Int32Array(texts.length * length);
      let at = 0;
      let end = 0;
      const write = (token: number): void => {
        if (at < end) data[at] = token + 2;
        at += 1;
      };
      for (const [row, text] of texts.entries()) {
        at = row * length;
        end = at + length;
        lexicon.each(text, false, write);
      }
      // An unknown token, number -1, has become 1.
      return { data, shape: [texts.length, length] };
    };
    const inverse = ({ data, shape }: Tensor): readonly string[] =>
      Array.from({ length: shape[0]! }, (_, row) => {
        const steps = data.length / shape[0]!;
        const sequence = Array.from(data.subarray(row * steps, (row + 1) * steps));
        return sequence
          .filter((number) => number !== 0)
          .map((number) => vocabulary[number] ?? UNKNOWN)
          .join(' ');
      });
    return { vocabulary, length, transform, inverse };
  };
  const fitTransform: SequenceVectorizer['fitTransform'] = (train) => {
    const fitted = fit(train);
    return { fitted, x: fitted.transform(train) };
  };
  return { kind: KIND, fit, fitTransform };
}
