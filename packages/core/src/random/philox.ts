/** A 64-bit key of the counter-based generator, as two unsigned 32-bit words. */
export interface RandomKey {
  readonly k0: number;
  readonly k1: number;
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/**
 * High 32 bits of the product of two unsigned 32-bit integers, the first in halves.
 *
 * Of 32-bit integers only, whose sign does not matter: no number here leaves the registers of the processor.
 */
function multiplyHigh(a0: number, a1: number, b: number): number {
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle1 = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const middle2 = (Math.imul(a0, b1) + (middle1 & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (middle1 >>> 16) + (middle2 >>> 16)) | 0;
}

/**
 * Philox4x32-10: four unsigned 32-bit random words from a key and a 128-bit counter, written to `out` from `at` on.
 *
 * A pure function, so that any draw can be made again by anyone who knows key and counter.
 * Reference: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
 */
export function philox(
  key: RandomKey,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array,
  at = 0,
): void {
  let x0 = c0 | 0;
  let x1 = c1 | 0;
  let x2 = c2 | 0;
  let x3 = c3 | 0;
  let k0 = key.k0 | 0;
  let k1 = key.k1 | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0 & 0xffff, M0 >>> 16, x0);
    const low0 = Math.imul(M0, x0);
    const high1 = multiplyHigh(M1 & 0xffff, M1 >>> 16, x2);
    const low1 = Math.imul(M1, x2);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
  out[at + 2] = x2;
  out[at + 3] = x3;
}
