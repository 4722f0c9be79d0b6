import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { keyHash } from './key-hash.ts';

const hash = (...values: (number | string | boolean | undefined)[]) =>
  keyHash(values.length, (i) => values[i]);

describe('keyHash', () => {
  it('is eight characters, equal for equal sequences', () => {
    expect(hash(1, 'a', true, undefined)).toHaveLength(8);
    expect(hash(1, 'a', true, undefined)).toBe(hash(1, 'a', true, undefined));
    expect(hash(0)).toBe(hash(-0));
  });
  it('tells types, order and length apart', () => {
    const different = [
      [1],
      ['1'],
      [true],
      [false],
      [undefined],
      [],
      [1, 2],
      [2, 1],
      ['a', 'b'],
      ['ab'],
      ['b', 'a'],
      [0],
      [''],
      ['', ''],
    ];
    expect(new Set(different.map((values) => hash(...values))).size).toBe(different.length);
  });
  it('tells apart numbers that differ in their highest bits only, in every place', () => {
    const seen = new Set<string>();
    for (let code = 0; code < 2 ** 16; code++) seen.add(keyHash(8, (i) => 2 ** ((code >> (2 * i)) & 3)));
    expect(seen.size).toBe(2 ** 16);
  });
  it('flips half of its bits when one bit of a number flips (within 1 %)', () => {
    const random = generator(randomKey(1));
    let flipped = 0;
    const runs = 4000;
    for (let run = 0; run < runs; run++) {
      const value = random.uniform();
      const [a, b] = [hash(value, 0.5, 0.25), hash(value * (1 + 2 ** -52) + 2 ** -53, 0.5, 0.25)];
      for (let i = 0; i < 8; i++)
        for (let bits = a.charCodeAt(i) ^ b.charCodeAt(i); bits > 0; bits &= bits - 1) flipped += 1;
    }
    expect(Math.abs(flipped / (128 * runs) - 0.5)).toBeLessThan(0.005);
  });
});
