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
  /** Draws the coordinates of a point that `isActive` says count, one after the other, from one kernel drawn by weight. */
  draw(
    random: Generator,
    point: Float64Array,
    isActive: (point: Float64Array, dimension: number) => boolean,
  ): void;
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
  /** Adds the peak of each kernel. */
  readonly addPeaks: (sums: Float64Array) => void;
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
  const addPeaks = (sums: Float64Array): void => {
    for (let i = 0; i <= count; i++) {
      const index = i < count ? indexes[i]! : -1;
      // Two statements: a number chosen by `?:` would be boxed, for every kernel.
      if (index < 0) sums[i] = sums[i]! + PRIOR_PEAK;
      else sums[i] = sums[i]! + constants[index]!;
    }
  };
  if (axis.levels === Number.POSITIVE_INFINITY) return { addPeaks, losses: () => undefined };
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
  return { addPeaks, losses };
}

function categoryPart({ axis, indexes }: KernelAxis, count: number): Part {
  const hit = Math.log(categoryWeight(true, axis.levels, count));
  const miss = Math.log(categoryWeight(false, axis.levels, count));
  const none = -Math.log(axis.levels);
  const levels = indexes.subarray(0, count);
  const known = new Map<number, Float64Array>();
  const addPeaks = (sums: Float64Array): void => {
    for (let i = 0; i <= count; i++) sums[i] = sums[i]! + (i < count && levels[i]! >= 0 ? hit : none);
  };
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
  return { addPeaks, losses };
}

/** Shares of the kernels, the prior's, the mean of them all, last. */
function sharesOf(weights: ArrayLike<number>, count: number): Float64Array {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  const prior = count === 0 ? 1 : total / count;
  const shares = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) shares[i] = (i === count ? prior : weights[i]!) / (total + prior);
  return shares;
}

/** Shares of the kernels in what lies inside the unit cube: those around observations outside have but a part of them there. */
function sharesInside(axes: readonly KernelAxis[], shares: Float64Array): Float64Array {
  let inside: Float64Array | undefined;
  for (const { column, indexes } of axes) {
    if (column === undefined || (column.centers[0]! >= 0 && column.centers[column.size - 1]! <= 1)) continue;
    inside ??= shares.slice();
    for (let i = 0; i < shares.length - 1; i++) {
      const center = indexes[i]! < 0 ? PRIOR_CENTER : column.centers[indexes[i]!]!;
      if (center >= 0 && center <= 1) continue;
      const deviation = column.deviations[indexes[i]!]!;
      inside[i] = inside[i]! * Math.exp(logNormalMass(-center / deviation, (1 - center) / deviation));
    }
  }
  if (inside === undefined) return shares;
  const total = inside.reduce((sum, share) => sum + share, 0);
  return inside.map((share) => share / total);
}

/** A category of the kernel of an observation with category `index`, -1 for the prior, as a coordinate. */
function drawnCategory(levels: number, index: number, count: number, random: Generator): number {
  const uniform = levels * categoryWeight(false, levels, count);
  const isUniform = index < 0 || random.uniform() < uniform;
  return ((isUniform ? random.integer(levels) : index) + 0.5) / levels;
}

/** Memory that the mixtures of one set take in turns. */
interface Room {
  readonly rows: Float64Array;
  readonly terms: Float64Array;
}

const rooms = new WeakMap<KernelSet, Room>();

/** Memory for so many kernels of so many lines; what it holds is the last mixture's. */
function roomOf(set: KernelSet, kernels: number, lines: number): Room {
  let room = rooms.get(set);
  if (room === undefined || room.terms.length < kernels) {
    const length = 2 ** Math.ceil(Math.log2(Math.max(64, kernels)));
    room = { rows: new Float64Array(2 * length * lines), terms: new Float64Array(length) };
    rooms.set(set, room);
  }
  return room;
}

