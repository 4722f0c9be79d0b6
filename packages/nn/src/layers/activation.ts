import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

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
  options: ActivationName | (PlaceOptions & { readonly activation: ActivationName }),
): ActivationLayer {
  const given = typeof options === 'string' ? { activation: options } : options;
  const where = layerName('activation', given);
  refuseUnknown('LU_LAYER_OPTION', where, given, ['activation', 'inputShape', 'name']);
  return {
    kind: 'activation',
    activation: parseActivation(where, given.activation),
    ...placeOptions(where, given),
  };
}

defineLayer<ActivationLayer>({
  kind: 'activation',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: (layer) => layer.activation,
  forward: (layer, { input, watchUnits }) => activate(layer.activation, input, watchUnits),
});
