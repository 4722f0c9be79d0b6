import type { Generator } from '@luthier/core';

/** A vector; all of one problem have its dimension. */
export type Vector = readonly number[];
/** A square matrix by rows. */
export type Matrix = readonly Vector[];

/** (i - 1)/(D - 1) of the reports, from 0 to 1 over the coordinates. */
export function share(i: number, dimension: number): number {
  return i / (dimension - 1);
}

/** The sum of f(x_i, i). */
export function sumOf(x: Vector, f: (value: number, i: number) => number): number {
  return x.reduce((sum, value, i) => sum + f(value, i), 0);
}

/** M x. */
export function times(matrix: Matrix, x: Vector): Vector {
  return matrix.map((row) => sumOf(row, (value, i) => value * x[i]!));
}

/** x - y. */
export function minus(x: Vector, y: Vector): Vector {
  return x.map((value, i) => value - y[i]!);
}

/** A random orthogonal matrix: Gram and Schmidt on normal rows. */
export function rotation(dimension: number, random: Generator): Matrix {
  const rows: number[][] = [];
  while (rows.length < dimension) {
    let row = Array.from({ length: dimension }, () => random.normal());
    for (const other of rows) {
      const along = sumOf(row, (value, i) => value * other[i]!);
      row = row.map((value, i) => value - along * other[i]!);
    }
    const length = Math.sqrt(sumOf(row, (value) => value * value));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

/** The diagonal scaling Lambda^alpha. */
export function scaled(alpha: number, x: Vector): Vector {
  return x.map((value, i) => alpha ** (0.5 * share(i, x.length)) * value);
}

/** T_osz of one number: small smooth irregularities that keep 0 and the order. */
export function oscillated(x: number): number {
  if (x === 0) return 0;
  const log = Math.log(Math.abs(x));
  const [c1, c2] = x > 0 ? [10, 7.9] : [5.5, 3.1];
  return Math.sign(x) * Math.exp(log + 0.049 * (Math.sin(c1 * log) + Math.sin(c2 * log)));
}

/** T_asy^beta: breaks the symmetry, positive coordinates grow faster. */
export function asymmetric(beta: number, x: Vector): Vector {
  return x.map((value, i) =>
    value > 0 ? value ** (1 + beta * share(i, x.length) * Math.sqrt(value)) : value,
  );
}

/** f_pen: the squared way out of the box [-5, 5]. */
export function outside(x: Vector): number {
  return sumOf(x, (value) => Math.max(0, Math.abs(value) - 5) ** 2);
}
