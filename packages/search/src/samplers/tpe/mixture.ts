import type { Generator } from '@luthier/core';
import type { Axis } from '../axes.ts';
import { bandwidths, categoryWeight, logNormalMass, truncatedNormal } from './parzen.ts';

/** A density over the configurations of a space: a mixture of product kernels, one around each observation, and the prior. */
export interface Mixture {
  /** ln density at points whose inactive coordinates are NaN; mass of the cell by its width where values are stepped. */
  logDensity(points: readonly Float64Array[]): Float64Array;
  /** A kernel drawn by weight: a function that draws a coordinate of it. */
  draw(random: Generator): (dimension: number) => number;
}

/** Normal kernels of one dimension, the prior last. */
interface Column {
  readonly centers: Float64Array;
  readonly deviations: Float64Array;
  /** -ln(σ √2π) - ln mass inside of [0, 1]. */
  readonly constants: Float64Array;
}

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);
// Narrower cells differ from the density in their middle by less than (0.005/0.03)²/24 = 0.1 %.
const NARROW = 0.005;
// Minimum bandwidth and exponent of Watanabe 2023, "Tree-structured Parzen estimator", section 5.
const SMALLEST = 0.03;
const EXPONENT = 2;

/** Index of a value in a sorted array that holds it. */
function indexOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One kernel for each distinct position of the observations, and which of them belongs to which observation. */
function columnOf(
  points: readonly Float64Array[],
  k: number,
  smallest: number,
): { readonly column: Column; readonly kernelOf: Int32Array } {
  const all = new Float64Array(points.length);
  for (let i = 0; i < all.length; i++) all[i] = points[i]![k]!;
  all.sort();
  // NaN sorts last; equal positions share a kernel.
  let prior = 0;
  for (let i = 0; i < all.length && !Number.isNaN(all[i]!); i++)
    if (prior === 0 || all[i] !== all[prior - 1]) all[prior++] = all[i]!;
  const distinct = all.subarray(0, prior);
  const centers = new Float64Array(prior + 1);
  const deviations = new Float64Array(prior + 1);
  const constants = new Float64Array(prior + 1);
  centers.set(distinct);
  deviations.set(bandwidths(distinct, 0, 1, smallest));
  centers[prior] = 0.5;
  deviations[prior] = 1;
  for (let i = 0; i <= prior; i++) {
    const [center, deviation] = [centers[i]!, deviations[i]!];
    const mass = logNormalMass(-center / deviation, (1 - center) / deviation);
    constants[i] = -Math.log(deviation) - HALF_LN_2PI - mass;
  }
  const kernelOf = new Int32Array(points.length + 1).fill(prior);
  for (let i = 0; i < points.length; i++) {
    const u = points[i]![k]!;
    if (!Number.isNaN(u)) kernelOf[i] = indexOf(distinct, u);
  }
  return { column: { centers, deviations, constants }, kernelOf };
}

/** ln of the mean density of each kernel over a cell. */
function cellTerms({ centers, deviations, constants }: Column, low: number, high: number): Float64Array {
  return centers.map((center, i) => {
    const deviation = deviations[i]!;
    const mass = logNormalMass((low - center) / deviation, (high - center) / deviation);
    return constants[i]! + Math.log(deviation) + HALF_LN_2PI + mass - Math.log(high - low);
  });
}

/** Adds the ln density of one dimension to the terms of all kernels. */
type Adder = (u: number, terms: Float64Array) => void;

function lineAdder(axis: Axis, column: Column, kernelOf: Int32Array): Adder {
  const { centers, deviations, constants } = column;
  const cells = new Map<number, Float64Array>();
  const count = kernelOf.length;
  // One entry a kernel instead of a position: the loop over candidates is the hot one.
  const center = new Float64Array(count);
  const factor = new Float64Array(count);
  const constant = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const kernel = kernelOf[i]!;
    center[i] = centers[kernel]!;
    factor[i] = Math.SQRT1_2 / deviations[kernel]!;
    constant[i] = constants[kernel]!;
  }
  const addDensity: Adder = (u, terms) => {
    for (let i = 0; i < count; i++) {
      const z = (u - center[i]!) * factor[i]!;
      terms[i]! += constant[i]! - z * z;
    }
  };
  if (axis.levels === Number.POSITIVE_INFINITY) return addDensity;
  return (u, terms) => {
    const level = axis.levelOf(u);
    const [low, high] = axis.cell(level);
    if (high - low <= NARROW) {
      addDensity(u, terms);
      return;
    }
    let values = cells.get(level);
    if (values === undefined) {
      values = cellTerms(column, low, high);
      cells.set(level, values);
    }
    for (let i = 0; i < count; i++) terms[i]! += values[kernelOf[i]!]!;
  };
}

