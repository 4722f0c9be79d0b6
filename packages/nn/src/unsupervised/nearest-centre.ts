import { type Matrix, squaredNorms } from './matrix.ts';

const LANES = 4;
const BLOCK = 128;

/** Centres laid out four side by side, so that one pass over a sample meets four of them. */
export interface PackedCentres {
  readonly data: Float64Array;
  /** Squared lengths; Infinity for the lanes that only fill up. */
  readonly norms: Float64Array;
  readonly count: number;
  readonly columns: number;
}

/** Packs centres for `eachBlock`. */
export function packCentres(centres: Matrix): PackedCentres {
  const { rows: count, columns } = centres;
  const quads = Math.ceil(count / LANES);
  const data = new Float64Array(quads * LANES * columns);
  for (let c = 0; c < count; c++) {
    const start = Math.floor(c / LANES) * columns * LANES + (c % LANES);
    for (let j = 0; j < columns; j++) data[start + j * LANES] = centres.data[c * columns + j]!;
  }
  const norms = new Float64Array(quads * LANES).fill(Number.POSITIVE_INFINITY);
  norms.set(squaredNorms(centres));
  return { data, norms, count, columns };
}

/** Products of two rows with all centres: eight sums in registers, each number loaded once. */
function multiplyPair(
  x: Float64Array,
  a: number,
  b: number,
  packed: PackedCentres,
  out: Float64Array,
  to: number,
): void {
  const { data, columns, norms } = packed;
  const lanes = norms.length;
  let at = 0;
  for (let c = 0; c < lanes; c += LANES) {
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    for (let j = 0; j < columns; j++, at += LANES) {
      const u = x[a + j]!;
      const v = x[b + j]!;
      const c0 = data[at]!;
      const c1 = data[at + 1]!;
      const c2 = data[at + 2]!;
      const c3 = data[at + 3]!;
      a0 += u * c0;
      a1 += u * c1;
      a2 += u * c2;
      a3 += u * c3;
      b0 += v * c0;
      b1 += v * c1;
      b2 += v * c2;
      b3 += v * c3;
    }
    out[to + c] = a0;
    out[to + c + 1] = a1;
    out[to + c + 2] = a2;
    out[to + c + 3] = a3;
    out[to + lanes + c] = b0;
    out[to + lanes + c + 1] = b1;
    out[to + lanes + c + 2] = b2;
    out[to + lanes + c + 3] = b3;
  }
}

/**
 * Squared distances of rows to centres by `|x|^2 - 2 x c + |c|^2`, block by block; values that rounding makes negative
 * are 0. `use` gets the first row, the number of rows and their distances, `lanes` a row.
 */
export function eachBlock(
  matrix: Matrix,
  norms: Float64Array,
  packed: PackedCentres,
  use: (start: number, count: number, distances: Float64Array, lanes: number) => void,
): void {
  const { data, rows, columns } = matrix;
  const lanes = packed.norms.length;
  const out = new Float64Array((BLOCK + 1) * lanes);
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    for (let i = 0; i < count; i += 2) {
      const a = (start + i) * columns;
      // An odd last row is paired with itself; the second half of its products is scratch.
      multiplyPair(data, a, i + 1 < count ? a + columns : a, packed, out, i * lanes);
    }
    for (let i = 0; i < count; i++) {
      const norm = norms[start + i]!;
      for (let c = 0; c < lanes; c++) {
        const distance = norm - 2 * out[i * lanes + c]! + packed.norms[c]!;
        out[i * lanes + c] = distance > 0 ? distance : 0;
      }
    }
    use(start, count, out, lanes);
  }
}

/** Writes the nearest centre of every row (the first of equals) into `labels`. */
export function assignNearest(
  matrix: Matrix,
  norms: Float64Array,
  centres: Matrix,
  labels: Int32Array,
): void {
  const packed = packCentres(centres);
  eachBlock(matrix, norms, packed, (start, count, distances, lanes) => {
    for (let i = 0; i < count; i++) {
      const base = i * lanes;
      let best = 0;
      for (let c = 1; c < packed.count; c++) {
        if (distances[base + c]! < distances[base + best]!) best = c;
      }
      labels[start + i] = best;
    }
  });
}

/** The squared distance of every row to the centre it is assigned to, from the differences themselves. */
export function distancesToOwn(matrix: Matrix, centres: Matrix, labels: Int32Array): Float64Array {
  const { data, rows, columns } = matrix;
  const distances = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const from = labels[i]! * columns;
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const difference = data[i * columns + j]! - centres.data[from + j]!;
      sum += difference * difference;
    }
    distances[i] = sum;
  }
  return distances;
}

/** The weighted sum of squared distances to the own centres. */
export function inertiaOf(
  matrix: Matrix,
  centres: Matrix,
  labels: Int32Array,
  weights: Float64Array,
): number {
  const distances = distancesToOwn(matrix, centres, labels);
  let sum = 0;
  for (let i = 0; i < distances.length; i++) sum += weights[i]! * distances[i]!;
  return sum;
}
