import type { Node } from '../graph/node.ts';
import { add, clip, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { and, equal, less, where } from '../graph/ops/compare.ts';
import { floor } from '../graph/ops/elementwise.ts';
import { gather } from '../graph/ops/gather.ts';
import { reshape } from '../graph/ops/shape.ts';
import { constant } from '../graph/ops/sources.ts';

/** What lies beyond the edge of an image, written for the row `abcd`. */
export const FILL_MODES = {
  /** `kkkk | abcd | kkkk`, k = `fillValue`. */
  constant: 'constant',
  /** `aaaa | abcd | dddd`. */
  nearest: 'nearest',
  /** `dcba | abcd | dcba`. */
  reflect: 'reflect',
  /** `abcd | abcd | abcd`. */
  wrap: 'wrap',
} as const;

/** How values between pixels come about. */
export const INTERPOLATIONS = { bilinear: 'bilinear', nearest: 'nearest' } as const;

/** Options of layers that move pixels. */
export interface Resampling {
  readonly fillMode: keyof typeof FILL_MODES;
  readonly interpolation: keyof typeof INTERPOLATIONS;
  /** For the fill mode `constant`. */
  readonly fillValue: number;
}

/** Where each pixel of a result comes from: places in units of pixels that broadcast to [batch, height, width]. */
export interface Sources {
  readonly rows: Node;
  readonly columns: Node;
}

/** The rows [1, height, 1] and columns [1, 1, width] of an image, counted from its centre. */
export function centred(height: number, width: number): Sources {
  const along = (extent: number): number[] => Array.from({ length: extent }, (_, i) => i - (extent - 1) / 2);
  return {
    rows: constant(along(height), [1, height, 1]),
    columns: constant(along(width), [1, 1, width]),
  };
}

/** `x - extent * floor(x / extent)`. */
function modulo(x: Node, extent: number): Node {
  return subtract(x, multiply(floor(divide(x, extent)), extent));
}

/** A whole place brought into the image. */
function inside(place: Node, extent: number, mode: Resampling['fillMode']): Node {
  // The division may round up to the next whole number: hence the clip.
  const bounded = (x: Node): Node => clip(x, 0, extent - 1);
  if (mode === 'wrap') return bounded(modulo(place, extent));
  if (mode !== 'reflect') return bounded(place);
  const folded = modulo(place, 2 * extent);
  return bounded(where(less(folded, extent), folded, subtract(2 * extent - 1, folded)));
}

/** The pixels at whole places. */
function pixelsAt(x: Node, { rows, columns }: Sources, options: Resampling): Node {
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const row = inside(rows, height, options.fillMode);
  const column = inside(columns, width, options.fillMode);
  const first = constant(
    Array.from({ length: batch }, (_, i) => i * height * width),
    [batch, 1, 1],
    'int32',
  );
  const position = add(cast(add(multiply(row, width), column), 'int32'), first);
  const pixels = gather(reshape(x, [batch * height * width, channels]), position);
  if (options.fillMode !== 'constant') return pixels;
  const isInside = and(equal(row, rows), equal(column, columns));
  return where(reshape(isInside, [...isInside.shape, 1]), pixels, options.fillValue);
}

/**
 * Images [batch, height, width, channels] made of the pixels of `x` at other places.
 *
 * `bilinear` weighs the four pixels around a place, `nearest` takes the nearest one; each of them is looked up by the fill
 * mode when it lies outside.
 */
export function resampled(x: Node, sources: Sources, options: Resampling): Node {
  if (options.interpolation === 'nearest') {
    const nearest = (place: Node): Node => floor(add(place, 0.5));
    return pixelsAt(x, { rows: nearest(sources.rows), columns: nearest(sources.columns) }, options);
  }
  const [top, left] = [floor(sources.rows), floor(sources.columns)];
  const perPixel = (share: Node): Node => reshape(share, [...share.shape, 1]);
  const down = perPixel(subtract(sources.rows, top));
  const across = perPixel(subtract(sources.columns, left));
  const line = (rows: Node): Node => {
    const one = pixelsAt(x, { rows, columns: left }, options);
    const two = pixelsAt(x, { rows, columns: add(left, 1) }, options);
    return add(one, multiply(subtract(two, one), across));
  };
  const [above, below] = [line(top), line(add(top, 1))];
  return add(above, multiply(subtract(below, above), down));
}
