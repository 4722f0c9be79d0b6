import { LuthierError } from '../errors.ts';

// Columns of one panel: its rows stay in the first-level cache while all later rows are updated.
const PANEL = 48;

/** Dot product of `count` neighbours. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += a[i + k]! * b[j + k]!;
    s1 += a[i + k + 1]! * b[j + k + 1]!;
    s2 += a[i + k + 2]! * b[j + k + 2]!;
    s3 += a[i + k + 3]! * b[j + k + 3]!;
  }
  for (; k < count; k++) s0 += a[i + k]! * b[j + k]!;
  return s0 + s1 + (s2 + s3);
}

/** m[i, j] -= row i · row j over columns [0, count), for the tile of rows (i, i+1) and columns (j, j+1). */
function tile(m: Float64Array, stride: number, i: number, j: number, count: number): void {
  const a = i * stride;
  const b = a + stride;
  const c = j * stride;
  const d = c + stride;
  let ac = 0;
  let ad = 0;
  let bc = 0;
  let bd = 0;
  for (let k = 0; k < count; k++) {
    const x = m[a + k]!;
    const y = m[b + k]!;
    const u = m[c + k]!;
    const v = m[d + k]!;
    ac += x * u;
    ad += x * v;
    bc += y * u;
    bd += y * v;
  }
  m[a + j] = m[a + j]! - ac;
  m[a + j + 1] = m[a + j + 1]! - ad;
  m[b + j] = m[b + j]! - bc;
  m[b + j + 1] = m[b + j + 1]! - bd;
}

/**
 * Replaces the lower triangle of a symmetric matrix (row-major, `stride` numbers a row) by its Cholesky factor L,
 * K = L Lᵀ; the strict upper triangle is neither read nor written. False when a pivot is not positive, and
 * the matrix then holds rubbish.
 *
 * Left-looking by panels of columns, 2 x 2 register tiles; n³/3 operations.
 *
 * @example
 * const k = Float64Array.of(4, 0, 2, 5);
 * choleskyInPlace(k, 2) // true; k is [2, 0, 1, 2]
 */
export function choleskyInPlace(matrix: Float64Array, size: number, stride: number = size): boolean {
  for (let start = 0; start < size; start += PANEL) {
    const end = Math.min(size, start + PANEL);
    if (start > 0) {
      let i = start;
      for (; i + 1 < size; i += 2) {
        // Panels are of even width and row pairs start on even rows, so only the pair's own tile crosses the diagonal.
        const last = Math.min(end, i + 2);
        for (let j = start; j + 1 < last; j += 2) {
          const above = matrix[i * stride + j + 1]!;
          tile(matrix, stride, i, j, start);
          if (j === i) matrix[i * stride + j + 1] = above;
        }
      }
      for (; i < size; i++) {
        for (let j = start; j < Math.min(end, i + 1); j++) {
          matrix[i * stride + j] =
            matrix[i * stride + j]! - dot(matrix, i * stride, matrix, j * stride, start);
        }
      }
    }
    for (let j = start; j < end; j++) {
      const row = j * stride;
      const width = j - start;
      const pivot = matrix[row + j]! - dot(matrix, row + start, matrix, row + start, width);
      if (!(pivot > 0) || pivot === Number.POSITIVE_INFINITY) return false;
      const root = Math.sqrt(pivot);
      matrix[row + j] = root;
      const inverse = 1 / root;
      for (let i = j + 1; i < size; i++) {
        const at = i * stride;
        matrix[at + j] = (matrix[at + j]! - dot(matrix, at + start, matrix, row + start, width)) * inverse;
      }
    }
  }
  return true;
}

/**
 * Extends a factor of `size` rows by one row of the matrix: `row` holds K[size, 0..size] (its diagonal last) and
 * the factor's row `size` is written. False when the extended matrix is not positive definite. O(n²).
 *
 * @example
 * choleskyAppendRow(factor, n, stride, Float64Array.of(...covariances, variance))
 */
export function choleskyAppendRow(
  factor: Float64Array,
  size: number,
  stride: number,
  row: ArrayLike<number>,
): boolean {
  if (size >= stride || (size + 1) * stride > factor.length) {
    throw new LuthierError(
      'LU_LINEAR_ALGEBRA_ROOM',
      `a factor with room for ${stride} rows cannot take row ${size}`,
      {
        fix: 'Allocate the factor with a larger stride.',
      },
    );
  }
  const at = size * stride;
  for (let i = 0; i < size; i++) {
    factor[at + i] = (row[i]! - dot(factor, at, factor, i * stride, i)) / factor[i * stride + i]!;
  }
  const pivot = row[size]! - dot(factor, at, factor, at, size);
  if (!(pivot > 0)) return false;
  factor[at + size] = Math.sqrt(pivot);
  return true;
}

