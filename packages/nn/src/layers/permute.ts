import { LuthierError } from '@luthier/core';
import { transpose } from '../graph/ops/shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** The axes of each sample in another order. */
export interface PermuteLayer extends Layer {
  readonly kind: 'permute';
  /** Counted from 1: the batch axis is 0 and stays. */
  readonly dims: readonly number[];
}

/**
 * Reorders the axes of each sample; they are counted from 1, as in Keras, since axis 0 is the batch.
 *
 * Throws `LU_LAYER_OPTION` unless `dims` names 1 to its length once each.
 *
 * @example
 * layers.permute({ dims: [2, 1], inputShape: [10, 64] }) // [64, 10] a sample
 */
export function permute(options: PlaceOptions & { readonly dims: readonly number[] }): PermuteLayer {
  const where = layerName('permute', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['dims', 'inputShape', 'name']);
  const { dims } = options;
  if ([...dims].sort((a, b) => a - b).some((axis, i) => axis !== i + 1)) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: dims [${dims.join(', ')}] is no order of axes`, {
      fix: `Name every axis from 1 to ${dims.length} once.`,
      where,
    });
  }
  return { kind: 'permute', dims, ...placeOptions(where, options) };
}

defineLayer<PermuteLayer>({
  kind: 'permute',
  outputShape: ({ dims }, shape) => {
    if (dims.length !== shape.length) {
      throw new LuthierError('LU_LAYER_SHAPE', `orders ${dims.length} axes a sample, not ${shape.length}`, {
        fix: `Name the axes 1 to ${shape.length} in dims.`,
      });
    }
    return dims.map((axis) => shape[axis - 1]!);
  },
  structure: ({ dims }) => [...dims],
  forward: ({ dims }, { input }) => transpose(input, [0, ...dims]),
});
