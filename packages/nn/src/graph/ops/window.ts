import type { Node, Shape } from '../node.ts';
import { add } from './arithmetic.ts';
import { reshape } from './shape.ts';
import { concat, pad, slice } from './slice.ts';

/** Extents along the two axes of an image: height, width. */
export type Pair = readonly [number, number];
/** Rows and columns put around an image: top, bottom, left, right. */
export type Margins = readonly [number, number, number, number];

/** How a window moves over images [batch, height, width, channels]. */
export interface WindowOptions {
  /** Steps between windows. */
  readonly strides: Pair;
  /** Distance between the elements of a window. Default [1, 1]. */
  readonly dilation?: Pair;
  /** Default: none. */
  readonly margins?: Margins;
}

/** A window with all options read. */
export interface Window extends Required<WindowOptions> {
  readonly size: Pair;
}

/** Fills in the defaults. */
export function windowOf(size: Pair, options: WindowOptions): Window {
  return { dilation: [1, 1], margins: [0, 0, 0, 0], ...options, size };
}

/** Extent that the dilated window covers. */
export function reach(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** Number of places of the window along both axes; below 1 where it does not fit. */
export function places(shape: Shape, { size, strides, dilation, margins }: Window): Pair {
  const along = (axis: 0 | 1): number => {
    const extent = shape[1 + axis]! + margins[2 * axis]! + margins[2 * axis + 1]!;
    return Math.floor((extent - reach(size[axis], dilation[axis])) / strides[axis]) + 1;
  };
  return [along(0), along(1)];
}

/** The offsets of the elements of a window, row by row. */
function offsets({ size, dilation }: Window): readonly Pair[] {
  return Array.from({ length: size[0] * size[1] }, (_, i) => [
    Math.floor(i / size[1]) * dilation[0],
    (i % size[1]) * dilation[1],
  ]);
}

function around([top, bottom, left, right]: Margins): { before: Shape; after: Shape } {
  return { before: [0, top, left, 0], after: [0, bottom, right, 0] };
}

/** For each element of the window, the values that lie under it at all places: [batch, rows, columns, channels]. */
export function taps(x: Node, window: Window, fill: number): readonly Node[] {
  const { strides, margins } = window;
  const { before, after } = around(margins);
  const padded = margins.some((extent) => extent > 0) ? pad(x, before, after, fill) : x;
  const [rows, columns] = places(x.shape, window);
  return offsets(window).map(([top, left]) =>
    slice(padded, [top, left], [top + (rows - 1) * strides[0] + 1, left + (columns - 1) * strides[1] + 1], {
      axes: [1, 2],
      steps: strides,
    }),
  );
}

/** Puts `step - 1` zeros between neighbours along rows and columns. */
function spread(x: Node, [down, across]: Pair): Node {
  const [batch, rows, columns, channels] = x.shape as readonly [number, number, number, number];
  if (down === 1 && across === 1) return x;
  const cells = reshape(x, [batch, rows, 1, columns, 1, channels]);
  const wide = pad(cells, [0, 0, 0, 0, 0, 0], [0, 0, down - 1, 0, across - 1, 0]);
  const full = reshape(wide, [batch, rows * down, columns * across, channels]);
  return slice(full, [0, 0], [(rows - 1) * down + 1, (columns - 1) * across + 1], { axes: [1, 2] });
}

/** The adjoint of `taps`: adds what belongs to each element of the window at its places in an image of a shape. */
export function untap(parts: readonly Node[], window: Window, shape: Shape): Node {
  const { size, strides, dilation, margins } = window;
  const [top, bottom, left, right] = margins;
  const height = shape[1]! + top + bottom;
  const width = shape[2]! + left + right;
  const isTiling = size.every((extent, axis) => extent === strides[axis] && dilation[axis] === 1);
  const padded = isTiling ? tiled(parts, size, height, width) : added(parts, window, height, width);
  return slice(padded, [top, left], [top + shape[1]!, left + shape[2]!], { axes: [1, 2] });
}

/** Windows that touch but do not overlap: their elements are put side by side, which needs no addition. */
function tiled(parts: readonly Node[], [high, wide]: Pair, height: number, width: number): Node {
  const [batch, rows, columns, channels] = parts[0]!.shape as readonly [number, number, number, number];
  const lines = Array.from({ length: high }, (_, i) => {
    const cells = parts
      .slice(i * wide, (i + 1) * wide)
      .map((part) => reshape(part, [batch, rows, columns, channels]));
    return reshape(concat(cells, 3), [batch, rows, 1, columns * wide * channels]);
  });
  const whole = reshape(concat(lines, 2), [batch, rows * high, columns * wide, channels]);
  return pad(whole, [0, 0, 0, 0], [0, height - rows * high, width - columns * wide, 0]);
}

function added(parts: readonly Node[], window: Window, height: number, width: number): Node {
  return offsets(window)
    .map(([top, left], i) => {
      const part = spread(parts[i]!, window.strides);
      const bottom = height - top - part.shape[1]!;
      return pad(part, [0, top, left, 0], [0, bottom, width - left - part.shape[2]!, 0]);
    })
    .reduce((total, part) => add(total, part));
}
