import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';

/** A function of each value (softmax: of each row). */
export interface ActivationLayer extends Layer {
  readonly kind: 'activation';
  readonly activation: ActivationName;
}

/**
 * Applies an activation on its own.
 *
 * @example
 * layers.activation('relu')
 */
export function activation(
  options: ActivationName | { readonly activation: ActivationName; readonly name?: string },
): ActivationLayer {
  const given = typeof options === 'string' ? { activation: options } : options;
  refuseUnknown('LU_LAYER_OPTION', 'layer activation', given, ['activation', 'name']);
  return { kind: 'activation', ...given, activation: parseActivation('layer activation', given.activation) };
}

defineLayer<ActivationLayer>({
  kind: 'activation',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: (layer) => layer.activation,
  forward: (layer, { input, watchUnits }) => activate(layer.activation, input, watchUnits),
});
