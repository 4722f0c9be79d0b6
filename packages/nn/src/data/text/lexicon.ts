/** Tokens and their numbers, in the order in which they were first met. */
export interface Lexicon {
  /** Calls `use` with the number of every token of the text; unknown ones are added if `isOpen`, else their number is -1. */
  readonly each: (text: string, isOpen: boolean, use: (token: number) => void) => void;
  readonly tokens: () => readonly string[];
}

/** A lexicon of what a function splits texts into. */
export function splitLexicon(split: (text: string) => readonly string[], known: readonly string[]): Lexicon {
  const numbers = new Map(known.map((token, number) => [token, number]));
  return {
    each: (text, isOpen, use) => {
      for (const token of split(text)) {
        let number = numbers.get(token);
        if (number === undefined && isOpen) {
          number = numbers.size;
          numbers.set(token, number);
        }
        use(number ?? -1);
      }
    },
    tokens: () => [...numbers.keys()],
  };
}

/** What a character does to a token. */
export const CHARACTER = { ends: 1, belongs: 2, isSkipped: 3 } as const;

/** Which of `CHARACTER` a character is. */
export type Classify = (character: string) => number;

/** FNV-1a over UTF-16 units. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const PAIR = -1;

function doubled<T extends Int32Array | Uint16Array>(from: T): T {
  const grown = new (from.constructor as new (length: number) => T)(2 * from.length);
  grown.set(from);
  return grown;
}

/**
 * A lexicon of tokens made of characters of a kind, at least `shortest` of them: one pass over a text without making a
 * string of every token, some five times as fast as splitting.
 *
 * The units of a token are written behind those of the known ones, where they stay if it is new; tokens are found in an
 * open hash table.
 */
export function characterLexicon(
  normalize: (text: string) => string,
  classify: Classify,
  shortest: number,
  known: readonly string[],
): Lexicon {
  const { ends: ENDS, belongs: BELONGS } = CHARACTER;
  const kinds = new Uint8Array(0x10000);
  let units = new Uint16Array(1 << 16);
  let starts = new Int32Array(1 << 12);
  let hashes = new Int32Array(1 << 12);
  let slots = new Int32Array(1 << 13);
  let count = 0;

  /** The kind of a unit met for the first time; those of pairs are never kept, as the two decide together. */
  const kindOf = (text: string, at: number): number => {
    const unit = text.charCodeAt(at);
    const isPair = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (isPair) return PAIR;
    const kind = classify(text[at]!);
    if ((unit & 0xf800) !== 0xd800) kinds[unit] = kind;
    return kind;
  };
  const isEqual = (number: number, start: number, length: number): boolean => {
    const from = starts[number]!;
    if (starts[number + 1]! - from !== length) return false;
    for (let i = 0; i < length; i++) if (units[from + i] !== units[start + i]) return false;
    return true;
  };
  const enlarge = (): void => {
    slots = new Int32Array(2 * slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < count; number++) {
      let slot = hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
  };
  /** The number of the token whose units are written from the end of the known ones on. */
  const numberOf = (hash: number, length: number, isOpen: boolean): number => {
    const start = starts[count]!;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (hashes[number] === hash && isEqual(number, start, length)) return number;
    }
    if (!isOpen) return -1;
    if (count + 2 >= starts.length) {
      starts = doubled(starts);
      hashes = doubled(hashes);
    }
    slots[slot] = count + 1;
    hashes[count] = hash;
    count += 1;
    starts[count] = start + length;
    if (2 * count > slots.length) enlarge();
    return count - 1;
  };
  const reserve = (length: number): Uint16Array => {
    while (starts[count]! + length > units.length) units = doubled(units);
    return units;
  };
  const each = (given: string, isOpen: boolean, use: (token: number) => void): void => {
    const text = normalize(given);
    const end = text.length;
    // All that a text could add, so that the loop need not look.
    const buffer = reserve(end);
    let hash = HASH_START;
    let start = starts[count]!;
    let length = 0;
    let characters = 0;
    for (let at = 0; at <= end; at++) {
      const unit = at < end ? text.charCodeAt(at) : 0;
      let kind = at < end ? kinds[unit]! : ENDS;
      if (kind === 0) {
        kind = kindOf(text, at);
        if (kind === PAIR) {
          kind = classify(text.slice(at, at + 2));
          if (kind === BELONGS) {
            buffer[start + length] = unit;
            hash = Math.imul(hash ^ unit, HASH_PRIME);
            length += 1;
          }
          at += 1;
        }
      }
      if (kind === BELONGS) {
        const last = text.charCodeAt(at);
        buffer[start + length] = last;
        hash = Math.imul(hash ^ last, HASH_PRIME);
        length += 1;
        characters += 1;
      } else if (kind === ENDS && length > 0) {
        if (characters >= shortest) {
          use(numberOf(hash, length, isOpen));
          start = starts[count]!;
        }
        hash = HASH_START;
        length = 0;
        characters = 0;
      }
    }
  };
  const stringOf = (number: number): string =>
    String.fromCharCode(...units.subarray(starts[number]!, starts[number + 1]!));
  for (const token of known) {
    const start = starts[count]!;
    let hash = HASH_START;
    reserve(token.length);
    for (let i = 0; i < token.length; i++) {
      units[start + i] = token.charCodeAt(i);
      hash = Math.imul(hash ^ units[start + i]!, HASH_PRIME);
    }
    numberOf(hash, token.length, true);
  }
  return { each, tokens: () => Array.from({ length: count }, (_, number) => stringOf(number)) };
}
