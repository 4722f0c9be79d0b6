import type { Generator } from '@luthier/core';
import { type Column, peakOf } from './column.ts';
import type { KernelAxis, KernelSet } from './kernel-set.ts';
import { categoryWeight, logNormalMass, truncatedNormal } from './parzen.ts';

/** A density over the configurations of a space: a mixture of product kernels, one around each observation, and the prior. */
export interface Mixture {
  /** ln density at points whose inactive coordinates are NaN; mass of the cell by its width where values are stepped. */
  logDensity(points: readonly Float64Array[]): Float64Array;
  /** The same at one point; when it is above `limit`, anything between the two. */
  logDensityUpTo(point: Float64Array, limit: number): number;
  /** A kernel drawn by weight: a function that draws a coordinate of it. */
  draw(random: Generator): (dimension: number) => number;
}

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);
// Narrower cells differ from the density in their middle by less than (0.005/0.03)²/24 = 0.1 %.
const NARROW = 0.005;
// e^-40 of the largest term is lost in the last digits of the sum.
const NEGLIGIBLE = 40;
const PRIOR_CENTER = 0.5;
const PRIOR_DEVIATION = 1;
const PRIOR_PEAK = peakOf(PRIOR_CENTER, PRIOR_DEVIATION);

/**
 * One dimension of all kernels, the prior last: the largest ln density of each, and how far below that it is at a value. Losses are never
 * negative, so a kernel that has lost too much can be left at once.
 */
interface Part {
  readonly peaks: Float64Array;
  /** Losses at a coordinate by kernel; undefined where a cell is narrow or there is none, and the density counts. */
  readonly losses: (u: number) => Float64Array | undefined;
}

/** Losses of a cell: ln of its mean density under the peak. */
function cellLosses(
  { size, centers, deviations, constants }: Column,
  low: number,
  high: number,
): Float64Array {
  const losses = new Float64Array(size + 1);
  for (let i = 0; i <= size; i++) {
    const [center, deviation, peak] =
      i < size ? [centers[i]!, deviations[i]!, constants[i]!] : [PRIOR_CENTER, PRIOR_DEVIATION, PRIOR_PEAK];
    const mass = logNormalMass((low - center) / deviation, (high - center) / deviation);
    // constants hold 1/(σ √2π) and the mass inside; the cell's own mass takes the place of the former.
    const log = peak + Math.log(deviation) + HALF_LN_2PI + mass - Math.log(high - low);
    losses[i] = Math.max(0, peak - log);
  }
  return losses;
}

function linePart({ axis, indexes }: KernelAxis, column: Column, count: number): Part {
  const { constants } = column;
  const peaks = new Float64Array(count + 1).fill(PRIOR_PEAK);
  for (let i = 0; i < count; i++) if (indexes[i]! >= 0) peaks[i] = constants[indexes[i]!]!;
  if (axis.levels === Number.POSITIVE_INFINITY) return { peaks, losses: () => undefined };
  const known = new Map<number, Float64Array>();
  const losses = (u: number): Float64Array | undefined => {
    const level = axis.levelOf(u);
    const [low, high] = axis.cell(level);
    if (high - low <= NARROW) return undefined;
    let out = known.get(level);
    if (out === undefined) {
      const byKernel = cellLosses(column, low, high);
      out = new Float64Array(count + 1).fill(byKernel.at(-1)!);
      for (let i = 0; i < count; i++) if (indexes[i]! >= 0) out[i] = byKernel[indexes[i]!]!;
      known.set(level, out);
    }
    return out;
  };
  return { peaks, losses };
}

function categoryPart({ axis, indexes }: KernelAxis, count: number): Part {
  const hit = Math.log(categoryWeight(true, axis.levels, count));
  const miss = Math.log(categoryWeight(false, axis.levels, count));
  const none = -Math.log(axis.levels);
  const levels = indexes.subarray(0, count);
  const known = new Map<number, Float64Array>();
  const peaks = new Float64Array(count + 1).fill(none);
  for (let i = 0; i < count; i++) if (levels[i]! >= 0) peaks[i] = hit;
  const losses = (u: number): Float64Array => {
    const level = axis.levelOf(u);
    let out = known.get(level);
    if (out === undefined) {
      out = new Float64Array(count + 1);
      for (let i = 0; i < count; i++) if (levels[i]! >= 0 && levels[i] !== level) out[i] = hit - miss;
      known.set(level, out);
    }
    return out;
  };
  return { peaks, losses };
}

/** Shares of the kernels, the prior's, the mean of them all, last. */
function sharesOf(weights: ArrayLike<number>, count: number): Float64Array {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  const prior = count === 0 ? 1 : total / count;
  return Float64Array.from(
    { length: count + 1 },
    (_, i) => (i === count ? prior : weights[i]!) / (total + prior),
  );
}

