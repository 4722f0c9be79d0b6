import type { Node } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal, greater, not } from '../graph/ops/compare.ts';
import { max } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** Marks the steps of sequences that are padding. */
export interface MaskingLayer extends Layer {
  readonly kind: 'masking';
  readonly maskValue: number;
}

/**
 * Leaves out the steps of sequences [steps, channels] in which every channel is `maskValue`; they become 0.
 *
 * Default maskValue 0.
 *
 * @example
 * layers.masking({ maskValue: -1 })
 */
export function masking(options: PlaceOptions & { readonly maskValue?: number } = {}): MaskingLayer {
  const where = layerName('masking', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['maskValue', 'inputShape', 'name']);
  const maskValue = requireNumber(
    'LU_LAYER_OPTION',
    where,
    'maskValue',
    options.maskValue ?? 0,
    ranges.finite,
  );
  return { kind: 'masking', maskValue, ...placeOptions(where, options) };
}

function counts(input: Node, maskValue: number): Node {
  return greater(max(cast(not(equal(input, maskValue)), 'float32'), -1), 0.5);
}

defineLayer<MaskingLayer>({
  kind: 'masking',
  outputShape: (_layer, shape) => {
    requireRank(shape, 2, '[steps, channels]');
    return shape;
  },
  structure: ({ maskValue }) => maskValue,
  outputMask: ({ maskValue }, { input }) => counts(input, maskValue),
  forward: ({ maskValue }, { input }) => {
    const [batch, steps] = input.shape;
    return multiply(input, reshape(cast(counts(input, maskValue), 'float32'), [batch!, steps!, 1]));
  },
});
