/** A symmetric matrix as axes and their lengths: A = B diag(values) Bᵀ. */
export interface Eigen {
  readonly values: Float64Array;
  /** Column j, at `vectors[i * size + j]`, belongs to value j. */
  readonly vectors: Float64Array;
}

const SWEEPS = 50;

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix (row-major, size × size), by cyclic Jacobi rotations.
 *
 * Reference: Golub and Van Loan, "Matrix computations", algorithm 8.5.3.
 *
 * @example
 * eigenSymmetric([2, 1, 1, 2], 2).values // 1 and 3, in any order
 */
export function eigenSymmetric(matrix: ArrayLike<number>, size: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let on = 0;
    for (let i = 0; i < size; i++) {
      on += a[i * size + i]! ** 2;
      for (let j = 0; j < i; j++) off += a[i * size + j]! ** 2;
    }
    if (!(off > 1e-30 * on)) break;
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors: v };
}

/** Turns the plane of two axes so that their common entry vanishes. */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q]!;
  if (apq === 0) return;
  const tau = (a[q * size + q]! - a[p * size + p]!) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let i = 0; i < size; i++) {
    const [x, y] = [a[i * size + p]!, a[i * size + q]!];
    a[i * size + p] = c * x - s * y;
    a[i * size + q] = s * x + c * y;
  }
  for (let i = 0; i < size; i++) {
    const [x, y] = [a[p * size + i]!, a[q * size + i]!];
    a[p * size + i] = c * x - s * y;
    a[q * size + i] = s * x + c * y;
  }
  for (let i = 0; i < size; i++) {
    const [x, y] = [v[i * size + p]!, v[i * size + q]!];
    v[i * size + p] = c * x - s * y;
    v[i * size + q] = s * x + c * y;
  }
}
