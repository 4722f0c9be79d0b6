import { philox, type RandomKey } from './philox.ts';

/** A stream of random numbers over one key: draw n is a pure function of key and n. */
export interface Generator {
  /** An unsigned 32-bit integer. */
  bits(): number;
  /** A float64 in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
  /** An integer in [0, bound), without modulo bias. */
  integer(bound: number): number;
  /** A permutation of 0..length-1 (Fisher-Yates). */
  permutation(length: number): Int32Array;
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
  const block = new Uint32Array(4);
  let counter = 0;
  let position = 4;
  let spare: number | undefined;

  const bits = (): number => {
    if (position === 4) {
      philox(key, counter >>> 0, Math.floor(counter / 0x1_0000_0000), 0, 0, block);
      counter += 1;
      position = 0;
    }
    return block[position++]!;
  };
  const uniform = (): number => ((bits() >>> 5) * 0x400_0000 + (bits() >>> 6)) / 0x20_0000_0000_0000;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
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
  return { bits, uniform, normal, integer, permutation };
}