/**
 * The mixture of a set of kernels with weights, in their order; the prior has the mean weight.
 *
 * Lines: normal kernels truncated to [0, 1], prior N(½, 1). Categories: counts smoothed by 1/(n + 1), prior uniform. An observation
 * without a parameter counts as the prior there, so that conditional parameters stay in one joint density. Around an observation outside of
 * the range the kernel is a whole normal one, of which only the part inside is seen: the density integrates to a little less than 1. For use before the set is
 * updated again, or another mixture made of it.
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
  const width = 2 * lines.length;
  // One row a kernel, centre and factor of each line: most kernels are left after a few dimensions.
  const { rows, terms } = roomOf(set, count + 1, lines.length);
  for (const [s, k] of lines.entries()) {
    const { column, indexes } = axes[k]!;
    const { centers, factors } = column!;
    for (let i = 0, to = 2 * s; i <= count; i++, to += width) {
      const index = i < count ? indexes[i]! : -1;
      rows[to] = index < 0 ? PRIOR_CENTER : centers[index]!;
      rows[to + 1] = index < 0 ? Math.SQRT1_2 / PRIOR_DEVIATION : factors[index]!;
    }
  }

  // ln of the largest density of each kernel over the active dimensions.
  const peaksBy = new Map<string, Float64Array>();
  let wholePeaks: Float64Array | undefined;
  const sumPeaks = (point: Float64Array): Float64Array => {
    const peaks = logShares.slice();
    for (let k = 0; k < parts.length; k++) {
      if (!Number.isNaN(point[k]!)) parts[k]!.addPeaks(peaks);
    }
    return peaks;
  };
  const peaksOf = (point: Float64Array): Float64Array => {
    let isWhole = true;
    for (let k = 0; k < parts.length; k++) if (Number.isNaN(point[k]!)) isWhole = false;
    if (isWhole) {
      wholePeaks ??= sumPeaks(point);
      return wholePeaks;
    }
    let key = '';
    for (let k = 0; k < parts.length; k++) key += Number.isNaN(point[k]!) ? '0' : '1';
    let peaks = peaksBy.get(key);
    if (peaks === undefined) {
      peaks = sumPeaks(point);
      peaksBy.set(key, peaks);
    }
    return peaks;
  };

  // Of the lines that count at a point: the coordinate, and where a row holds its kernel.
  const at = new Float64Array(lines.length);
  const places = new Int32Array(lines.length);
  const density = (point: Float64Array, limit: number): number => {
    const peaks = peaksOf(point);
    const tables: Float64Array[] = [];
    let counted = 0;
    for (let k = 0, s = 0; k < parts.length; k++) {
      const line = axes[k]!.column === undefined ? -1 : s++;
      const u = point[k]!;
      if (Number.isNaN(u)) continue;
      const losses = parts[k]!.losses(u);
      if (losses !== undefined) tables.push(losses);
      else if (line >= 0) {
        at[counted] = u;
        places[counted++] = 2 * line;
      }
    }
    let top = Number.NEGATIVE_INFINITY;
    let kept = 0;
    // The prior first: it is everywhere, so that few others stay within reach of it.
    for (let i = count; i >= 0; i--) {
      let term = peaks[i]!;
      const floor = top - NEGLIGIBLE;
      for (let t = 0; t < tables.length; t++) term -= tables[t]![i]!;
      const row = i * width;
      for (let s = 0; s < counted && term > floor; s++) {
        const place = row + places[s]!;
        const z = (at[s]! - rows[place]!) * rows[place + 1]!;
        term -= z * z;
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

  let drawn: Float64Array | undefined;
  return {
    logDensity: (points) => {
      const out = new Float64Array(points.length);
      for (let i = 0; i < out.length; i++) out[i] = density(points[i]!, Number.POSITIVE_INFINITY);
      return out;
    },
    logDensityUpTo: density,
    draw: (random, point, isActive) => {
      drawn ??= sharesInside(axes, shares);
      let rest = random.uniform();
      let kernel = 0;
      while (kernel < count && rest >= drawn[kernel]!) rest -= drawn[kernel++]!;
      for (let k = 0; k < axes.length; k++) {
        if (!isActive(point, k)) continue;
        const { axis, column, indexes } = axes[k]!;
        const index = kernel < count ? indexes[kernel]! : -1;
        if (column === undefined) point[k] = drawnCategory(axis.levels, index, count, random);
        else if (index < 0) point[k] = truncatedNormal(PRIOR_CENTER, PRIOR_DEVIATION, random);
        else point[k] = truncatedNormal(column.centers[index]!, column.deviations[index]!, random);
      }
    },
  };
}
