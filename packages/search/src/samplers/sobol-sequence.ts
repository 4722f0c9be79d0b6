import { randomKey } from '@luthier/core';
import { directionNumbers, SOBOL_DIMENSIONS } from './joe-kuo.ts';

/** Coordinate of point `index` (from 0, in Gray-code order) as a 32-bit fraction; point 0 is the origin. */
export function sobolBits(index: number, dimension: number): number {
  const numbers = directionNumbers()[dimension]!;
  let gray = (index ^ (index >>> 1)) >>> 0;
  let bits = 0;
  for (let i = 0; gray !== 0; i++, gray >>>= 1) if (gray & 1) bits ^= numbers[i]!;
  return bits >>> 0;
}

function reverseBits(word: number): number {
  let x = word >>> 0;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

/**
 * Owen's nested uniform scrambling of a 32-bit fraction by a hash in which every bit depends on higher bits only.
 *
 * Reference: Laine and Karras 2011, section 3.1, applied to reversed bits as in Burley 2020, "Practical hash-based
 * Owen scrambling".
 */
export function owenScramble(bits: number, seed: number): number {
  let x = reverseBits(bits);
  x = (x + seed) >>> 0;
  x = (x ^ Math.imul(x, 0x6c50b47c)) >>> 0;
  x = (x ^ Math.imul(x, 0xb82f1e52)) >>> 0;
  x = (x ^ Math.imul(x, 0xc7afe638)) >>> 0;
  x = (x ^ Math.imul(x, 0x8d22f6e6)) >>> 0;
  return reverseBits(x);
}

/**
 * Point `index` of the scrambled Sobol sequence: a pure function of index and seed, any point without the others.
 *
 * The first 2^k points put exactly one into each of 2^k equal slices of every dimension. Up to 64 dimensions; further ones are
 * filled with hashed uniform numbers. Coordinates lie in (0, 1).
 *
 * @example
 * sobolPoint(0, 2, 42) // two numbers
 */
export function sobolPoint(index: number, dimensions: number, seed: number): Float64Array {
  const point = new Float64Array(dimensions);
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const key = randomKey(seed, 'sobol', dimension);
    const bits =
      dimension < SOBOL_DIMENSIONS
        ? owenScramble(sobolBits(index, dimension), key.k0)
        : randomKey(seed, 'sobol', dimension, index).k0;
    point[dimension] = (bits + 0.5) / 0x1_0000_0000;
  }
  return point;
}
