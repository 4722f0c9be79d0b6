import { LuthierError } from '@luthier/core';
import { CHARACTER, type Classify, characterLexicon, type Lexicon, splitLexicon } from './lexicon.ts';

/** How texts become tokens; options and semantics of scikit-learn's `CountVectorizer`. */
export interface TokenOptions {
  /** Default true. */
  readonly lowercase?: boolean;
  /** Take accents off letters, so that é counts as e. Default false. */
  readonly stripAccents?: boolean;
  /**
   * What is counted: words, characters across the whole text, or characters within blank-separated words padded by a
   * blank. Default `word`.
   */
  readonly analyzer?: 'word' | 'char' | 'charInWords';
  /** What a word is; its first group if it has one. Default two or more letters, digits or underscores of any script. */
  readonly tokenPattern?: RegExp;
  /** Shortest and longest run of words or characters that counts as one token. Default [1, 1]. */
  readonly ngrams?: readonly [number, number];
  /** Words to leave out, as they are after lowercasing. Default none. */
  readonly stopWords?: readonly string[];
}

/** A letter, a digit or an underscore, as Python's `\w`. */
const WORD_CHARACTER = /^[\p{L}\p{N}_]$/u;
const kindOf: Classify = (character) => (WORD_CHARACTER.test(character) ? CHARACTER.belongs : CHARACTER.ends);
/** Two or more of them, as the default of scikit-learn: `\b\w\w+\b`. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;
const SHORTEST_WORD = 2;

/** Splits a text into the tokens that are counted. */
type Tokenize = (text: string) => readonly string[];

function matcher(pattern: RegExp): Tokenize {
  const flags = pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`;
  const global = new RegExp(pattern.source, flags);
  return (text) => Array.from(text.matchAll(global), (match) => match[1] ?? match[0]);
}

/** Runs of `least` to `most` items, shorter ones first, joined by `between`. */
function runs(items: readonly string[], [least, most]: readonly [number, number], between: string): string[] {
  const found: string[] = [];
  for (let n = least; n <= Math.min(most, items.length); n++) {
    for (let i = 0; i + n <= items.length; i++) found.push(items.slice(i, i + n).join(between));
  }
  return found;
}

/** Character runs of each padded word; a word shorter than a run counts once, as scikit-learn has it. */
function runsInWords(text: string, [least, most]: readonly [number, number]): readonly string[] {
  return text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const characters = Array.from(` ${word} `);
      if (characters.length < least) return [characters.join('')];
      return runs(characters, [least, most], '');
    });
}

function readNgrams(where: string, ngrams: readonly [number, number]): readonly [number, number] {
  const [least, most] = ngrams;
  if (Number.isInteger(least) && Number.isInteger(most) && least >= 1 && most >= least) return ngrams;
  throw new LuthierError('LU_TEXT_OPTION', `${where}: ngrams [${least}, ${most}] do not ascend from 1`, {
    fix: 'Give the shortest and the longest run, such as [1, 2].',
    where: 'ngrams',
  });
}

/** Makes a lexicon that knows some tokens. */
export type CreateLexicon = (known: readonly string[]) => Lexicon;

/** The lexicon that the options describe. */
export function readLexicon(where: string, options: TokenOptions): CreateLexicon {
  const { lowercase = true, stripAccents = false, analyzer = 'word' } = options;
  const ngrams = readNgrams(where, options.ngrams ?? [1, 1]);
  const normalize = (text: string): string => {
    const lowered = lowercase ? text.toLowerCase() : text;
    return stripAccents ? lowered.normalize('NFKD').replace(/\p{M}/gu, '') : lowered;
  };
  const bySplitting =
    (split: Tokenize): CreateLexicon =>
    (known) =>
      splitLexicon((text) => split(normalize(text)), known);
  if (analyzer === 'char') {
    return bySplitting((text) => runs(Array.from(text.replace(/\s\s+/gu, ' ')), ngrams, ''));
  }
  if (analyzer === 'charInWords') return bySplitting((text) => runsInWords(text, ngrams));
  if (analyzer !== 'word') {
    throw new LuthierError('LU_TEXT_OPTION', `${where}: unknown analyzer '${String(analyzer)}'`, {
      fix: 'Use word, char or charInWords.',
      where: 'analyzer',
    });
  }
  const stopWords = new Set(options.stopWords);
  const isSingle = ngrams[1] === 1;
  if (options.tokenPattern === undefined && stopWords.size === 0 && isSingle) {
    return (known) => characterLexicon(normalize, kindOf, SHORTEST_WORD, known);
  }
  const split = matcher(options.tokenPattern ?? WORD);
  return bySplitting((text) => {
    const words = split(text).filter((word) => !stopWords.has(word));
    return isSingle ? words : runs(words, ngrams, ' ');
  });
}
