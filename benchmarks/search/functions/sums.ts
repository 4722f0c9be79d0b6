/** A point. */
export type Point = readonly number[];
/** A function of a point. */
export type PointFunction = (x: Point) => number;

/** The sum of f(x_i, i), i from 0. */
export function sum(x: Point, f: (value: number, i: number) => number = (value) => value): number {
  return x.reduce((total, value, i) => total + f(value, i), 0);
}

/** The product of f(x_i, i). */
export function product(x: Point, f: (value: number, i: number) => number = (value) => value): number {
  return x.reduce((total, value, i) => total * f(value, i), 1);
}

/** The sum of f(k) for k from `first` to `last`. */
export function series(first: number, last: number, f: (k: number) => number): number {
  let total = 0;
  for (let k = first; k <= last; k++) total += f(k);
  return total;
}

/** The sum of squares. */
export function squares(x: Point): number {
  return sum(x, (value) => value * value);
}

/** The sum of f(x_i, x_{i+1}). */
export function neighbours(x: Point, f: (value: number, next: number) => number): number {
  return sum(x.slice(1), (next, i) => f(x[i]!, next));
}
