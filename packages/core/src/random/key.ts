import { philox, type RandomKey } from './philox.ts';

/** A part of a key: seed, trial number, layer name, purpose, step. */
export type KeyPart = number | string;

function absorb(key: RandomKey, low: number, high: number, tag: number): RandomKey {
  const out = new Uint32Array(4);
  philox(key, low, high, tag, 0x4c555448, out);
  return { k0: out[0]!, k1: out[1]! };
}

/**
 * A key for the counter-based generator, derived from its parts in order; equal parts give the equal key, and
 * numbers differ from their spellings (`1` from `'1'`).
 *
 * @example
 * const key = randomKey(studySeed, 'trial', 7, 'dropout', 'hidden1');
 */
export function randomKey(...parts: readonly KeyPart[]): RandomKey {
  let key: RandomKey = { k0: 0, k1: 0 };
  const words = new Uint32Array(2);
  const float = new Float64Array(words.buffer);
  for (const part of parts) {
    if (typeof part === 'number') {
      float[0] = part === 0 ? 0 : part;
      key = absorb(key, words[0]!, words[1]!, 1);
    } else {
      key = absorb(key, part.length, 0, 2);
      for (let i = 0; i < part.length; i++) key = absorb(key, part.charCodeAt(i), i, 3);
    }
  }
  return key;
}
