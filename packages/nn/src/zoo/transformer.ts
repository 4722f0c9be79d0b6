import type { HyperParameters } from '@luthier/core';
import { LuthierError } from '@luthier/core';
import { layers } from '../layers/layers.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { call, input, type SymbolicTensor } from '../training/symbolic.ts';

/** Options of one encoder block. */
export interface EncoderBlockOptions {
  readonly heads: number;
  /** Units between the two dense layers. */
  readonly hidden: number;
  /** Of attention weights and of both branches. */
  readonly dropout: number;
  /** Before the names of all layers. */
  readonly name: string;
}

const EPSILON = 1e-6;

/**
 * One block of a transformer's encoder: attention, then two dense layers, each added to its input and normalized.
 *
 * Takes and gives [steps, width]; width must be a multiple of heads. Reference: Vaswani et al. 2017; Devlin et al. 2019.
 *
 * @example
 * encoderBlock(words, { heads: 4, hidden: 256, dropout: 0.1, name: 'block1' })
 */
export function encoderBlock(
  x: SymbolicTensor,
  { heads, hidden, dropout, name }: EncoderBlockOptions,
): SymbolicTensor {
  const width = x.shape.at(-1)!;
  const branch = (part: string, y: SymbolicTensor, before: SymbolicTensor): SymbolicTensor => {
    const kept = dropout === 0 ? y : call(layers.dropout({ rate: dropout, name: `${name}_${part}_drop` }), y);
    const sum = call(layers.add({ name: `${name}_${part}_sum` }), before, kept);
    return call(layers.layerNormalization({ epsilon: EPSILON, name: `${name}_${part}_norm` }), sum);
  };
  const attention = layers.multiHeadAttention({
    numHeads: heads,
    keyDim: width / heads,
    dropout,
    name: `${name}_attention`,
  });
  const attended = branch('attention', call(attention, x), x);
  const wide = call(layers.dense({ units: hidden, activation: 'gelu', name: `${name}_wide` }), attended);
  return branch('dense', call(layers.dense({ units: width, name: `${name}_narrow` }), wide), attended);
}

/** Options of `bert`. */
export interface BertOptions {
  /** Number of different tokens; token 0 is padding. */
  readonly vocabulary: number;
  /** Tokens of a sequence. */
  readonly steps: number;
  readonly classes: number;
  /** Encoder blocks. Default 2. */
  readonly blocks?: number;
  /** Numbers that stand for a token. Default 64. */
  readonly width?: number;
  /** Default one for every 16 of width. */
  readonly heads?: number;
  /** Units inside a block. Default four times the width. */
  readonly hidden?: number;
  /** Default 0.1. */
  readonly dropout?: number;
  /** Whether padding (token 0) is left out of attention and of the mean. Default true. */
  readonly maskZero?: boolean;
  /** Decides the initial weights. Default 0. */
  readonly seed?: number;
}

const KNOWN = [
  'vocabulary',
  'steps',
  'classes',
  'blocks',
  'width',
  'heads',
  'hidden',
  'dropout',
  'maskZero',
  'seed',
] as const;

/**
 * A small BERT that classifies sequences of tokens: embeddings of tokens and positions, encoder blocks, the mean over the
 * steps, classes by softmax. Not compiled yet.
 *
 * Defaults: 2 blocks of width 64 with 4 heads and 256 hidden units (the "tiny" sizes of Turc et al. 2019 halved), dropout
 * 0.1. Throws `LU_MODEL_OPTION` for numbers out of range and a width that heads do not divide.
 *
 * @example
 * bert({ vocabulary: 5000, steps: 64, classes: 2 })
 */
export function bert(options: BertOptions): Model {
  const where = 'bert';
  const code = 'LU_MODEL_OPTION';
  refuseUnknown(code, where, options, KNOWN);
  const count = (option: string, value: number): number =>
    requireNumber(code, where, option, value, ranges.count);
  const width = count('width', options.width ?? 64);
  const heads = count('heads', options.heads ?? Math.max(1, Math.floor(width / 16)));
  if (width % heads !== 0) {
    throw new LuthierError(code, `${where}: a width of ${width} does not divide into ${heads} heads`, {
      fix: 'Make width a multiple of heads.',
      where,
    });
  }
  const dropout = requireNumber(code, where, 'dropout', options.dropout ?? 0.1, ranges.rate);
  const hidden = count('hidden', options.hidden ?? 4 * width);
  const tokens = input({ shape: [count('steps', options.steps)], name: 'tokens' });
  const embedding = layers.embedding({
    inputDim: count('vocabulary', options.vocabulary),
    outputDim: width,
    maskZero: options.maskZero ?? true,
    name: 'tokens_embedding',
  });
  const placed = call(layers.positionEmbedding({ name: 'positions' }), call(embedding, tokens));
  let x = call(layers.layerNormalization({ epsilon: EPSILON, name: 'embedding_norm' }), placed);
  if (dropout > 0) x = call(layers.dropout({ rate: dropout, name: 'embedding_drop' }), x);
  for (let block = 1; block <= count('blocks', options.blocks ?? 2); block++) {
    x = encoderBlock(x, { heads, hidden, dropout, name: `block${block}` });
  }
  const pooled = call(layers.globalAveragePooling1d({ name: 'mean' }), x);
  const output = layers.dense({
    units: count('classes', options.classes),
    activation: 'softmax',
    name: 'classes',
  });
  return functional({ inputs: tokens, outputs: call(output, pooled), name: 'bert', seed: options.seed ?? 0 });
}

/**
 * A transformer encoder whose sizes are tuned: blocks 1 to 4, width 32, 64 or 128, heads 2 or 4, dropout 0 to 0.3, Adam's
 * rate from 1e-4 to 1e-2. Compiled.
 *
 * @example
 * build: (hp) => tunableBert(hp, { vocabulary: 5000, steps: 64, classes: 2 })
 */
export function tunableBert(
  hp: HyperParameters,
  options: Pick<BertOptions, 'vocabulary' | 'steps' | 'classes' | 'maskZero' | 'seed'>,
): Model {
  return bert({
    ...options,
    blocks: hp.int('blocks', { min: 1, max: 4, default: 2 }),
    width: hp.choice('width', [32, 64, 128], { default: 64 }),
    heads: hp.choice('heads', [2, 4]),
    dropout: hp.float('dropout', { min: 0, max: 0.3, step: 0.1, default: 0.1 }),
  }).compile({
    optimizer: optimizers.adam({
      learningRate: hp.float('learningRate', { min: 1e-4, max: 1e-2, log: true, default: 1e-3 }),
    }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}
