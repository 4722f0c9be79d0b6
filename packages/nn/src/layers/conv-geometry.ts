import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { type Margins, type Pair, reach } from '../graph/ops/window.ts';
import { requireName } from './options.ts';
import { edgeFor, PADDINGS, type Padding } from './padding.ts';
import { type PairOption, parsePair } from './pairs.ts';

/** How the kernel of a convolution moves. */
export interface ConvGeometry {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilationRate: Pair;
  readonly padding: Padding | 'causal';
}

/** Options of how the kernel of a convolution of images moves. */
export interface GeometryOptions {
  /** Rows and columns of the kernel. */
  readonly kernelSize: PairOption;
  /** Rows and columns from one place of the kernel to the next. Default 1. */
  readonly strides?: PairOption;
  /** Distance between the pixels under the kernel. Default 1. */
  readonly dilationRate?: PairOption;
  /** Default `valid`. */
  readonly padding?: Padding;
}

/** Reads the options; the defaults are strides and dilation of 1, padding `valid`. */
export function parseGeometry(where: string, options: GeometryOptions): ConvGeometry {
  const geometry: ConvGeometry = {
    kernelSize: parsePair(where, 'kernelSize', options.kernelSize),
    strides: parsePair(where, 'strides', options.strides ?? 1),
    dilationRate: parsePair(where, 'dilationRate', options.dilationRate ?? 1),
    padding: requireName('LU_LAYER_OPTION', where, 'padding', options.padding ?? 'valid', PADDINGS),
  };
  requireOneSpacing(where, geometry);
  return geometry;
}

/** Refuses strides together with dilation, as Keras does. */
export function requireOneSpacing(where: string, { strides, dilationRate }: ConvGeometry): void {
  if (strides.every((stride) => stride === 1) || dilationRate.every((rate) => rate === 1)) return;
  throw new LuthierError('LU_LAYER_OPTION', `${where}: strides and dilationRate are both above 1`, {
    fix: 'Use one of them, as in Keras.',
    where,
  });
}

/** Zeros around an image [height, width, ...]. */
export function marginsOf(geometry: ConvGeometry, image: Shape): Margins {
  const edge = (axis: 0 | 1): readonly [number, number] => {
    const covered = reach(geometry.kernelSize[axis], geometry.dilationRate[axis]);
    return edgeFor(geometry.padding, image[axis]!, covered, geometry.strides[axis]);
  };
  return [...edge(0), ...edge(1)];
}

/** Rows and columns of the output for an image and its margins; throws LU_LAYER_SHAPE where the kernel does not fit. */
export function extentsOf(geometry: ConvGeometry, image: Shape, margins: Margins): Pair {
  const along = (axis: 0 | 1): number => {
    const covered = reach(geometry.kernelSize[axis], geometry.dilationRate[axis]);
    const extent = image[axis]! + margins[2 * axis]! + margins[2 * axis + 1]!;
    return Math.floor((extent - covered) / geometry.strides[axis]) + 1;
  };
  const extents: Pair = [along(0), along(1)];
  if (extents.every((extent) => extent >= 1)) return extents;
  throw new LuthierError(
    'LU_LAYER_SHAPE',
    `has a kernel of ${geometry.kernelSize.join(' x ')}, which does not fit`,
    { fix: "Make the kernel smaller, or set padding to 'same'." },
  );
}
