import type { Node } from '../graph/node.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal, not } from '../graph/ops/compare.ts';
import { gather } from '../graph/ops/gather.ts';
import { initializers } from '../initializers/initializer.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.embedding`. Default `embeddingsInitializer`: uniform between -0.05 and 0.05, as in Keras. */
export interface EmbeddingOptions extends WeightedOptions, WeightOptions<'embeddings'> {
  /** Number of different indices: they run from 0 to `inputDim - 1`. */
  readonly inputDim: number;
  /** Numbers that stand for each index. */
  readonly outputDim: number;
  /** Whether index 0 is padding, which layers after it leave out. Default false. */
  readonly maskZero?: boolean;
}

/** A table of vectors, one for every index. */
export interface EmbeddingLayer extends Layer, WeightFields<'embeddings'> {
  readonly kind: 'embedding';
  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
}

/**
 * Replaces whole numbers by vectors that are learned: [steps] becomes [steps, outputDim].
 *
 * Data outside 0 to `inputDim - 1` are refused before training. Throws `LU_LAYER_OPTION` for an unknown option or a
 * dimension below 1.
 *
 * @example
 * layers.embedding({ inputDim: 10_000, outputDim: 64, maskZero: true })
 */
export function embedding(options: EmbeddingOptions): EmbeddingLayer {
  const where = layerName('embedding', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [
    'inputDim',
    'outputDim',
    ...weightOptionNames('embeddings'),
    'maskZero',
    'inputShape',
    'trainable',
    'name',
  ]);
  return {
    kind: 'embedding',
    inputDim: requireNumber('LU_LAYER_OPTION', where, 'inputDim', options.inputDim, ranges.count),
    outputDim: requireNumber('LU_LAYER_OPTION', where, 'outputDim', options.outputDim, ranges.count),
    maskZero: options.maskZero ?? false,
    ...parseWeight(where, 'embeddings', options, initializers.randomUniform()),
    ...placeOptions(where, options),
  };
}

function indices(input: Node): Node {
  return input.dtype === 'int32' ? input : cast(input, 'int32');
}

defineLayer<EmbeddingLayer>({
  kind: 'embedding',
  takesIntegers: true,
  wholeNumbers: ({ inputDim }) => [0, inputDim - 1],
  outputShape: ({ outputDim }, shape) => [...shape, outputDim],
  weights: (layer) => {
    const { inputDim, outputDim } = layer;
    const fans = { fanIn: inputDim, fanOut: outputDim };
    return [weightSpec('embeddings', layer, 'embeddings', [inputDim, outputDim], fans)];
  },
  structure: ({ maskZero }) => maskZero,
  outputMask: ({ maskZero }, { input }) => (maskZero ? not(equal(indices(input), 0)) : undefined),
  forward: (_layer, { input, weight }) => gather(weight('embeddings'), indices(input)),
});
