import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { multiply, subtract } from '../graph/ops/arithmetic.ts';
import { negate, relu } from '../graph/ops/elementwise.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.prelu`. Default `alphaInitializer`: `zeros`. */
export interface PreluOptions extends WeightedOptions, WeightOptions<'alpha'> {
  /** Axes along which one slope serves all, counted from 1 (axis 0 is the batch). Default none. */
  readonly sharedAxes?: readonly number[];
}

/** A rectifier with learned slopes. */
export interface PreluLayer extends Layer, WeightFields<'alpha'> {
  readonly kind: 'prelu';
  readonly sharedAxes: readonly number[];
}

const KNOWN = [...weightOptionNames('alpha'), 'sharedAxes', 'inputShape', 'trainable', 'name'];

/**
 * `x` where positive, else `alpha x`, with a learned `alpha` for every value of a sample.
 *
 * Defaults as in Keras: alpha begins at 0 and is not shared. Throws `LU_LAYER_OPTION` for an unknown option.
 * Reference: He, Zhang, Ren and Sun 2015.
 *
 * @example
 * layers.prelu({ sharedAxes: [1, 2] }) // one slope a channel of images
 */
export function prelu(options: PreluOptions = {}): PreluLayer {
  const where = layerName('prelu', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  return {
    kind: 'prelu',
    ...parseWeight(where, 'alpha', options, 'zeros'),
    sharedAxes: options.sharedAxes ?? [],
    ...placeOptions(where, options),
  };
}

function alphaShape({ sharedAxes }: PreluLayer, input: Shape): Shape {
  return input.map((extent, axis) => (sharedAxes.includes(axis + 1) ? 1 : extent));
}

defineLayer<PreluLayer>({
  kind: 'prelu',
  passesMask: true,
  outputShape: ({ sharedAxes }, shape) => {
    const wrong = sharedAxes.find((axis) => !Number.isInteger(axis) || axis < 1 || axis > shape.length);
    if (wrong !== undefined) {
      throw new LuthierError(
        'LU_LAYER_SHAPE',
        `shares slopes along axis ${wrong}, which samples do not have`,
        {
          fix: `Choose axes from 1 to ${shape.length}.`,
        },
      );
    }
    return shape;
  },
  weights: (layer, input) => {
    const shape = alphaShape(layer, input);
    const fan = shape.at(-1) ?? 1;
    return [weightSpec('alpha', layer, 'alpha', shape, { fanIn: fan, fanOut: fan })];
  },
  structure: ({ sharedAxes }) => [...sharedAxes],
  forward: (_layer, { input, weight }) =>
    subtract(relu(input), multiply(weight('alpha'), relu(negate(input)))),
});
