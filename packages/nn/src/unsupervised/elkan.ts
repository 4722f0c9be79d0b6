import type { Matrix } from './matrix.ts';
import { assignNearest, eachBlock, packCentres } from './nearest-centre.ts';

/** Writes the nearest centre of every row into `labels`; may use what earlier calls with other centres found out. */
export type Assign = (centres: Matrix, labels: Int32Array) => void;

/** Every distance to every centre, each time. */
export function fullAssign(matrix: Matrix, norms: Float64Array): Assign {
  return (centres, labels) => assignNearest(matrix, norms, centres, labels);
}

/** Four sums, as one would wait for each addition. */
function distance(a: Float64Array, from: number, b: Float64Array, to: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = length - (length % 4);
  let j = 0;
  for (; j < whole; j += 4) {
    const d0 = a[from + j]! - b[to + j]!;
    const d1 = a[from + j + 1]! - b[to + j + 1]!;
    const d2 = a[from + j + 2]! - b[to + j + 2]!;
    const d3 = a[from + j + 3]! - b[to + j + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; j < length; j++) s0 += (a[from + j]! - b[to + j]!) ** 2;
  return Math.sqrt(s0 + s1 + (s2 + s3));
}

/** Distances of a row to two centres in one pass over it, which takes two thirds of the time of two passes. */
function distancesToPair(
  data: Float64Array,
  row: number,
  centres: Float64Array,
  first: number,
  second: number,
  length: number,
  out: Float64Array,
): void {
  let a0 = 0;
  let a1 = 0;
  let b0 = 0;
  let b1 = 0;
  const whole = length - (length % 2);
  let j = 0;
  for (; j < whole; j += 2) {
    const x0 = data[row + j]!;
    const x1 = data[row + j + 1]!;
    const c0 = x0 - centres[first + j]!;
    const c1 = x1 - centres[first + j + 1]!;
    const d0 = x0 - centres[second + j]!;
    const d1 = x1 - centres[second + j + 1]!;
    a0 += c0 * c0;
    a1 += c1 * c1;
    b0 += d0 * d0;
    b1 += d1 * d1;
  }
  if (j < length) {
    a0 += (data[row + j]! - centres[first + j]!) ** 2;
    b0 += (data[row + j]! - centres[second + j]!) ** 2;
  }
  out[0] = Math.sqrt(a0 + a1);
  out[1] = Math.sqrt(b0 + b1);
}

interface Bounds {
  /** At least the distance of each row to its centre. */
  readonly upper: Float64Array;
  /** At most the distance of each row to each centre. */
  readonly lower: Float64Array;
  readonly labels: Int32Array;
}

function firstBounds(matrix: Matrix, norms: Float64Array, centres: Matrix): Bounds {
  const k = centres.rows;
  const upper = new Float64Array(matrix.rows);
  const lower = new Float64Array(matrix.rows * k);
  const labels = new Int32Array(matrix.rows);
  eachBlock(matrix, norms, packCentres(centres), (start, count, squares, lanes) => {
    for (let i = 0; i < count; i++) {
      let best = 0;
      for (let c = 0; c < k; c++) {
        lower[(start + i) * k + c] = Math.sqrt(squares[i * lanes + c]!);
        if (squares[i * lanes + c]! < squares[i * lanes + best]!) best = c;
      }
      labels[start + i] = best;
      upper[start + i] = lower[(start + i) * k + best]!;
    }
  });
  return { upper, lower, labels };
}

/** Widens the bounds by how far each centre has moved. */
function widen({ upper, lower, labels }: Bounds, moved: Float64Array): void {
  const k = moved.length;
  for (let i = 0; i < upper.length; i++) {
    upper[i]! += moved[labels[i]!]!;
    for (let c = 0; c < k; c++) lower[i * k + c]! -= moved[c]!;
  }
}

/** Half the distances between centres, and for each the least of them to another centre. */
function halfDistances({ data, rows: k, columns }: Matrix): { half: Float64Array; least: Float64Array } {
  const half = new Float64Array(k * k);
  const least = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      if (a === b) continue;
      const value = distance(data, a * columns, data, b * columns, columns) / 2;
      half[a * k + b] = value;
      least[a] = Math.min(least[a]!, value);
    }
  }
  return { half, least };
}

function reassign(matrix: Matrix, centres: Matrix, { upper, lower, labels }: Bounds): void {
  const { data, rows, columns } = matrix;
  const k = centres.rows;
  const { half, least } = halfDistances(centres);
  const pair = new Float64Array(2);
  for (let i = 0; i < rows; i++) {
    let label = labels[i]!;
    let bound = upper[i]!;
    if (bound <= least[label]!) continue;
    let isTight = false;
    for (let c = 0; c < k; c++) {
      if (c === label || bound <= lower[i * k + c]! || bound <= half[label * k + c]!) continue;
      let other: number;
      if (isTight) other = distance(data, i * columns, centres.data, c * columns, columns);
      else {
        // The own centre may turn out near enough to spare the other; mostly it does not.
        distancesToPair(data, i * columns, centres.data, label * columns, c * columns, columns, pair);
        bound = pair[0]!;
        other = pair[1]!;
        lower[i * k + label] = bound;
        isTight = true;
      }
      lower[i * k + c] = other;
      if (other < bound) {
        label = c;
        bound = other;
      }
    }
    labels[i] = label;
    upper[i] = bound;
  }
}

/**
 * Assignment that skips distances which the triangle inequality shows to be too long: the labels of `fullAssign`, but for
 * ties within rounding. Memory for one float64 a row and centre.
 *
 * Reference: Elkan 2003.
 */
export function elkanAssign(matrix: Matrix, norms: Float64Array): Assign {
  let bounds: Bounds | undefined;
  let before: Matrix | undefined;
  return (centres, labels) => {
    if (bounds === undefined || before === undefined) bounds = firstBounds(matrix, norms, centres);
    else {
      const { data, columns } = before;
      const moved = Float64Array.from({ length: centres.rows }, (_, c) =>
        distance(data, c * columns, centres.data, c * columns, columns),
      );
      widen(bounds, moved);
      reassign(matrix, centres, bounds);
    }
    before = centres;
    labels.set(bounds.labels);
  };
}