/**
 * The mixture of a set of kernels with weights, in their order; the prior has the mean weight.
 *
 * Lines: normal kernels truncated to [0, 1], prior N(½, 1). Categories: counts smoothed by 1/(n + 1), prior uniform. An observation
 * without a parameter counts as the prior there, so that conditional parameters stay in one joint density. For use before the set is
 * updated again.
 *
 * Reference: Watanabe 2023, arXiv 2304.11127.
 */
export function createMixture(set: KernelSet, weights: ArrayLike<number>): Mixture {
  const { count, axes } = set;
  const shares = sharesOf(weights, count);
  const logShares = shares.map(Math.log);
  const parts = axes.map((one) =>
    one.column === undefined ? categoryPart(one, count) : linePart(one, one.column, count),
  );
  const lines = axes.flatMap(({ column }, k) => (column === undefined ? [] : [k]));
  const width = lines.length;
  // One row a kernel: most kernels are left after a few dimensions.
  const centers = new Float64Array((count + 1) * width).fill(PRIOR_CENTER);
  const factors = new Float64Array((count + 1) * width).fill(Math.SQRT1_2 / PRIOR_DEVIATION);
  for (const [s, k] of lines.entries()) {
    const { column, indexes } = axes[k]!;
    const { centers: from, factors: by } = column!;
    for (let i = 0, to = s; i < count; i++, to += width) {
      const index = indexes[i]!;
      if (index < 0) continue;
      centers[to] = from[index]!;
      factors[to] = by[index]!;
    }
  }

  // ln of the largest density of each kernel over the active dimensions.
  const peaksBy = new Map<string, Float64Array>();
  const peaksOf = (point: Float64Array): Float64Array => {
    let key = '';
    for (let k = 0; k < parts.length; k++) key += Number.isNaN(point[k]!) ? '0' : '1';
    let peaks = peaksBy.get(key);
    if (peaks === undefined) {
      peaks = logShares.slice();
      for (let k = 0; k < parts.length; k++) {
        if (Number.isNaN(point[k]!)) continue;
        const own = parts[k]!.peaks;
        for (let i = 0; i <= count; i++) peaks[i] = peaks[i]! + own[i]!;
      }
      peaksBy.set(key, peaks);
    }
    return peaks;
  };

  const terms = new Float64Array(count + 1);
  const at = new Float64Array(width);
  const density = (point: Float64Array, limit: number): number => {
    const peaks = peaksOf(point);
    const tables: Float64Array[] = [];
    for (let s = 0; s < width; s++) at[s] = point[lines[s]!]!;
    for (let k = 0, s = 0; k < parts.length; k++) {
      const line = axes[k]!.column === undefined ? -1 : s++;
      const losses = Number.isNaN(point[k]!) ? undefined : parts[k]!.losses(point[k]!);
      if (losses === undefined) continue;
      tables.push(losses);
      if (line >= 0) at[line] = Number.NaN;
    }
    let top = Number.NEGATIVE_INFINITY;
    let kept = 0;
    // The prior first: it is everywhere, so that few others stay within reach of it.
    for (let i = count; i >= 0; i--) {
      let term = peaks[i]!;
      const floor = top - NEGLIGIBLE;
      for (let t = 0; t < tables.length; t++) term -= tables[t]![i]!;
      const row = i * width;
      for (let s = 0; s < width && term > floor; s++) {
        const z = (at[s]! - centers[row + s]!) * factors[row + s]!;
        // NaN where inactive, or where a cell counts.
        if (!Number.isNaN(z)) term -= z * z;
      }
      if (!(term > floor)) continue;
      if (term > top) {
        if (term > limit) return term;
        top = term;
      }
      terms[kept++] = term;
    }
    let sum = 0;
    for (let i = 0; i < kept; i++) if (terms[i]! > top - NEGLIGIBLE) sum += Math.exp(terms[i]! - top);
    return top + Math.log(sum);
  };

  return {
    logDensity: (points) => Float64Array.from(points, (point) => density(point, Number.POSITIVE_INFINITY)),
    logDensityUpTo: density,
    draw: (random) => {
      let rest = random.uniform();
      let kernel = 0;
      while (kernel < count && rest >= shares[kernel]!) rest -= shares[kernel++]!;
      return (k) => {
        const { axis, column, indexes } = axes[k]!;
        const index = kernel < count ? indexes[kernel]! : -1;
        if (column === undefined) {
          const uniform = axis.levels * categoryWeight(false, axis.levels, count);
          const isUniform = index < 0 || random.uniform() < uniform;
          return ((isUniform ? random.integer(axis.levels) : index) + 0.5) / axis.levels;
        }
        const center = index < 0 ? PRIOR_CENTER : column.centers[index]!;
        const deviation = index < 0 ? PRIOR_DEVIATION : column.deviations[index]!;
        return truncatedNormal(center, deviation, random);
      };
    },
  };
}
