import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { layers } from '../layers/layers.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { call, input, type SymbolicTensor } from '../training/symbolic.ts';
import { basicBlock, normalized } from './residual-blocks.ts';

/** Options of `smallResnet`. */
export interface SmallResNetOptions {
  /** [height, width, channels] of an image. */
  readonly inputShape: Shape;
  readonly classes: number;
  /** Layers with weights: 6 n + 2. Default 8. */
  readonly depth?: number;
  /** Filters of the first stage, doubled twice. Default 16. */
  readonly width?: number;
  /** Penalty on the squares of kernels. Default 1e-4. */
  readonly l2?: number;
  /** What pixels are multiplied with. Default 1; 1 / 255 for bytes. */
  readonly scale?: number;
  /** Decides the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * The small residual network: a convolution of 3 x 3, three stages of (depth - 2) / 6 basic blocks at full, half and a
 * quarter of the size, global average pooling and a softmax. Not compiled yet.
 *
 * Throws `LU_MODEL_OPTION` for an unknown option or a number out of range. Reference: He, Zhang, Ren and Sun 2015, "Deep
 * residual learning for image recognition", section 4.2, with projections where shapes change.
 *
 * @example
 * smallResnet({ inputShape: [28, 28, 1], classes: 10, scale: 1 / 255 }).countParams() // 78426
 */
export function smallResnet(options: SmallResNetOptions): Model {
  const where = 'smallResnet';
  refuseUnknown('LU_MODEL_OPTION', where, options, [
    'inputShape',
    'classes',
    'depth',
    'width',
    'l2',
    'scale',
    'seed',
  ]);
  const { classes, depth = 8, width = 16, l2 = 1e-4, scale = 1 } = options;
  requireNumber('LU_MODEL_OPTION', where, 'classes', classes, ranges.count);
  requireNumber('LU_MODEL_OPTION', where, 'width', width, ranges.count);
  requireNumber('LU_MODEL_OPTION', where, 'l2', l2, ranges.notNegative);
  if (!Number.isInteger((depth - 2) / 6) || depth < 8) {
    throw new LuthierError('LU_MODEL_OPTION', `${where}: depth is ${depth}`, {
      fix: 'Give depth 8, 14, 20 or another 6 n + 2.',
      where,
    });
  }
  const kernelRegularizer = regularizers.l2(l2);
  const images = input({ shape: options.inputShape });
  const pixels = scale === 1 ? images : call(layers.rescaling({ scale }), images);
  const stem = layers.conv2d({
    filters: width,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    kernelRegularizer,
    name: 'stem_conv',
  });
  let x: SymbolicTensor = normalized('stem', 1e-3)(call(stem, pixels));
  for (const stage of [0, 1, 2]) {
    for (let block = 0; block < (depth - 2) / 6; block++) {
      const isFirst = stage > 0 && block === 0;
      x = basicBlock(x, {
        filters: width * 2 ** stage,
        stride: isFirst ? 2 : 1,
        isProjected: isFirst,
        name: `stage${stage + 1}_block${block + 1}`,
        kernelRegularizer,
      });
    }
  }
  const features = call(layers.globalAveragePooling2d({ name: 'pool' }), x);
  const outputs = call(layers.dense({ units: classes, activation: 'softmax', name: 'probs' }), features);
  return functional({ inputs: images, outputs, name: 'small-resnet', seed: options.seed ?? 0 });
}
