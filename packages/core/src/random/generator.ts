import { philox, type RandomKey } from './philox.ts';

/** A stream of random numbers over one key: draw n is a pure function of key and n. */
export interface Generator {
  /** An unsigned 32-bit integer. */
  bits(): number;
  /** A float64 in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
  /** Fills an array with standard normal numbers, the same as `normal` gives one by one, sooner. */
  fillNormal(out: Float64Array): void;
  /** An integer in [0, bound), without modulo bias. */
  integer(bound: number): number;
  /** A permutation of 0..length-1 (Fisher-Yates). */
  permutation(length: number): Int32Array;
}

/** Where a generator stands. */
interface Stream {
  readonly key: RandomKey;
  /** Blocks of four words drawn so far. */
  counter: number;
  words: Uint32Array;
  /** Of the next word. */
  position: number;
}

/** Words drawn ahead at most. */
const MOST_WORDS = 1024;

function refill(stream: Stream): void {
  // Many blocks in a row are fast; who draws few numbers does not wait for more.
  if (stream.counter > 0 && stream.words.length < MOST_WORDS) {
    stream.words = new Uint32Array(4 * stream.words.length);
  }
  const { key, words } = stream;
  let { counter } = stream;
  for (let at = 0; at < words.length; at += 4, counter++) {
    philox(key, counter, Math.floor(counter / 0x1_0000_0000), 0, 0, words, at);
  }
  stream.counter = counter;
  stream.position = 0;
}

function nextBits(stream: Stream): number {
  if (stream.position === stream.words.length) refill(stream);
  return stream.words[stream.position++]!;
}

function nextUniform(stream: Stream): number {
  return ((nextBits(stream) >>> 5) * 0x400_0000 + (nextBits(stream) >>> 6)) / 0x20_0000_0000_0000;
}

/** Normal numbers two by two from `from` on; a last one alone is left. */
function fillPairs(stream: Stream, out: Float64Array, from: number): void {
  for (let i = from; i + 1 < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - nextUniform(stream)));
    const angle = 2 * Math.PI * nextUniform(stream);
    out[i] = radius * Math.cos(angle);
    out[i + 1] = radius * Math.sin(angle);
  }
}

/**
 * A generator over a key.
 *
 * Normal numbers by Box and Muller 1958; integers by rejection.
 *
 * @example
 * generator(randomKey(42, 'shuffle', epoch)).permutation(50_000)
 */
export function generator(key: RandomKey): Generator {
  const stream: Stream = { key, counter: 0, words: new Uint32Array(4), position: 4 };
  const pair = new Float64Array(2);
  let hasSpare = false;

  const bits = (): number => nextBits(stream);
  const uniform = (): number => nextUniform(stream);
  const normal = (): number => {
    hasSpare = !hasSpare;
    if (!hasSpare) return pair[1]!;
    fillPairs(stream, pair, 0);
    return pair[0]!;
  };
  const fillNormal = (out: Float64Array): void => {
    if (out.length === 0) return;
    const from = hasSpare ? 1 : 0;
    if (hasSpare) out[0] = normal();
    fillPairs(stream, out, from);
    if ((out.length - from) % 2 === 1) out[out.length - 1] = normal();
  };
  const integer = (bound: number): number => {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    for (;;) {
      const value = bits();
      if (value < limit) return value % bound;
    }
  };
  const permutation = (length: number): Int32Array => {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = integer(i + 1);
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
    return order;
  };
  return { bits, uniform, normal, fillNormal, integer, permutation };
}
