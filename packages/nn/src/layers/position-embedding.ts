import type { Constraint, ConstraintName } from '../constraints/constraint.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { reshape } from '../graph/ops/shape.ts';
import type { Initializer, InitializerName } from '../initializers/initializer.ts';
import type { Regularizer, RegularizerName } from '../regularizers/regularizer.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions, requireRank, type WeightedOptions } from './place.ts';
import { parseRules, ruledWeight, type WeightRules } from './weight-rules.ts';

/** Options of `layers.positionEmbedding`. */
export interface PositionEmbeddingOptions extends WeightedOptions {
  /** Default `glorotUniform`, as in Keras Hub. */
  readonly embeddingsInitializer?: InitializerName | Initializer;
  readonly embeddingsRegularizer?: RegularizerName | Regularizer;
  readonly embeddingsConstraint?: ConstraintName | Constraint;
}

/** A learned vector for every step, added to the step. */
export interface PositionEmbeddingLayer extends Layer {
  readonly kind: 'positionEmbedding';
  readonly embeddings: WeightRules;
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
    'embeddingsInitializer',
    'embeddingsRegularizer',
    'embeddingsConstraint',
    'inputShape',
    'trainable',
    'name',
  ]);
  const rules = {
    initializer: options.embeddingsInitializer,
    regularizer: options.embeddingsRegularizer,
    constraint: options.embeddingsConstraint,
  };
  return {
    kind: 'positionEmbedding',
    embeddings: parseRules(where, 'embeddings', rules, 'glorotUniform'),
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
  weights: ({ embeddings }, [steps, width]) => [
    ruledWeight('embeddings', [steps!, width!], { fanIn: steps!, fanOut: width! }, embeddings),
  ],
  structure: () => null,
  forward: (_layer, { input, weight }) =>
    add(input, reshape(weight('embeddings'), [1, ...input.shape.slice(1)])),
});
