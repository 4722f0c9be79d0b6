import { LuthierError } from '@luthier/core';
import { slice } from '../graph/ops/slice.ts';
import { type Edge, type EdgeOption, type EdgesOption, parseEdge, parseEdges } from './edges.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Each sample without its edges. */
export interface CroppingLayer extends Layer {
  readonly kind: 'cropping1d' | 'cropping2d';
  /** Before and after each axis but the channels. */
  readonly cropping: readonly Edge[];
}

const KNOWN = ['cropping', 'inputShape', 'name'] as const;

/**
 * Takes steps away from both ends of sequences [steps, channels].
 *
 * `cropping`: a number for both sides or [before, after]; default 1. Throws `LU_LAYER_OPTION` for anything else.
 *
 * @example
 * layers.cropping1d({ cropping: [2, 0] })
 */
export function cropping1d(options: PlaceOptions & { readonly cropping?: EdgeOption } = {}): CroppingLayer {
  const where = layerName('cropping1d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const cropping = parseEdge(where, 'cropping', options.cropping ?? 1);
  return { kind: 'cropping1d', cropping, ...placeOptions(where, options) };
}

/**
 * Takes rows and columns away from images [height, width, channels].
 *
 * `cropping`: a number for all sides, [rows, columns], or [[top, bottom], [left, right]]; default 0, as in Keras. Throws
 * `LU_LAYER_OPTION` for anything else.
 *
 * @example
 * layers.cropping2d({ cropping: [[1, 0], [2, 2]] })
 */
export function cropping2d(options: PlaceOptions & { readonly cropping?: EdgesOption } = {}): CroppingLayer {
  const where = layerName('cropping2d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const cropping = parseEdges(where, 'cropping', options.cropping ?? 0);
  return { kind: 'cropping2d', cropping, ...placeOptions(where, options) };
}

function kindOf(kind: CroppingLayer['kind'], rank: number, axes: string): LayerKind<CroppingLayer> {
  return {
    kind,
    outputShape: ({ cropping }, shape) => {
      requireRank(shape, rank, axes);
      const output = shape.map(
        (extent, axis) => extent - (cropping[axis]?.[0] ?? 0) - (cropping[axis]?.[1] ?? 0),
      );
      if (output.some((extent) => extent < 1)) {
        throw new LuthierError('LU_LAYER_SHAPE', `takes everything away from [${shape.join(', ')}]`, {
          fix: 'Crop less.',
        });
      }
      return output;
    },
    structure: ({ cropping }) => cropping.map((edge) => [...edge]),
    forward: ({ cropping }, { input }) =>
      slice(
        input,
        cropping.map(([before]) => before),
        cropping.map(([, after], axis) => input.shape[axis + 1]! - after),
        { axes: cropping.map((_, axis) => axis + 1) },
      ),
  };
}

defineLayer(kindOf('cropping1d', 2, '[steps, channels]'));
defineLayer(kindOf('cropping2d', 3, '[height, width, channels]'));
