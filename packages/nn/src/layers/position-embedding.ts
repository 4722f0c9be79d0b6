import { add } from '../graph/ops/arithmetic.ts';
import { reshape } from '../graph/ops/shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions, requireRank, type WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.positionEmbedding`. Default `embeddingsInitializer`: `glorotUniform`, as in Keras Hub. */
export interface PositionEmbeddingOptions extends WeightedOptions, WeightOptions<'embeddings'> {}

/** A learned vector for every step, added to the step. */
export interface PositionEmbeddingLayer extends Layer, WeightFields<'embeddings'> {
  readonly kind: 'positionEmbedding';
}

/**
 * Adds a learned vector to every step of sequences [steps, width], so that attention knows their order.
 *
 * Weight `embeddings` [steps, width]. Throws `LU_LAYER_OPTION` for an unknown option. Reference: Devlin et al. 2019.
 *
 * @example
 * layers.positionEmbedding()
 */
export function positionEmbedding(options: PositionEmbeddingOptions = {}): PositionEmbeddingLayer {
  const where = layerName('positionEmbedding', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [
    ...weightOptionNames('embeddings'),
    'inputShape',
    'trainable',
    'name',
  ]);
  return {
    kind: 'positionEmbedding',
    ...parseWeight(where, 'embeddings', options, 'glorotUniform'),
    ...placeOptions(where, options),
  };
}

defineLayer<PositionEmbeddingLayer>({
  kind: 'positionEmbedding',
  passesMask: true,
  outputShape: (_layer, shape) => {
    requireRank(shape, 2, '[steps, width]');
    return shape;
  },
  weights: (layer, [steps, width]) => [
    weightSpec('embeddings', layer, 'embeddings', [steps!, width!], { fanIn: steps!, fanOut: width! }),
  ],
  structure: () => null,
  forward: (_layer, { input, weight }) =>
    add(input, reshape(weight('embeddings'), [1, ...input.shape.slice(1)])),
});
