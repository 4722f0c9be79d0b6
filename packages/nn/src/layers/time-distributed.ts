import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { reshape } from '../graph/ops/shape.ts';
import { innerKnobs, innerStructure, innerWeights } from './inner.ts';
import { kindOf, outputShapesOf } from './kinds.ts';
import { defineLayer, type Layer, type LayerLike, toLayer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';

/** Options of `layers.timeDistributed`. */
export interface TimeDistributedOptions extends WeightedOptions {
  /** What every step goes through: a layer, or a model. */
  readonly layer: LayerLike;
}

/** A layer that every step of a sequence goes through. */
export interface TimeDistributedLayer extends Layer {
  readonly kind: 'timeDistributed';
  readonly layer: Layer;
}

/**
 * Applies a layer to every step of a sequence [steps, ...sample], with the same weights.
 *
 * Steps are to the layer what samples are: batch normalization takes its moments over both, dropout draws for each, and
 * a penalty on outputs is a mean over steps, too (in Keras their sum). Weights are named `layer.kernel` and so on; a mask
 * goes on. Throws `LU_LAYER_OPTION` without a layer; samples of a single axis are refused, as in Keras.
 *
 * @example
 * layers.timeDistributed({ layer: layers.conv2d({ filters: 8, kernelSize: 3 }) }) // [frames, height, width, channels]
 */
export function timeDistributed(options: TimeDistributedOptions): TimeDistributedLayer {
  const where = layerName('timeDistributed', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['layer', 'inputShape', 'trainable', 'name']);
  const layer = toLayer(options.layer);
  if (typeof layer?.kind !== 'string') {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: there is no layer to apply`, {
      fix: 'Give one: layers.timeDistributed({ layer: layers.dense({ units: 8 }) }).',
      where,
    });
  }
  return { kind: 'timeDistributed', layer, ...placeOptions(where, options) };
}

function stepOf(input: Shape): Shape {
  if (input.length > 1) return input.slice(1);
  throw new LuthierError(
    'LU_LAYER_SHAPE',
    `takes samples of [steps, ...sample] with at least two axes, not [${input.join(', ')}]`,
    {
      fix: 'Give it a sequence of vectors, images or sequences; a layer of single numbers needs no wrapper.',
    },
  );
}

/** The layer inside; it is frozen with the one around it. */
function innerOf({ layer, trainable }: TimeDistributedLayer): Layer {
  return trainable === false ? { ...layer, trainable } : layer;
}

/** Every output of the layer with the axis of steps in front. */
function shapes(layer: TimeDistributedLayer, [input]: readonly Shape[]): readonly Shape[] {
  return outputShapesOf(layer.layer, [stepOf(input!)]).map((shape) => [input![0]!, ...shape]);
}

defineLayer<TimeDistributedLayer>({
  kind: 'timeDistributed',
  passesMask: true,
  takesIntegers: true,
  wholeNumbers: ({ layer }, input) => kindOf(layer).wholeNumbers?.(layer, input),
  contains: ({ layer }) => [['layer', layer]],
  outputShape: (layer, input) => shapes(layer, [input])[0]!,
  outputShapes: shapes,
  weights: (layer, input) => innerWeights('layer', innerOf(layer), [stepOf(input)]),
  knobs: (layer) => innerKnobs('layer', layer.layer),
  structure: (layer) => innerStructure(innerOf(layer)),
  forward: (layer, { input, inner }) => {
    const [batch, steps, ...sample] = input.shape as [number, number, ...number[]];
    const { outputs } = inner('layer', innerOf(layer), [reshape(input, [batch * steps, ...sample])]);
    return outputs.map((output: Node) => reshape(output, [batch, steps, ...output.shape.slice(1)]));
  },
});
