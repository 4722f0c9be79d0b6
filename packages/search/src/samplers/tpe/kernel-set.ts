import type { Axis } from '../axes.ts';
import { type Column, createColumn } from './column.ts';

/** An observation: a trial and its place, NaN where it lacks a parameter. */
export interface Observed {
  readonly number: number;
  readonly point: Float64Array;
}

/** What one dimension knows of each kernel: its index in the column, or its category; -1 where the observation lacks the parameter. */
export interface KernelAxis {
  readonly axis: Axis;
  /** Of lines only. */
  readonly column: Column | undefined;
  readonly indexes: Int32Array;
}

/** One product kernel an observation, kept up to date as observations come and go. */
export interface KernelSet {
  /** Number of observations. */
  readonly count: number;
  readonly axes: readonly KernelAxis[];
  /** Makes the set that of the given observations, which ascend by number. */
  update(observed: readonly Observed[]): void;
}

// Exponent of Watanabe 2023, "Tree-structured Parzen estimator", section 5, and a smallest bandwidth above its 0.03: as the ends of the
// range widen no kernels, many would be too narrow.
const SMALLEST = 0.05;
const EXPONENT = 2;
// Above this share of changes to make the set anew is cheaper.
const BULK = 0.2;

function smallestOf(count: number): number {
  return Math.max(SMALLEST, (count + 2) ** -EXPONENT);
}

/**
 * An empty set of kernels. The state after an update depends on the observations alone, not on those before: kernels are in the order of
 * the trials, so that sums come out the same to the last bit.
 */
export function createKernelSet(of: readonly Axis[]): KernelSet {
  let room = 64;
  let held: Observed[] = [];
  const axes = of.map((axis) => ({
    axis,
    column: axis.kind === 'line' ? createColumn(smallestOf(0)) : undefined,
    indexes: new Int32Array(room),
  }));

  const grow = (count: number): void => {
    if (count <= room) return;
    while (room < count) room *= 2;
    for (const one of axes) {
      const wider = new Int32Array(room);
      wider.set(one.indexes);
      one.indexes = wider;
    }
  };
  const insert = (at: number, observed: Observed): void => {
    grow(held.length + 1);
    for (const [k, { axis, column, indexes }] of axes.entries()) {
      const u = observed.point[k]!;
      let index = -1;
      if (!Number.isNaN(u) && column === undefined) index = axis.levelOf(u);
      else if (!Number.isNaN(u) && column !== undefined) {
        const placed = column.insert(u);
        index = placed.index;
        if (placed.isNew) for (let i = 0; i < held.length; i++) if (indexes[i]! >= index) indexes[i]! += 1;
      }
      indexes.copyWithin(at + 1, at, held.length);
      indexes[at] = index;
    }
    held.splice(at, 0, observed);
  };
  const remove = (at: number): void => {
    for (const { column, indexes } of axes) {
      const index = indexes[at]!;
      indexes.copyWithin(at, at + 1, held.length);
      if (column === undefined || index < 0 || !column.remove(index)) continue;
      for (let i = 0; i < held.length - 1; i++) if (indexes[i]! > index) indexes[i]! -= 1;
    }
    held.splice(at, 1);
  };

  const fill = (observed: readonly Observed[]): void => {
    held = [...observed];
    grow(held.length);
    for (const [k, { axis, column, indexes }] of axes.entries()) {
      const values = Float64Array.from(held, ({ point }) => point[k]!);
      if (column !== undefined) column.fill(values, indexes);
      else for (const [i, u] of values.entries()) indexes[i] = Number.isNaN(u) ? -1 : axis.levelOf(u);
    }
  };
  /** How many of some observations are held already. */
  const sharedWith = (observed: readonly Observed[]): number => {
    let shared = 0;
    let at = 0;
    for (let i = 0; i < observed.length; i++) {
      const { number, point } = observed[i]!;
      while (at < held.length && held[at]!.number < number) at += 1;
      if (held[at]?.number === number && held[at]!.point === point) shared += 1;
    }
    return shared;
  };

  return {
    get count() {
      return held.length;
    },
    axes,
    update: (observed) => {
      const smallest = smallestOf(observed.length);
      for (const { column } of axes) column?.setSmallest(smallest);
      const changes = observed.length + held.length - 2 * sharedWith(observed);
      if (changes > BULK * observed.length) {
        fill(observed);
        return;
      }
      let at = 0;
      for (let i = 0; i < observed.length; i++) {
        const next = observed[i]!;
        while (at < held.length && held[at]!.number < next.number) remove(at);
        const now = held[at];
        if (now?.number === next.number && now.point !== next.point) remove(at);
        if (held[at]?.number !== next.number) insert(at, next);
        at += 1;
      }
      while (held.length > at) remove(held.length - 1);
    },
  };
}
