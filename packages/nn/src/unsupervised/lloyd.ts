import type { CentredData } from './clustering.ts';
import type { Assign } from './elkan.ts';
import type { Matrix } from './matrix.ts';
import { distancesToOwn, inertiaOf } from './nearest-centre.ts';

/** Gives each empty cluster the sample farthest from its centre, taken from the cluster that had it. */
function fillEmpty(
  data: CentredData,
  old: Matrix,
  labels: Int32Array,
  sums: Float64Array,
  mass: Float64Array,
): void {
  const empty = Array.from(mass.keys()).filter((c) => mass[c] === 0);
  if (empty.length === 0) return;
  const { matrix, weights } = data;
  const { columns } = matrix;
  const distances = distancesToOwn(matrix, old, labels);
  const far = Array.from(distances.keys())
    .filter((row) => distances[row]! > 0 && weights[row]! > 0)
    .sort((a, b) => distances[b]! - distances[a]! || a - b);
  for (const [i, cluster] of empty.entries()) {
    const row = far[i];
    if (row === undefined) return;
    const weight = weights[row]!;
    const from = labels[row]!;
    for (let j = 0; j < columns; j++) {
      const moved = matrix.data[row * columns + j]! * weight;
      sums[cluster * columns + j] = moved;
      sums[from * columns + j]! -= moved;
    }
    mass[cluster] = weight;
    mass[from]! -= weight;
  }
}

/** The weighted means of the clusters. A cluster that stays empty keeps its centre. */
function meanCentres(data: CentredData, old: Matrix, labels: Int32Array): Matrix {
  const { matrix, weights } = data;
  const { columns, rows } = matrix;
  const sums = new Float64Array(old.data.length);
  const mass = new Float64Array(old.rows);
  for (let i = 0; i < rows; i++) {
    const weight = weights[i]!;
    const to = labels[i]! * columns;
    const from = i * columns;
    mass[labels[i]!]! += weight;
    for (let j = 0; j < columns; j++) sums[to + j]! += weight * matrix.data[from + j]!;
  }
  fillEmpty(data, old, labels, sums, mass);
  for (let c = 0; c < old.rows; c++) {
    const weight = mass[c]!;
    for (let j = c * columns; j < (c + 1) * columns; j++) {
      sums[j] = weight > 0 ? sums[j]! / weight : old.data[j]!;
    }
  }
  return { data: sums, rows: old.rows, columns };
}

/** What one start led to. */
export interface Run {
  readonly centres: Matrix;
  readonly labels: Int32Array;
  readonly inertia: number;
  readonly iterations: number;
}

function squaredShift(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return sum;
}

/**
 * Lloyd's iteration from given centres: assign, move the centres to the means, until no label changes, the summed squared
 * shift is at most `tolerance`, or `maxIterations` are done. The labels returned belong to the centres returned.
 */
export function iterate(
  data: CentredData,
  start: Matrix,
  assign: Assign,
  maxIterations: number,
  tolerance: number,
): Run {
  const { matrix, weights } = data;
  let centres = start;
  let labels = new Int32Array(matrix.rows);
  let before = new Int32Array(matrix.rows).fill(-1);
  let areSettled = false;
  let iterations = 0;
  for (;;) {
    iterations += 1;
    assign(centres, labels);
    const next = meanCentres(data, centres, labels);
    const shift = squaredShift(centres, next);
    centres = next;
    areSettled = labels.every((label, i) => label === before[i]);
    if (areSettled || shift <= tolerance || iterations === maxIterations) break;
    [labels, before] = [before, labels];
  }
  if (!areSettled) assign(centres, labels);
  return { centres, labels, inertia: inertiaOf(matrix, centres, labels, weights), iterations };
}
