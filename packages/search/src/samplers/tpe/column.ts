import { logNormalMass } from './parzen.ts';

/**
 * Normal kernels truncated to [0, 1] around the distinct positions of some observations along one line, kept up to date one by one. Around
 * positions outside they are not truncated: only the part inside matters, and that is little.
 */
export interface Column {
  /** Number of distinct positions. */
  readonly size: number;
  readonly centers: Float64Array;
  readonly deviations: Float64Array;
  /** 1/(σ √2). */
  readonly factors: Float64Array;
  /** -ln(σ √2π) - ln mass inside of [0, 1]. */
  readonly constants: Float64Array;
  /** Adds an observation: the index of its kernel, and whether that is new, so that those from there on have moved up by one. */
  insert(u: number): { readonly index: number; readonly isNew: boolean };
  /** Takes an observation of kernel `index` away; true when the kernel is gone, and those behind it have moved down by one. */
  remove(index: number): boolean;
  /** Makes these observations its only ones: the index of the kernel of each, -1 for NaN. Cheaper than one by one. */
  fill(values: Float64Array, indexes: Int32Array): void;
  /** Changes the smallest bandwidth. */
  setSmallest(smallest: number): void;
}

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);
// Φ(-9) is 1e-19: a kernel that far from both ends has all of its mass inside.
const INSIDE = 9;

/** ln of the largest density of a normal kernel, truncated to [0, 1] when its centre lies there. */
export function peakOf(center: number, deviation: number): number {
  const low = center / deviation;
  const high = (1 - center) / deviation;
  const isWhole = (low > INSIDE && high > INSIDE) || low < 0 || high < 0;
  const mass = isWhole ? 0 : logNormalMass(-low, high);
  return -Math.log(deviation) - HALF_LN_2PI - mass;
}

/** First place in sorted values, `size` of them, at or behind `u`. */
function placeOf(sorted: Float64Array, size: number, u: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < u) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * An empty column with bandwidths of the larger gap to the neighbouring positions; a lone one has the ends of the range as neighbours.
 *
 * A change costs a binary search, a move of memory and the kernels of two neighbours. `bandwidths` is the same for all at once.
 */
export function createColumn(smallest: number): Column {
  let least = smallest;
  let size = 0;
  let centers = new Float64Array(32);
  let counts = new Int32Array(32);
  let deviations = new Float64Array(32);
  let factors = new Float64Array(32);
  let constants = new Float64Array(32);
  const refresh = (i: number): void => {
    if (i < 0 || i >= size) return;
    const center = centers[i]!;
    const left = i > 0 ? center - centers[i - 1]! : size === 1 ? center : 0;
    const right = i < size - 1 ? centers[i + 1]! - center : size === 1 ? 1 - center : 0;
    deviations[i] = Math.min(1, Math.max(least, left, right));
    factors[i] = Math.SQRT1_2 / deviations[i]!;
    constants[i] = peakOf(centers[i]!, deviations[i]!);
  };
  const grow = (wanted: number): void => {
    const wider = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    let room = centers.length;
    while (room < wanted) room *= 2;
    centers = wider(centers, new Float64Array(room));
    counts = wider(counts, new Int32Array(room));
    deviations = wider(deviations, new Float64Array(room));
    factors = wider(factors, new Float64Array(room));
    constants = wider(constants, new Float64Array(room));
  };
  const shift = (to: number, from: number): void => {
    for (const values of [centers, counts, deviations, factors, constants]) values.copyWithin(to, from, size);
  };
  return {
    get size() {
      return size;
    },
    get centers() {
      return centers;
    },
    get deviations() {
      return deviations;
    },
    get factors() {
      return factors;
    },
    get constants() {
      return constants;
    },
    insert: (u) => {
      const index = placeOf(centers, size, u);
      if (index < size && centers[index] === u) {
        counts[index]! += 1;
        return { index, isNew: false };
      }
      if (size === centers.length) grow(size + 1);
      shift(index + 1, index);
      size += 1;
      centers[index] = u;
      counts[index] = 1;
      for (let i = index - 1; i <= index + 1; i++) refresh(i);
      return { index, isNew: true };
    },
    remove: (index) => {
      counts[index]! -= 1;
      if (counts[index]! > 0) return false;
      shift(index, index + 1);
      size -= 1;
      refresh(index - 1);
      refresh(index);
      return true;
    },
    fill: (values, indexes) => {
      const sorted = values.filter((u) => !Number.isNaN(u)).sort();
      grow(sorted.length);
      size = 0;
      for (const u of sorted) {
        if (size === 0 || centers[size - 1] !== u) {
          centers[size] = u;
          counts[size++] = 0;
        }
        counts[size - 1]! += 1;
      }
      for (let i = 0; i < size; i++) refresh(i);
      for (let i = 0; i < values.length; i++)
        indexes[i] = Number.isNaN(values[i]!) ? -1 : placeOf(centers, size, values[i]!);
    },
    setSmallest: (value) => {
      if (value === least) return;
      least = value;
      for (let i = 0; i < size; i++) refresh(i);
    },
  };
}
