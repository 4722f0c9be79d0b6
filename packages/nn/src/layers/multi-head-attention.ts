import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { and, where as choose, equal, greaterEqual, not } from '../graph/ops/compare.ts';
import { defineGradientRule } from '../graph/ops/gradient-rule.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { dropoutFactors } from '../graph/ops/random.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { softmax } from '../graph/ops/softmax.ts';
import { iota } from '../graph/ops/sources.ts';
import type { Fans } from '../initializers/initializer.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type ForwardContext, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.multiHeadAttention`; those of kernels and biases are for all of them. Default `glorotUniform` and `zeros`. */
export interface MultiHeadAttentionOptions
  extends Omit<WeightedOptions, 'inputShape'>,
    WeightOptions<'kernel'>,
    WeightOptions<'bias'> {
  readonly numHeads: number;
  /** Width of queries and keys in each head. */
  readonly keyDim: number;
  /** Width of values in each head. Default keyDim. */
  readonly valueDim?: number;
  /** Width of the output. Default that of the queries. */
  readonly outputDim?: number;
  /** Share of attention weights dropped while training. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly useBias?: boolean;
  /** Each step attends to itself and those before it only. Default false. */
  readonly useCausalMask?: boolean;
  /** Give the attention weights [numHeads, query steps, value steps] as a second output. Default false. */
  readonly returnAttentionScores?: boolean;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
}

/** Attention of several heads. */
export interface MultiHeadAttentionLayer extends Layer, WeightFields<'kernel'>, WeightFields<'bias'> {
  readonly kind: 'multiHeadAttention';
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly outputDim?: number;
  readonly dropout: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
  readonly returnAttentionScores: boolean;
  readonly activityRegularizer?: Regularizer;
}

const KNOWN = [
  'numHeads',
  'keyDim',
  'valueDim',
  'outputDim',
  'dropout',
  'useBias',
  'useCausalMask',
  'returnAttentionScores',
  ...weightOptionNames('kernel'),
  ...weightOptionNames('bias'),
  'activityRegularizer',
  'trainable',
  'name',
];

/** What a masked score becomes, as in Keras. */
const MASKED = -1e9;

/**
 * Attention: `softmax(Q K' / sqrt(keyDim)) V` for every head, the heads joined by a last projection.
 *
 * Called on query [steps, width], then value, key (default: value) and an attention mask [query steps, value steps] of
 * zeros and ones; on one tensor alone it is self-attention. Masks of padding (`embedding({ maskZero: true })`) are
 * respected. Weights as in Keras: `query.kernel` [width, heads, keyDim], ..., `attentionOutput.kernel` [heads, valueDim,
 * outputDim]. Throws `LU_LAYER_OPTION` for an unknown option or a number out of range. Reference: Vaswani et al. 2017,
 * section 3.2.
 *
 * @example
 * const attended = call(layers.multiHeadAttention({ numHeads: 4, keyDim: 16 }), words);
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): MultiHeadAttentionLayer {
  const where = layerName('multiHeadAttention', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const count = (option: string, value: number): number =>
    requireNumber('LU_LAYER_OPTION', where, option, value, ranges.count);
  const keyDim = count('keyDim', options.keyDim);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [1]);
  return {
    kind: 'multiHeadAttention',
    numHeads: count('numHeads', options.numHeads),
    keyDim,
    valueDim: count('valueDim', options.valueDim ?? keyDim),
    ...(options.outputDim === undefined ? {} : { outputDim: count('outputDim', options.outputDim) }),
    dropout: requireNumber('LU_LAYER_OPTION', where, 'dropout', options.dropout ?? 0, ranges.rate),
    useBias: options.useBias ?? true,
    useCausalMask: options.useCausalMask ?? false,
    returnAttentionScores: options.returnAttentionScores ?? false,
    ...parseWeight(where, 'kernel', options, 'glorotUniform'),
    ...parseWeight(where, 'bias', options, 'zeros'),
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
    ...placeOptions(where, options),
  };
}

/** Query, value and key among the inputs. */
function roles<T>(inputs: readonly T[]): { readonly query: T; readonly value: T; readonly key: T } {
  const query = inputs[0]!;
  const value = inputs[1] ?? query;
  return { query, value, key: inputs[2] ?? value };
}

