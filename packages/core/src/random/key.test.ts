import { describe, expect, it } from 'vitest';
import { type KeyPart, randomKey } from './key.ts';

describe('randomKey', () => {
  it('gives equal parts the equal key', () => {
    expect(randomKey(42, 'trial', 7)).toEqual(randomKey(42, 'trial', 7));
    expect(randomKey(-0)).toEqual(randomKey(0));
  });

  it('tells numbers from their spellings and parts from their concatenation', () => {
    const apart: KeyPart[][] = [['ab', 'c'], ['a', 'bc'], ['abc'], [1], ['1'], [1, 1], [], [''], ['', '']];
    const keys = new Set(apart.map((parts) => JSON.stringify(randomKey(...parts))));
    expect(keys.size).toBe(apart.length);
  });

  it('has no collision among 100,000 neighbouring keys (chance by accident below 1e-6)', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      for (let trial = 0; trial < 1000; trial++) {
        const { k0, k1 } = randomKey(seed, 'trial', trial);
        // 53 of 64 bits; n²/2 / 2^53 = 6e-7 at most for these.
        seen.add((k0 >>> 0) * 0x20_0000 + (k1 >>> 11));
      }
    }
    expect(seen.size).toBe(100_000);
  });
});
