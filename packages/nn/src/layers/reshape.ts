import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { reshape as reshapeNode } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Each sample in another shape. */
export interface ReshapeLayer extends Layer {
  readonly kind: 'reshape';
  /** One extent may be -1. */
  readonly targetShape: Shape;
}

/**
 * Gives each sample another shape, in row-major order; one extent may be -1 and is inferred.
 *
 * Throws `LU_LAYER_OPTION` for extents that are not whole numbers from 1, and for -1 twice.
 *
 * @example
 * layers.reshape({ targetShape: [28, 28, 1], inputShape: [784] })
 */
export function reshape(options: PlaceOptions & { readonly targetShape: Shape }): ReshapeLayer {
  const where = layerName('reshape', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['targetShape', 'inputShape', 'name']);
  const { targetShape } = options;
  const open = targetShape.filter((extent) => extent === -1).length;
  if (open > 1) {
    throw new LuthierError(
      'LU_LAYER_OPTION',
      `${where}: targetShape [${targetShape.join(', ')}] has -1 twice`,
      {
        fix: 'Leave one extent at most to be inferred.',
        where,
      },
    );
  }
  for (const extent of targetShape) {
    if (extent !== -1)
      requireNumber('LU_LAYER_OPTION', where, 'an extent of targetShape', extent, ranges.count);
  }
  return { kind: 'reshape', targetShape, ...placeOptions(where, options) };
}

function target(layer: ReshapeLayer, input: Shape): Shape {
  const known = sizeOf(layer.targetShape.filter((extent) => extent !== -1));
  const shape = layer.targetShape.map((extent) => (extent === -1 ? sizeOf(input) / known : extent));
  if (sizeOf(shape) !== sizeOf(input) || !shape.every(Number.isInteger)) {
    const text = `[${layer.targetShape.join(', ')}]`;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `cannot make ${text} of the ${sizeOf(input)} values of a sample`,
      {
        fix: 'Keep the number of values.',
      },
    );
  }
  return shape;
}

defineLayer<ReshapeLayer>({
  kind: 'reshape',
  outputShape: target,
  structure: ({ targetShape }) => [...targetShape],
  forward: (layer, { input }) =>
    reshapeNode(input, [input.shape[0]!, ...target(layer, input.shape.slice(1))]),
});
