import { generator, type RandomKey } from '@luthier/core';
import { type Matrix, pickRows } from './matrix.ts';
import { eachBlock, packCentres } from './nearest-centre.ts';

/** A row drawn in proportion to weight times value; `cumulative` holds the running sums. */
function draw(cumulative: Float64Array, at: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function accumulate(weights: Float64Array, values?: Float64Array): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < sums.length; i++) {
    sum += values === undefined ? weights[i]! : weights[i]! * values[i]!;
    sums[i] = sum;
  }
  return sums;
}

/**
 * First centres by greedy k-means++: the first at random, each further one the best of `2 + floor(ln k)` rows drawn in
 * proportion to their squared distance from the centres so far.
 *
 * Reference: Arthur and Vassilvitskii 2007, with the greedy choice of their section 5, as in scikit-learn.
 */
export function plusPlusCentres(
  matrix: Matrix,
  norms: Float64Array,
  weights: Float64Array,
  k: number,
  key: RandomKey,
): Matrix {
  const { rows } = matrix;
  const random = generator(key);
  const trials = 2 + Math.floor(Math.log(k));
  const byWeight = accumulate(weights);
  const chosen = [draw(byWeight, random.uniform() * byWeight[rows - 1]!)];
  let closest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  /** For each candidate: the distances that remain once it is a centre, and their weighted sum. */
  const consider = (candidates: readonly number[]): void => {
    const remaining = candidates.map(() => new Float64Array(rows));
    const potentials = new Float64Array(candidates.length);
    eachBlock(matrix, norms, packCentres(pickRows(matrix, candidates)), (start, count, distances, lanes) => {
      for (let i = 0; i < count; i++) {
        const row = start + i;
        for (let c = 0; c < candidates.length; c++) {
          const distance = Math.min(closest[row]!, distances[i * lanes + c]!);
          remaining[c]![row] = distance;
          potentials[c]! += weights[row]! * distance;
        }
      }
    });
    const best = potentials.indexOf(Math.min(...potentials));
    closest = remaining[best]!;
    chosen.push(candidates[best]!);
  };
  consider([chosen.pop()!]);
  while (chosen.length < k) {
    const sums = accumulate(weights, closest);
    const total = sums[rows - 1]!;
    consider(Array.from({ length: trials }, () => draw(sums, random.uniform() * total)));
  }
  return pickRows(matrix, chosen);
}

/** First centres that are k different rows, all equally likely. */
export function randomCentres(matrix: Matrix, k: number, key: RandomKey): Matrix {
  return pickRows(matrix, generator(key).permutation(matrix.rows).subarray(0, k));
}
