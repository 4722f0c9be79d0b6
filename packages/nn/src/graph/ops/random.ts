import { requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import { add, divide, multiply, subtract } from './arithmetic.ts';
import { bitwiseXor, shiftLeft, shiftRight } from './bits.ts';
import { cast } from './cast.ts';
import { greaterEqual } from './compare.ts';
import { cosine, log, sine, sqrt } from './elementwise.ts';
import { reshape } from './shape.ts';
import { concat, slice } from './slice.ts';
import { constant, type Operand, scalar } from './sources.ts';

const GOLDEN = 0x9e3779b9;

/** Elements that one hash serves. */
const LANES = 8;

/**
 * Multiplier of the linear congruential generator that makes numbers of a hash: modulo 2^32 it has a good lattice in all of
 * 2 to 6 dimensions (D. Knuth, The Art of Computer Programming 2, section 3.3.4, table 1), and so have its powers to the
 * seventh in two.
 */
const MULTIPLIER = 1664525;

/** Numbers in a row, at least: operands that repeat in short rows are slow. */
const ROW_WIDTH = 512;

/** `start, start + step, ...` modulo 2^32. */
function progression(length: number, step: number, shape: Shape): Node {
  const values = Uint32Array.from({ length }, (_, i) => Math.imul(i, step) >>> 0);
  return constant([...values], shape, 'uint32');
}

function requireKey(key: Node): void {
  requireTypes('randomBits', [key], ['uint32']);
  if (sizeOf(key.shape) !== 1) {
    throw shapeError('randomBits', 'the key is not one number', [key], 'Give one uint32 per call.');
  }
}

/**
 * 32 random bits per element, a pure function of key and position: same key, same bits, on any machine.
 *
 * `h = position * 0x9E3779B9 + key`, then lowbias32: `h ^= h >> 16; h *= 0x7feb352d; h ^= h >> 15; h *= 0x846ca68b;
 * h ^= h >> 16` (C. Wellons, "Prospecting for hash functions", 2018). Keys must be mixed well already: key and
 * key + 0x9E3779B9 give the same stream shifted by one position.
 *
 * @example
 * randomBits(input('key', 'uint32', []), [32, 512]);
 */
export function randomBits(key: Node, shape: Shape): Node {
  requireKey(key);
  const [rows, columns] = longRows(shape);
  // One progression per axis instead of a counter per element keeps the model small at equal cost.
  const start = add(progression(rows, Math.imul(columns, GOLDEN), [rows, 1]), reshape(key, [1, 1]));
  let h = add(start, progression(columns, GOLDEN, [1, columns]));
  h = multiply(bitwiseXor(h, shiftRight(h, 16)), 0x7feb352d);
  h = multiply(bitwiseXor(h, shiftRight(h, 15)), 0x846ca68b);
  return reshape(bitwiseXor(h, shiftRight(h, 16)), shape);
}

/** The same elements in rows, joined by twos until they are long. */
function longRows(shape: Shape): readonly [rows: number, columns: number] {
  let columns = shape.at(-1) ?? 1;
  let rows = sizeOf(shape.slice(0, -1));
  while (columns < ROW_WIDTH && rows > 1 && rows % 2 === 0) {
    rows /= 2;
    columns *= 2;
  }
  return [rows, columns];
}

/** An eighth of a shape's elements, in a shape that needs only short progressions. */
function eighthOf(shape: Shape): Shape {
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape.slice(0, -1));
  if (rows % LANES === 0) return [rows / LANES, columns];
  return [rows, Math.ceil(columns / LANES)];
}

/**
 * Random numbers whose upper 16 bits count. A hash, the dearest part of a mask, and the seven numbers after it of a linear
 * congruential generator serve eight elements that are an eighth of the shape apart.
 */
function randomLanes(key: Node, shape: Shape): Node {
  const part = eighthOf(shape);
  const powers: number[] = [1];
  while (powers.length < LANES) powers.push(Math.imul(powers.at(-1)!, MULTIPLIER) >>> 0);
  const bits = reshape(randomBits(key, part), [1, sizeOf(part)]);
  const all = multiply(bits, constant(powers, [LANES, 1], 'uint32'));
  const size = sizeOf(shape);
  const flat = reshape(all, [LANES * sizeOf(part)]);
  return reshape(sizeOf(part) * LANES === size ? flat : slice(flat, [0], [size]), shape);
}

/** The share `p` (0 <= p < 1) in whole 65,536ths, rounded down. */
function share16(p: Operand): Node {
  return cast(multiply(typeof p === 'number' ? scalar(p) : p, 2 ** 16), 'uint32');
}

function notBelow(key: Node, share: Node, shape: Shape): Node {
  return greaterEqual(randomLanes(key, shape), shiftLeft(share, 16));
}

/**
 * true with a probability that may be fed while running, false otherwise.
 *
 * Exact for every `p` that is a multiple of 2^-16 (0 and 0.5 included), else rounded down to one. Needs 0 <= p < 1.
 */
export function bernoulliNot(key: Node, p: Operand, shape: Shape): Node {
  return notBelow(key, share16(p), shape);
}

/** A dropout mask in two factors: 0 with probability `rate`, else 1; and the scalar `1 / (1 - rate)`. Both float32. */
export function dropoutFactors(
  key: Node,
  rate: Operand,
  shape: Shape,
): { readonly kept: Node; readonly scale: Node } {
  const share = share16(rate);
  return {
    kept: cast(notBelow(key, share, shape), 'float32'),
    scale: divide(1, subtract(1, multiply(cast(share, 'float32'), 2 ** -16))),
  };
}

/**
 * A dropout mask: 0 with probability `rate`, else `1 / (1 - rate)`, so that the mean is 1. float32.
 *
 * The rate may be fed while running; it needs 0 <= rate < 1, and takes effect, in the scale too, in steps of 2^-16. At
 * rate 0 all elements are 1.
 *
 * @example
 * multiply(x, dropoutMask(input('key', 'uint32', []), input('rate', 'float32', []), x.shape));
 */
export function dropoutMask(key: Node, rate: Operand, shape: Shape): Node {
  const { kept, scale } = dropoutFactors(key, rate, shape);
  return multiply(kept, scale);
}

/** Uniform float32 in [0, 1), in steps of 2^-24. */
export function randomUniform(key: Node, shape: Shape): Node {
  return multiply(cast(shiftRight(randomBits(key, shape), 8), 'float32'), 2 ** -24);
}

/**
 * Standard normal float32 numbers, a pure function of key and position.
 *
 * Box and Muller 1958: `sqrt(-2 ln(1 - u)) * (cos(2 pi v), sin(2 pi v))` of pairs of uniform numbers; the first half of
 * the elements are cosines, the others sines. As u has 24 bits, no number lies beyond 5.77.
 *
 * @example
 * add(x, multiply(0.1, randomNormal(input('key', 'uint32', []), x.shape)));
 */
export function randomNormal(key: Node, shape: Shape): Node {
  const size = sizeOf(shape);
  const pairs = Math.ceil(size / 2);
  const uniform = randomUniform(key, [2, pairs]);
  const radius = sqrt(multiply(log(subtract(1, slice(uniform, [0], [1]))), -2));
  const angle = multiply(slice(uniform, [1], [2]), 2 * Math.PI);
  const both = concat([multiply(radius, cosine(angle)), multiply(radius, sine(angle))], 1);
  return reshape(slice(both, [0], [size], { axes: [1] }), shape);
}
