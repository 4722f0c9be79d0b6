import type { Node } from '../graph/node.ts';
import { divide, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { max, mean, sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { defineLayer, type Layer, type LayerKind } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

type GlobalPoolingKind =
  | 'globalAveragePooling1d'
  | 'globalAveragePooling2d'
  | 'globalMaxPooling1d'
  | 'globalMaxPooling2d';

/** Options of the global poolings. */
export interface GlobalPoolingOptions extends PlaceOptions {
  /** Keep the pooled axes with extent 1. Default false. */
  readonly keepDims?: boolean;
}

/** One number for each channel. */
export interface GlobalPoolingLayer extends Layer {
  readonly kind: GlobalPoolingKind;
  readonly keepDims: boolean;
}

function create(kind: GlobalPoolingKind, options: GlobalPoolingOptions): GlobalPoolingLayer {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['keepDims', 'inputShape', 'name']);
  return { kind, keepDims: options.keepDims ?? false, ...placeOptions(where, options) };
}

/**
 * The mean of each channel of sequences [steps, channels]: [channels].
 *
 * @example
 * layers.globalAveragePooling1d()
 */
export function globalAveragePooling1d(options: GlobalPoolingOptions = {}): GlobalPoolingLayer {
  return create('globalAveragePooling1d', options);
}

/**
 * The mean of each channel of images [height, width, channels]: [channels].
 *
 * @example
 * layers.globalAveragePooling2d()
 */
export function globalAveragePooling2d(options: GlobalPoolingOptions = {}): GlobalPoolingLayer {
  return create('globalAveragePooling2d', options);
}

/**
 * The largest value of each channel of sequences [steps, channels]: [channels]. Equal maxima share the gradient equally,
 * as in Keras.
 *
 * @example
 * layers.globalMaxPooling1d()
 */
export function globalMaxPooling1d(options: GlobalPoolingOptions = {}): GlobalPoolingLayer {
  return create('globalMaxPooling1d', options);
}

/**
 * The largest value of each channel of images [height, width, channels]: [channels]. Equal maxima share the gradient
 * equally, as in Keras.
 *
 * @example
 * layers.globalMaxPooling2d({ keepDims: true })
 */
export function globalMaxPooling2d(options: GlobalPoolingOptions = {}): GlobalPoolingLayer {
  return create('globalMaxPooling2d', options);
}

function kindOf(
  kind: GlobalPoolingKind,
  rank: number,
  axes: string,
  reduce: (x: Node, axis: number) => Node,
): LayerKind<GlobalPoolingLayer> {
  return {
    kind,
    outputShape: ({ keepDims }, shape) => {
      requireRank(shape, rank, axes);
      const channels = shape.at(-1)!;
      return keepDims ? [...shape.slice(0, -1).map(() => 1), channels] : [channels];
    },
    structure: ({ keepDims }) => keepDims,
    forward: ({ keepDims }, { input }) => {
      const [batch, channels] = [input.shape[0]!, input.shape.at(-1)!];
      const positions = sizeOf(input.shape.slice(1, -1));
      const pooled = reduce(reshape(input, [batch, positions, channels]), 1);
      return keepDims ? reshape(pooled, [batch, ...new Array<number>(rank - 1).fill(1), channels]) : pooled;
    },
  };
}

/** The mean over the steps that count, as in Keras. */
function maskedMean(input: Node, mask: Node): Node {
  const [batch, steps, channels] = input.shape as readonly [number, number, number];
  const counts = reshape(cast(mask, 'float32'), [batch, steps, 1]);
  return reshape(divide(sum(multiply(input, counts), 1), sum(counts, 1)), [batch, channels]);
}

const averages = kindOf('globalAveragePooling1d', 2, '[steps, channels]', mean);
defineLayer<GlobalPoolingLayer>({
  ...averages,
  forward: (layer, context) => {
    const { input, mask } = context;
    if (mask === undefined) return averages.forward(layer, context);
    const pooled = maskedMean(input, mask);
    return layer.keepDims ? reshape(pooled, [input.shape[0]!, 1, input.shape[2]!]) : pooled;
  },
});
defineLayer(kindOf('globalAveragePooling2d', 3, '[height, width, channels]', mean));
defineLayer(kindOf('globalMaxPooling1d', 2, '[steps, channels]', max));
defineLayer(kindOf('globalMaxPooling2d', 3, '[height, width, channels]', max));
