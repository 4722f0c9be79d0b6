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

// Minimum bandwidth and exponent of Watanabe 2023, "Tree-structured Parzen estimator", section 5.
const SMALLEST = 0.03;
const EXPONENT = 2;

function smallestOf(count: number): number {
  return Math.max(SMALLEST, (count + 2) ** -EXPONENT);
}

/**
 * An empty set of kernels. The state after an update depends on the observations alone, not on those before: kernels are in the order of
 * the trials, so that sums come out the same to the last bit.
 */
export function createKernelSet(of: readonly Axis[]): KernelSet {
  let room = 64;
  const held: Observed[] = [];
  const axes = of.map((axis) => ({
    axis,
    column: axis.kind === 'line' ? createColumn(smallestOf(0)) : undefined,
    indexes: new Int32Array(room),
  }));

  const insert = (at: number, observed: Observed): void => {
    if (held.length === room) {
      room *= 2;
      for (const one of axes) {
        const wider = new Int32Array(room);
        wider.set(one.indexes);
        one.indexes = wider;
      }
    }
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

  return {
    get count() {
      return held.length;
    },
    axes,
    update: (observed) => {
      const smallest = smallestOf(observed.length);
      for (const { column } of axes) column?.setSmallest(smallest);
      let at = 0;
      for (const next of observed) {
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