function requireShapes(inputs: readonly Shape[]): void {
  const { query, value, key } = roles(inputs);
  for (const shape of [query, value, key]) {
    if (shape.length === 2) continue;
    throw new LuthierError('LU_LAYER_SHAPE', `takes samples of [steps, width], not [${shape.join(', ')}]`, {
      fix: 'Put layers.reshape before it.',
    });
  }
  if (key[0] !== value[0]) {
    throw new LuthierError('LU_LAYER_SHAPE', `takes as many keys as values, not ${key[0]} and ${value[0]}`, {
      fix: 'Give a key for every value.',
    });
  }
  const mask = inputs[3];
  if (mask === undefined || mask.join() === [query[0], value[0]].join()) return;
  throw new LuthierError(
    'LU_LAYER_SHAPE',
    `takes an attention mask of [${query[0]}, ${value[0]}], not [${mask.join(', ')}]`,
    { fix: 'Give a row for every query step, a column for every value step.' },
  );
}

function outputWidth({ outputDim }: MultiHeadAttentionLayer, query: Shape): number {
  return outputDim ?? query.at(-1)!;
}

function weights(
  layer: MultiHeadAttentionLayer,
  _input: Shape,
  inputs: readonly Shape[],
): readonly WeightSpec[] {
  const { numHeads, keyDim, valueDim, useBias } = layer;
  const { query, value, key } = roles(inputs);
  const kernel = (name: string, shape: Shape, fans: Fans): WeightSpec =>
    weightSpec('kernel', layer, `${name}.kernel`, shape, fans);
  const bias = (name: string, shape: Shape, fans: Fans): readonly WeightSpec[] =>
    useBias ? [weightSpec('bias', layer, `${name}.bias`, shape, fans)] : [];
  const projection = (name: string, width: number, size: number): readonly WeightSpec[] => [
    // Fans as Keras counts them for kernels of three axes.
    kernel(name, [width, numHeads, size], { fanIn: width * numHeads, fanOut: width * size }),
    ...bias(name, [numHeads, size], { fanIn: numHeads, fanOut: size }),
  ];
  const width = outputWidth(layer, query);
  const outputFans = { fanIn: numHeads * valueDim, fanOut: numHeads * width };
  return [
    ...projection('query', query[1]!, keyDim),
    ...projection('key', key[1]!, keyDim),
    ...projection('value', value[1]!, valueDim),
    kernel('attentionOutput', [numHeads, valueDim, width], outputFans),
    ...bias('attentionOutput', [width], { fanIn: width, fanOut: width }),
  ];
}

/**
 * `[batch, heads, size, steps]`: the runtime swaps two axes of long rows three times as fast as it moves the short rows of
 * a head, and multiplies matrices as fast either way round.
 */
function project(
  { numHeads, useBias }: MultiHeadAttentionLayer,
  { weight }: ForwardContext,
  name: string,
  x: Node,
  factor = 1,
): Node {
  const [batch, steps, width] = x.shape as readonly [number, number, number];
  const kernel = weight(`${name}.kernel`);
  const size = kernel.shape[2]!;
  const units = numHeads * size;
  const product = matmul(reshape(x, [batch * steps, width]), reshape(kernel, [width, units]));
  const shifted = useBias ? add(product, reshape(weight(`${name}.bias`), [units])) : product;
  const scaled = reshape(multiply(shifted, factor), [batch, steps, units]);
  return reshape(swapAxes(scaled), [batch, numHeads, size, steps]);
}

/**
 * The gradient of attention with respect to scores and values, where all that follows depends on the values met: the sum
 * over a row that the softmax wants is that of the few numbers of a head, `sum(dP * P) = sum(dO * O)`. Reference: Dao, Fu,
 * Ermon, Rudra and Re 2022, FlashAttention, appendix B.2.
 */
const withAttentionGradient = defineGradientRule(
  'attention',
  ([dy], [, values], [attention, kept, output, mask]) => {
    const along = sum(multiply(dy!, output!), -2);
    const direct = matmul(dy!, values!, { transposeA: true });
    const masked = mask === undefined ? direct : multiply(direct, mask);
    return [multiply(attention!, subtract(masked, reshape(along, [...along.shape, 1]))), matmul(dy!, kept!)];
  },
);

/** What attention gives to each head, `[batch, heads, size, steps]`, and its weights, kept or dropped, if they are wanted. */
function attend(
  scores: Node,
  values: Node,
  dropped: ReturnType<typeof dropoutFactors> | undefined,
  areWeightsWanted: boolean,
): readonly Node[] {
  const attention = softmax(scores);
  if (areWeightsWanted) {
    const kept =
      dropped === undefined ? attention : multiply(attention, multiply(dropped.kept, dropped.scale));
    return [matmul(values, kept, { transposeB: true }), kept];
  }
  // The values are fewer than the weights, so that scaling them costs less.
  const scaled = dropped === undefined ? values : multiply(values, dropped.scale);
  const kept = dropped === undefined ? attention : multiply(attention, dropped.kept);
  const heads = matmul(scaled, kept, { transposeB: true });
  const used = [attention, kept, heads, ...(dropped === undefined ? [] : [dropped.kept])];
  return withAttentionGradient([heads], [scores, scaled], used);
}

