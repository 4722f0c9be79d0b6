import type { ParamValue } from '@luthier/core';

const number = new Float64Array(1);
const numberWords = new Uint32Array(number.buffer);
const lanes = new Uint32Array(4);

const FIRST = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
const SECOND = [0xab0e9789, 0x38b34ae5, 0xa1e38b93, 0x239b961b] as const;
const LEFT = [15, 16, 17, 18] as const;
const TURN = [19, 17, 15, 13] as const;
const PLUS = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17] as const;

let count = 0;

function absorb(word: number): void {
  const lane = count & 3;
  let k = Math.imul(word, FIRST[lane]!);
  k = (k << LEFT[lane]!) | (k >>> (32 - LEFT[lane]!));
  let h = lanes[lane]! ^ Math.imul(k, SECOND[lane]!);
  h = (h << TURN[lane]!) | (h >>> (32 - TURN[lane]!));
  lanes[lane] = Math.imul(h + lanes[(lane + 1) & 3]!, 5) + PLUS[lane]!;
  count += 1;
}

function finished(lane: number): number {
  let h = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Lane 0 takes up the others, then they take it up. */
function gather(): void {
  lanes[0] = lanes[0]! + lanes[1]! + lanes[2]! + lanes[3]!;
  for (let lane = 1; lane < 4; lane++) lanes[lane] = lanes[lane]! + lanes[0]!;
}

/**
 * A hash of `length` values, by type and value (undefined is one of its own), as eight 16-bit characters: MurmurHash3 of 128 bits over
 * their 32-bit words. That two of a million different sequences have the same one happens with a chance of about 1e-27.
 */
export function keyHash(length: number, valueAt: (index: number) => ParamValue | undefined): string {
  lanes.fill(0);
  count = 0;
  for (let index = 0; index < length; index++) {
    const value = valueAt(index);
    if (typeof value === 'number') {
      // Adding 0 turns -0 into 0.
      number[0] = value + 0;
      absorb(1);
      absorb(numberWords[0]!);
      absorb(numberWords[1]!);
    } else if (typeof value === 'string') {
      absorb(2);
      absorb(value.length);
      for (let i = 0; i < value.length; i++) absorb(value.charCodeAt(i));
    } else absorb(value === undefined ? 0 : value ? 3 : 4);
  }
  for (let lane = 0; lane < 4; lane++) lanes[lane] = lanes[lane]! ^ count;
  gather();
  for (let lane = 0; lane < 4; lane++) lanes[lane] = finished(lanes[lane]!);
  gather();
  const [a, b, c, d] = lanes as unknown as readonly [number, number, number, number];
  return String.fromCharCode(
    a & 0xffff,
    a >>> 16,
    b & 0xffff,
    b >>> 16,
    c & 0xffff,
    c >>> 16,
    d & 0xffff,
    d >>> 16,
  );
}
