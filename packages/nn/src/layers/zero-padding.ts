import type { Shape } from '../graph/node.ts';
import { pad } from '../graph/ops/slice.ts';
import { type Edge, type EdgeOption, type EdgesOption, parseEdge, parseEdges } from './edges.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Zeros around each sample. */
export interface ZeroPaddingLayer extends Layer {
  readonly kind: 'zeroPadding1d' | 'zeroPadding2d';
  /** Before and after each axis but the channels. */
  readonly padding: readonly Edge[];
}

const KNOWN = ['padding', 'inputShape', 'name'] as const;

/**
 * Puts zeros before and after the steps of sequences [steps, channels].
 *
 * `padding`: a number for both sides or [before, after]; default 1. Throws `LU_LAYER_OPTION` for anything else.
 *
 * @example
 * layers.zeroPadding1d({ padding: [2, 0] })
 */
export function zeroPadding1d(
  options: PlaceOptions & { readonly padding?: EdgeOption } = {},
): ZeroPaddingLayer {
  const where = layerName('zeroPadding1d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const padding = parseEdge(where, 'padding', options.padding ?? 1);
  return { kind: 'zeroPadding1d', padding, ...placeOptions(where, options) };
}

/**
 * Puts zeros around images [height, width, channels].
 *
 * `padding`: a number for all sides, [rows, columns], or [[top, bottom], [left, right]]; default 1. Throws
 * `LU_LAYER_OPTION` for anything else.
 *
 * @example
 * layers.zeroPadding2d({ padding: [[1, 0], [2, 2]] })
 */
export function zeroPadding2d(
  options: PlaceOptions & { readonly padding?: EdgesOption } = {},
): ZeroPaddingLayer {
  const where = layerName('zeroPadding2d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const padding = parseEdges(where, 'padding', options.padding ?? 1);
  return { kind: 'zeroPadding2d', padding, ...placeOptions(where, options) };
}

function kindOf(kind: ZeroPaddingLayer['kind'], rank: number, axes: string): LayerKind<ZeroPaddingLayer> {
  return {
    kind,
    outputShape: ({ padding }, shape) => {
      requireRank(shape, rank, axes);
      return shape.map((extent, axis) => extent + (padding[axis]?.[0] ?? 0) + (padding[axis]?.[1] ?? 0));
    },
    structure: ({ padding }) => padding.map((edge) => [...edge]),
    forward: ({ padding }, { input }) => {
      const side = (at: 0 | 1): Shape => [0, ...padding.map((edge) => edge[at]), 0];
      return pad(input, side(0), side(1));
    },
  };
}

defineLayer(kindOf('zeroPadding1d', 2, '[steps, channels]'));
defineLayer(kindOf('zeroPadding2d', 3, '[height, width, channels]'));
