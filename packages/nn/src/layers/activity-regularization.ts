import type { Regularizer } from '../regularizers/regularizer.ts';
import { parseRegularizer } from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** A penalty on what passes through. */
export interface ActivityRegularizationLayer extends Layer {
  readonly kind: 'activityRegularization';
  readonly activityRegularizer: Regularizer;
}

/**
 * Adds `(l1 * sum(abs(x)) + l2 * sum(x^2)) / batch` to the loss and hands `x` on.
 *
 * Defaults: l1 0, l2 0. Throws `LU_REGULARIZER_NEGATIVE` unless they are finite and not negative.
 *
 * @example
 * layers.activityRegularization({ l2: 1e-3 })
 */
export function activityRegularization(
  options: PlaceOptions & { readonly l1?: number; readonly l2?: number } = {},
): ActivityRegularizationLayer {
  const where = layerName('activityRegularization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['l1', 'l2', 'inputShape', 'name']);
  const { l1, l2 } = options;
  const activityRegularizer = parseRegularizer(`${where}:`, {
    ...(l1 === undefined ? {} : { l1 }),
    ...(l2 === undefined ? {} : { l2 }),
  })!;
  return { kind: 'activityRegularization', activityRegularizer, ...placeOptions(where, options) };
}

defineLayer<ActivityRegularizationLayer>({
  kind: 'activityRegularization',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  knobs: ({ activityRegularizer }) => activityKnobs(activityRegularizer),
  structure: ({ activityRegularizer }) => Object.keys(activityRegularizer),
  forward: ({ activityRegularizer }, { input, knob, addPenalty }) => {
    for (const part of activityPenalty(activityRegularizer, input, knob)) addPenalty(part);
    return input;
  },
});
