import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Each sample as a sequence of copies. */
export interface RepeatVectorLayer extends Layer {
  readonly kind: 'repeatVector';
  readonly n: number;
}

/**
 * Repeats each sample [features] `n` times: [n, features].
 *
 * Throws `LU_LAYER_OPTION` unless `n` is a whole number from 1.
 *
 * @example
 * layers.repeatVector({ n: 10 })
 */
export function repeatVector(options: PlaceOptions & { readonly n: number }): RepeatVectorLayer {
  const where = layerName('repeatVector', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['n', 'inputShape', 'name']);
  const n = requireNumber('LU_LAYER_OPTION', where, 'n', options.n, ranges.count);
  return { kind: 'repeatVector', n, ...placeOptions(where, options) };
}

defineLayer<RepeatVectorLayer>({
  kind: 'repeatVector',
  outputShape: ({ n }, shape) => {
    requireRank(shape, 1, '[features]');
    return [n, ...shape];
  },
  structure: ({ n }) => n,
  forward: ({ n }, { input }) => {
    const [batch, features] = input.shape as readonly [number, number];
    const row = reshape(input, [batch, 1, features]);
    return concat(new Array<typeof row>(n).fill(row), 1);
  },
});
