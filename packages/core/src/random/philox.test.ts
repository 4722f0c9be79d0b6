import { describe, expect, it } from 'vitest';
import { philox } from './philox.ts';

// Random123 1.14.0, tests/kat_vectors, rows "philox4x32 10": counter[4], key[2], expected[4].
const KNOWN = [
  '00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8',
  'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd',
  '243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1',
];

describe('philox', () => {
  it('gives the known answers of Random123', () => {
    for (const row of KNOWN) {
      const word = row.split(' ').map((hex) => Number.parseInt(hex, 16));
      const out = new Uint32Array(4);
      philox({ k0: word[4]!, k1: word[5]! }, word[0]!, word[1]!, word[2]!, word[3]!, out);
      expect([...out]).toEqual(word.slice(6));
    }
  });
});