/** Which scores count, in a shape that broadcasts to [batch, heads, query steps, value steps]. */
function scoresMask(layer: MultiHeadAttentionLayer, { inputs, masks }: ForwardContext): Node | undefined {
  const { query, value } = roles(inputs);
  const [batch, t] = query.shape as readonly [number, number];
  const s = value.shape[1]!;
  const queryMask = masks[0];
  // On one tensor alone its mask is that of queries, values and keys.
  const valueMask = inputs.length > 1 ? masks[1] : masks[0];
  const keyMask = inputs.length > 2 ? masks[2] : undefined;
  const given = inputs[3];
  const parts: Node[] = [];
  if (queryMask !== undefined) parts.push(reshape(queryMask, [batch, 1, t, 1]));
  if (valueMask !== undefined) parts.push(reshape(valueMask, [batch, 1, 1, s]));
  if (keyMask !== undefined) parts.push(reshape(keyMask, [batch, 1, 1, s]));
  if (given !== undefined) parts.push(reshape(not(equal(given, 0)), [batch, 1, t, s]));
  if (layer.useCausalMask) {
    const steps = cast(iota(t), 'int32');
    const others = cast(iota(s), 'int32');
    parts.push(greaterEqual(reshape(steps, [1, 1, t, 1]), reshape(others, [1, 1, 1, s])));
  }
  return parts.length === 0 ? undefined : parts.reduce((a, b) => and(a, b));
}

defineLayer<MultiHeadAttentionLayer>({
  kind: 'multiHeadAttention',
  arity: [1, 4],
  passesMask: true,
  outputShape: (layer, query, inputs) => {
    requireShapes(inputs);
    return [query[0]!, outputWidth(layer, query)];
  },
  outputShapes: (layer, inputs) => {
    requireShapes(inputs);
    const { query, value } = roles(inputs);
    const output = [query[0]!, outputWidth(layer, query)];
    return layer.returnAttentionScores ? [output, [layer.numHeads, query[0]!, value[0]!]] : [output];
  },
  weights,
  knobs: ({ dropout, activityRegularizer }) => ({
    ...(dropout === 0 ? {} : { dropout }),
    ...activityKnobs(activityRegularizer),
  }),
  structure: ({
    numHeads,
    keyDim,
    valueDim,
    dropout,
    useBias,
    useCausalMask,
    returnAttentionScores,
    activityRegularizer,
  }) => [
    numHeads,
    keyDim,
    valueDim,
    dropout > 0,
    useBias,
    useCausalMask,
    returnAttentionScores,
    Object.keys(activityRegularizer ?? {}),
  ],
  forward: (layer, context) => {
    const { numHeads, keyDim, valueDim, dropout, useBias } = layer;
    const { inputs, isTraining, weight, knob, randomKey, addPenalty } = context;
    const { query, value, key } = roles(inputs);
    const [batch, t] = query.shape as readonly [number, number];
    const queries = project(layer, context, 'query', query, 1 / Math.sqrt(keyDim));
    const products = matmul(queries, project(layer, context, 'key', key), { transposeA: true });
    const counted = scoresMask(layer, context);
    const scores = counted === undefined ? products : choose(counted, products, MASKED);
    const values = project(layer, context, 'value', value);
    const dropped =
      isTraining && dropout > 0 ? dropoutFactors(randomKey(), knob('dropout'), scores.shape) : undefined;
    const [heads, ...kept] = attend(scores, values, dropped, layer.returnAttentionScores);
    const joined = reshape(swapAxes(reshape(heads!, [batch, numHeads * valueDim, t])), [
      batch * t,
      numHeads * valueDim,
    ]);
    const width = outputWidth(layer, query.shape.slice(1));
    const product = matmul(joined, reshape(weight('attentionOutput.kernel'), [numHeads * valueDim, width]));
    const shifted = useBias ? add(product, weight('attentionOutput.bias')) : product;
    const output = reshape(shifted, [batch, t, width]);
    for (const part of activityPenalty(layer.activityRegularizer, output, knob)) addPenalty(part);
    return [output, ...kept];
  },
});
