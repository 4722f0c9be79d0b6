import type { Shape } from '../graph/node.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';

/** The declaration of a model's input. */
export interface InputLayer extends Layer {
  readonly kind: 'input';
  readonly inputShape: Shape;
}

/** Refuses extents that are not whole numbers from 1. */
export function requireSampleShape(where: string, shape: Shape): void {
  for (const extent of shape)
    requireNumber('LU_LAYER_OPTION', where, 'an extent of the shape', extent, ranges.count);
}

/**
 * Declares the shape of one sample of the input, without the batch axis.
 *
 * Throws `LU_LAYER_OPTION` unless all extents are whole numbers from 1.
 *
 * @example
 * sequential([layers.input({ shape: [28, 28] }), layers.flatten(), layers.dense({ units: 10 })])
 */
export function input(options: { readonly shape: Shape; readonly name?: string }): InputLayer {
  refuseUnknown('LU_LAYER_OPTION', 'layer input', options, ['shape', 'name']);
  requireSampleShape('layer input', options.shape);
  return {
    kind: 'input',
    inputShape: options.shape,
    ...(options.name === undefined ? {} : { name: options.name }),
  };
}

defineLayer<InputLayer>({
  kind: 'input',
  takesIntegers: true,
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: () => null,
  forward: (_layer, context) => context.input,
});