function categoryAdder(axis: Axis, levels: Int32Array): Adder {
  const observations = levels.length - 1;
  const hit = Math.log(categoryWeight(true, axis.levels, observations));
  const miss = Math.log(categoryWeight(false, axis.levels, observations));
  const none = -Math.log(axis.levels);
  return (u, terms) => {
    const level = axis.levelOf(u);
    for (let i = 0; i < levels.length; i++) {
      const own = levels[i]!;
      terms[i]! += own < 0 ? none : own === level ? hit : miss;
    }
  };
}

// e^-40 of the largest term is lost in the last digits of the sum.
const NEGLIGIBLE = 40;

/** ln Σ e^term without what is negligible. */
function logSum(terms: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < terms.length; i++) if (terms[i]! > top) top = terms[i]!;
  let sum = 0;
  for (let i = 0; i < terms.length; i++) if (terms[i]! > top - NEGLIGIBLE) sum += Math.exp(terms[i]! - top);
  return top + Math.log(sum);
}

/**
 * The mixture around observations with weights; the prior has the mean weight.
 *
 * Lines: normal kernels truncated to [0, 1], prior N(½, 1). Categories: counts smoothed by 1/(n + 1), prior uniform. An observation
 * without a parameter counts as the prior there, so that conditional parameters stay in one joint density.
 *
 * Reference: Watanabe 2023, arXiv 2304.11127.
 */
export function createMixture(
  axes: readonly Axis[],
  points: readonly Float64Array[],
  weights: ArrayLike<number>,
): Mixture {
  const count = points.length;
  const smallest = Math.max(SMALLEST, (count + 2) ** -EXPONENT);
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  const prior = count === 0 ? 1 : total / count;
  total += prior;
  const shares = Float64Array.from(
    { length: count + 1 },
    (_, i) => (i === count ? prior : weights[i]!) / total,
  );
  const logShares = shares.map(Math.log);

  const adders: Adder[] = [];
  const coordinates: ((kernel: number, random: Generator) => number)[] = [];
  for (const [k, axis] of axes.entries()) {
    if (axis.kind === 'category') {
      const levels = levelsOf(points, axis, k);
      const uniform = axis.levels * categoryWeight(false, axis.levels, count);
      adders.push(categoryAdder(axis, levels));
      coordinates.push((kernel, random) => {
        const own = levels[kernel]!;
        const isUniform = own < 0 || random.uniform() < uniform;
        return ((isUniform ? random.integer(axis.levels) : own) + 0.5) / axis.levels;
      });
    } else {
      const { column, kernelOf } = columnOf(points, k, smallest);
      adders.push(lineAdder(axis, column, kernelOf));
      coordinates.push((kernel, random) => {
        const at = kernelOf[kernel]!;
        return truncatedNormal(column.centers[at]!, column.deviations[at]!, 0, 1, random.uniform());
      });
    }
  }

  const terms = new Float64Array(count + 1);
  return {
    logDensity: (candidates) =>
      Float64Array.from(candidates, (point) => {
        terms.set(logShares);
        for (let k = 0; k < adders.length; k++) if (!Number.isNaN(point[k]!)) adders[k]!(point[k]!, terms);
        return logSum(terms);
      }),
    draw: (random) => {
      let rest = random.uniform();
      let kernel = 0;
      while (kernel < count && rest >= shares[kernel]!) rest -= shares[kernel++]!;
      return (k) => coordinates[k]!(kernel, random);
    },
  };
}

/** The category of each observation, and of the prior; -1 where it has none. */
function levelsOf(points: readonly Float64Array[], axis: Axis, k: number): Int32Array {
  return Int32Array.from({ length: points.length + 1 }, (_, i) => {
    const u = points[i]?.[k] ?? Number.NaN;
    return Number.isNaN(u) ? -1 : axis.levelOf(u);
  });
}
