import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { cast } from '../graph/ops/cast.ts';
import { greater, greaterEqual, or } from '../graph/ops/compare.ts';
import { square } from '../graph/ops/elementwise.ts';
import { max } from '../graph/ops/reduce.ts';
import { concat } from '../graph/ops/slice.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Tensors put side by side along an axis. */
export interface ConcatenateLayer extends Layer {
  readonly kind: 'concatenate';
  readonly axis: number;
}

/**
 * Joins two or more tensors along an axis; `axis` counts the batch axis as 0, as in Keras, and -1 is the last.
 *
 * Default axis -1. Throws `LU_LAYER_OPTION` for the batch axis.
 *
 * @example
 * call(layers.concatenate(), left, right)
 */
export function concatenate(
  options: Omit<PlaceOptions, 'inputShape'> & { readonly axis?: number } = {},
): ConcatenateLayer {
  const where = layerName('concatenate', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['axis', 'name']);
  const axis = requireNumber('LU_LAYER_OPTION', where, 'axis', options.axis ?? -1, {
    text: 'the whole numbers but 0',
    holds: (value) => Number.isInteger(value) && value !== 0,
  });
  return { kind: 'concatenate', axis, ...placeOptions(where, options) };
}

/** The axis counted with the batch axis from 0. */
function axisOf({ axis }: ConcatenateLayer, rank: number): number {
  const positive = axis < 0 ? rank + axis : axis;
  if (positive > 0 && positive < rank) return positive;
  throw new LuthierError('LU_LAYER_SHAPE', `has no axis ${axis} to join samples of ${rank - 1} axes along`, {
    fix: 'Give an axis of the samples, from 1.',
  });
}

function outputShape(layer: ConcatenateLayer, first: Shape, inputs: readonly Shape[]): Shape {
  const axis = axisOf(layer, first.length + 1) - 1;
  for (const shape of inputs) {
    if (shape.length === first.length && shape.every((extent, i) => i === axis || extent === first[i]))
      continue;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `cannot join samples of ${inputs.map((one) => `[${one.join(', ')}]`).join(' and ')} along axis ${axis + 1}`,
      { fix: 'Give samples that differ along that axis only.' },
    );
  }
  const extent = inputs.reduce((total, shape) => total + shape[axis]!, 0);
  return first.map((one, i) => (i === axis ? extent : one));
}

/** The mask of an input, all steps counting where it has none; made from its values, so that it follows their batch. */
function maskOf(input: Node, mask: Node | undefined): Node {
  if (mask !== undefined) return mask;
  const axes = input.shape.slice(2).map((_, i) => i + 2);
  return greaterEqual(square(axes.length === 0 ? input : max(input, axes)), 0);
}

defineLayer<ConcatenateLayer>({
  kind: 'concatenate',
  arity: [2, Number.POSITIVE_INFINITY],
  outputShape,
  structure: ({ axis }) => axis,
  outputMask: (layer, { inputs, masks }) => {
    if (masks.every((mask) => mask === undefined)) return undefined;
    const all = inputs.map((input, i) => maskOf(input, masks[i]));
    if (axisOf(layer, inputs[0]!.shape.length) !== 1) return all.reduce((a, b) => or(a, b));
    return greater(
      concat(
        all.map((mask) => cast(mask, 'float32')),
        1,
      ),
      0.5,
    );
  },
  forward: (layer, { inputs }) => concat(inputs, axisOf(layer, inputs[0]!.shape.length)),
});
