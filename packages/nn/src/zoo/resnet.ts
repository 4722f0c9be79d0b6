import type { HyperParameters } from '@luthier/core';
import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { layers } from '../layers/layers.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { call, input, type SymbolicTensor } from '../training/symbolic.ts';
import {
  type BlockOptions,
  bottleneckBlock,
  groupedBlock,
  normalized,
  preactivatedBlock,
} from './residual-blocks.ts';

/** Options of `resnet`. */
export interface ResNetOptions {
  /** [height, width, channels] of an image. */
  readonly inputShape: Shape;
  readonly classes: number;
  /** `v1`, `v2` (normalizes before it convolves) or `next` (convolves in 32 groups). Default `v2`. */
  readonly version?: 'v1' | 'v2' | 'next';
  /** Residual blocks of the four stages. Default [3, 4, 6, 3]: 50 layers. */
  readonly blocks?: readonly [number, number, number, number];
  /** Filters of the first stage, each stage having more; of `next` a multiple of 32. Default 64. */
  readonly width?: number;
  /** How the last images become one number a channel. Default `avg`. */
  readonly pooling?: 'avg' | 'max';
  /** Decides the initial weights. Default 0. */
  readonly seed?: number;
}

const KNOWN = ['inputShape', 'classes', 'version', 'blocks', 'width', 'pooling', 'seed'] as const;
const POOLINGS = { avg: layers.globalAveragePooling2d, max: layers.globalMaxPooling2d } as const;

/** How a version builds its stages: the block, its filters as multiples of the width, the strides of the stages. */
interface Version {
  readonly block: (x: SymbolicTensor, options: BlockOptions) => SymbolicTensor;
  readonly growth: readonly [number, number, number, number];
  readonly strides: readonly [number, number, number, number];
  /** Whether a stage takes its steps in its last block instead of its first. */
  readonly endsWithStride: boolean;
  /** Whether it normalizes at the very end instead of after the first convolution. */
  readonly isPreactivated: boolean;
}

const VERSIONS: Readonly<Record<'v1' | 'v2' | 'next', Version>> = {
  v1: {
    block: bottleneckBlock,
    growth: [1, 2, 4, 8],
    strides: [1, 2, 2, 2],
    endsWithStride: false,
    isPreactivated: false,
  },
  v2: {
    block: preactivatedBlock,
    growth: [1, 2, 4, 8],
    strides: [2, 2, 2, 1],
    endsWithStride: true,
    isPreactivated: true,
  },
  next: {
    block: groupedBlock,
    growth: [2, 4, 8, 16],
    strides: [1, 2, 2, 2],
    endsWithStride: false,
    isPreactivated: false,
  },
};

function stage(
  x: SymbolicTensor,
  version: Version,
  name: string,
  filters: number,
  count: number,
  stride: number,
) {
  const stepping = version.endsWithStride ? count - 1 : 0;
  return Array.from({ length: count }, (_, i) => i).reduce(
    (value, i) =>
      version.block(value, {
        filters,
        stride: i === stepping ? stride : 1,
        isProjected: i === 0,
        name: `${name}_block${i + 1}`,
      }),
    x,
  );
}

/**
 * A deep residual network for images [height, width, channels]: a convolution of 7 x 7, pooling, four stages of blocks,
 * global pooling and a softmax; the layers are named as in Keras. Not compiled yet.
 *
 * Defaults: `v2`, blocks [3, 4, 6, 3] (50 layers), width 64, `avg`. Throws `LU_MODEL_OPTION` for an unknown option or a
 * number out of range. References: see the blocks.
 *
 * @example
 * resnet({ inputShape: [224, 224, 3], classes: 1000, version: 'v1' }).countParams() // 25636712
 */
export function resnet(options: ResNetOptions): Model {
  const where = 'resnet';
  refuseUnknown('LU_MODEL_OPTION', where, options, KNOWN);
  const { classes, blocks = [3, 4, 6, 3], width = 64 } = options;
  const version = requireName('LU_MODEL_OPTION', where, 'version', options.version ?? 'v2', VERSIONS);
  const pooling = requireName('LU_MODEL_OPTION', where, 'pooling', options.pooling ?? 'avg', POOLINGS);
  requireNumber('LU_MODEL_OPTION', where, 'classes', classes, ranges.count);
  requireNumber('LU_MODEL_OPTION', where, 'width', width, ranges.count);
  for (const [i, count] of blocks.entries()) {
    requireNumber('LU_MODEL_OPTION', where, `blocks[${i}]`, count, ranges.count);
  }
  if (version === VERSIONS.next && width % 16 !== 0) {
    throw new LuthierError('LU_MODEL_OPTION', `${where}: width ${width} does not divide into 32 groups`, {
      fix: 'Make the width of `next` a multiple of 16.',
      where,
    });
  }
  const images = input({ shape: options.inputShape });
  const padded = call(layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }), images);
  const useBias = version !== VERSIONS.next;
  const stem = layers.conv2d({ filters: width, kernelSize: 7, strides: 2, useBias, name: 'conv1_conv' });
  const start = call(stem, padded);
  const rectified = version.isPreactivated ? start : normalized('conv1')(start);
  const wide = call(layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }), rectified);
  const pooled = call(layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }), wide);
  const stages = blocks.reduce<SymbolicTensor>(
    (x, count, i) =>
      stage(x, version, `conv${i + 2}`, version.growth[i]! * width, count, version.strides[i]!),
    pooled,
  );
  const end = version.isPreactivated ? normalized('post')(stages) : stages;
  const features = call(pooling({ name: 'pool' }), end);
  const outputs = call(layers.dense({ units: classes, activation: 'softmax', name: 'probs' }), features);
  return functional({ inputs: images, outputs, name: 'resnet', seed: options.seed ?? 0 });
}

/** What `tunableResnet` needs besides hyperparameters. */
export type TunableResNetOptions = Omit<ResNetOptions, 'version' | 'pooling' | 'blocks'>;

/**
 * The tunable residual network, as Keras Tuner's HyperResNet: compiled, with version, depth of the third and fourth stage
 * (names as there: `conv3Depth`, `conv4Depth`), pooling, optimizer and learning rate as hyperparameters.
 *
 * `version` v1, v2, next (default v2); `conv3Depth` 4, 8; `conv4Depth` 6, 23, 36; `pooling` avg, max; `optimizer` adam,
 * rmsprop, sgd; `learningRate` 0.1, 0.01, 0.001 (default 0.01). Loss is the categorical cross-entropy.
 *
 * @example
 * build: (hp) => tunableResnet(hp, { inputShape: [32, 32, 3], classes: 10 })
 */
export function tunableResnet(hp: HyperParameters, options: TunableResNetOptions): Model {
  refuseUnknown('LU_MODEL_OPTION', 'tunableResnet', options, ['inputShape', 'classes', 'width', 'seed']);
  const version = hp.choice('version', ['v1', 'v2', 'next'], { default: 'v2' });
  const conv3Depth = hp.choice('conv3Depth', [4, 8]);
  const conv4Depth = hp.choice('conv4Depth', [6, 23, 36]);
  const pooling = hp.choice('pooling', ['avg', 'max'], { default: 'avg' });
  const optimizer = hp.choice('optimizer', ['adam', 'rmsprop', 'sgd'], { default: 'adam' });
  const learningRate = hp.choice('learningRate', [0.1, 0.01, 0.001], { default: 0.01 });
  return resnet({ ...options, version, pooling, blocks: [3, conv3Depth, conv4Depth, 3] }).compile({
    optimizer: optimizers[optimizer]({ learningRate }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}