/** Solves L x = b in place (`vector` holds b from `offset`, then x). */
export function solveLower(
  factor: Float64Array,
  size: number,
  vector: Float64Array,
  stride: number = size,
  offset = 0,
): void {
  for (let i = 0; i < size; i++) {
    const at = i * stride;
    vector[offset + i] = (vector[offset + i]! - dot(factor, at, vector, offset, i)) / factor[at + i]!;
  }
}

/** Solves Lᵀ x = b in place (`vector` holds b from `offset`, then x). */
export function solveLowerTransposed(
  factor: Float64Array,
  size: number,
  vector: Float64Array,
  stride: number = size,
  offset = 0,
): void {
  for (let i = size - 1; i >= 0; i--) {
    const at = i * stride;
    const value = vector[offset + i]! / factor[at + i]!;
    vector[offset + i] = value;
    for (let k = 0; k < i; k++) vector[offset + k] = vector[offset + k]! - value * factor[at + k]!;
  }
}

/** Solves L X = B for the right-hand sides `first` to `first + 3` whose entries before `from` are 0. */
function solveFour(
  factor: Float64Array,
  size: number,
  rows: Float64Array,
  first: number,
  width: number,
  stride: number,
  from: number,
): void {
  const a = first * width;
  const b = a + width;
  const c = b + width;
  const d = c + width;
  for (let i = from; i < size; i++) {
    const at = i * stride;
    let sa = 0;
    let sb = 0;
    let sc = 0;
    let sd = 0;
    for (let k = from; k < i; k++) {
      const l = factor[at + k]!;
      sa += l * rows[a + k]!;
      sb += l * rows[b + k]!;
      sc += l * rows[c + k]!;
      sd += l * rows[d + k]!;
    }
    const inverse = 1 / factor[at + i]!;
    rows[a + i] = (rows[a + i]! - sa) * inverse;
    rows[b + i] = (rows[b + i]! - sb) * inverse;
    rows[c + i] = (rows[c + i]! - sc) * inverse;
    rows[d + i] = (rows[d + i]! - sd) * inverse;
  }
}

/** Solves L X = B in place for `count` right-hand sides, one a row of `rows` (row-major, `width` numbers a row). */
export function solveLowerRows(
  factor: Float64Array,
  size: number,
  rows: Float64Array,
  count: number,
  width: number = size,
  stride: number = size,
): void {
  let r = 0;
  for (; r + 3 < count; r += 4) solveFour(factor, size, rows, r, width, stride, 0);
  for (; r < count; r++) solveLower(factor, size, rows, stride, r * width);
}

/** Room for `choleskyInverse`, each of size · size numbers. */
export interface InverseRoom {
  readonly columns: Float64Array;
  readonly inverse: Float64Array;
}

/**
 * K⁻¹ from its factor, as a full symmetric matrix of `size` rows without padding. Whoever needs it again and again gives `room`, whose
 * `inverse` is then the one that is returned.
 */
export function choleskyInverse(
  factor: Float64Array,
  size: number,
  stride: number = size,
  room?: InverseRoom,
): Float64Array {
  // Row j of `columns` is column j of L⁻¹, 0 before j, so that every sum runs over neighbours.
  const columns = room?.columns ?? new Float64Array(size * size);
  const inverse = room?.inverse ?? new Float64Array(size * size);
  columns.fill(0);
  for (let j = 0; j < size; j++) columns[j * size + j] = 1;
  let j = 0;
  for (; j + 3 < size; j += 4) solveFour(factor, size, columns, j, size, stride, j);
  for (; j < size; j++) {
    const row = j * size;
    columns[row + j] = 1 / factor[j * stride + j]!;
    for (let i = j + 1; i < size; i++) {
      const at = i * stride;
      columns[row + i] = -dot(factor, at + j, columns, row + j, i - j) / factor[at + i]!;
    }
  }
  const put = (a: number, b: number, value: number): void => {
    inverse[a * size + b] = value;
    inverse[b * size + a] = value;
  };
  let a = 0;
  for (; a + 1 < size; a += 2) {
    const p = a * size;
    const q = p + size;
    for (let b = 0; b <= a; b += 2) {
      const u = b * size;
      const v = u + size;
      let pu = 0;
      let pv = 0;
      let qu = 0;
      let qv = 0;
      for (let i = a; i < size; i++) {
        const x = columns[p + i]!;
        const y = columns[q + i]!;
        const s = columns[u + i]!;
        const t = columns[v + i]!;
        pu += x * s;
        pv += x * t;
        qu += y * s;
        qv += y * t;
      }
      put(a, b, pu);
      put(a, b + 1, pv);
      put(a + 1, b, qu);
      put(a + 1, b + 1, qv);
    }
  }
  for (; a < size; a++)
    for (let b = 0; b <= a; b++) put(a, b, dot(columns, a * size + a, columns, b * size + a, size - a));
  return inverse;
}

/** ln det K = 2 Σ ln Lᵢᵢ. */
export function choleskyLogDeterminant(factor: Float64Array, size: number, stride: number = size): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.log(factor[i * stride + i]!);
  return 2 * sum;
}
