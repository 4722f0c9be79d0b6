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

/** The means of the clusters by labels; may use what it summed for earlier labels. */
type MoveCentres = (old: Matrix, labels: Int32Array) => Matrix;

/**
 * The weighted means of the clusters. A cluster that stays empty keeps its centre.
 *
 * Sums are kept from call to call: late iterations change few labels, and only those samples are taken from one sum and
 * added to another.
 */
function clusterMeans(data: CentredData, k: number): MoveCentres {
  const { matrix, weights } = data;
  const { columns, rows } = matrix;
  const sums = new Float64Array(k * columns);
  const mass = new Float64Array(k);
  let summed: Int32Array | undefined;
  const add = (row: number, cluster: number, weight: number): void => {
    const to = cluster * columns;
    const from = row * columns;
    for (let j = 0; j < columns; j++) sums[to + j]! += weight * matrix.data[from + j]!;
  };
  const update = (labels: Int32Array): void => {
    mass.fill(0);
    for (let i = 0; i < rows; i++) mass[labels[i]!]! += weights[i]!;
    let changed = rows;
    if (summed !== undefined) {
      changed = 0;
      for (let i = 0; i < rows; i++) if (labels[i] !== summed[i]) changed += 1;
    }
    // A changed label costs two rows, so that from half of them on a new sum is no dearer.
    if (summed === undefined || 2 * changed >= rows) {
      sums.fill(0);
      for (let i = 0; i < rows; i++) add(i, labels[i]!, weights[i]!);
      return;
    }
    for (let i = 0; i < rows; i++) {
      const [from, to] = [summed[i]!, labels[i]!];
      if (from === to) continue;
      add(i, from, -weights[i]!);
      add(i, to, weights[i]!);
    }
  };
  return (old, labels) => {
    update(labels);
    const isWhole = mass.every((weight) => weight > 0);
    if (!isWhole) fillEmpty(data, old, labels, sums, mass);
    const centres = new Float64Array(sums.length);
    for (let c = 0; c < k; c++) {
      const weight = mass[c]!;
      for (let j = c * columns; j < (c + 1) * columns; j++) {
        centres[j] = weight > 0 ? sums[j]! / weight : old.data[j]!;
      }
    }
    // What was given to empty clusters is in the sums but not in the labels.
    summed = isWhole ? labels.slice() : undefined;
    return { data: centres, rows: k, columns };
  };
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
  const move = clusterMeans(data, start.rows);
  let centres = start;
  let labels = new Int32Array(matrix.rows);
  let before = new Int32Array(matrix.rows).fill(-1);
  let areSettled = false;
  let iterations = 0;
  for (;;) {
    iterations += 1;
    assign(centres, labels);
    const next = move(centres, labels);
    const shift = squaredShift(centres, next);
    centres = next;
    areSettled = labels.every((label, i) => label === before[i]);
    if (areSettled || shift <= tolerance || iterations === maxIterations) break;
    [labels, before] = [before, labels];
  }
  if (!areSettled) assign(centres, labels);
  return { centres, labels, inertia: inertiaOf(matrix, centres, labels, weights), iterations };
}
