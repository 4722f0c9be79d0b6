import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { convTranspose2d } from '../graph/ops/conv.ts';
import { type Pair, reach } from '../graph/ops/window.ts';
import { extentsOf, marginsOf } from './conv-geometry.ts';
import {
  type ConvFields,
  type ConvImageOptions,
  convName,
  convStructure,
  parseConvImage,
} from './conv-options.ts';
import { biasSpecs, convOutputKnobs, finished } from './conv-output.ts';
import { defineLayer } from './layer.ts';
import { ranges, requireNumber } from './options.ts';
import { requireRank } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.conv2dTranspose`: an input pixel is spread over the kernel, `strides` apart. */
export interface Conv2dTransposeOptions extends ConvImageOptions, WeightOptions<'kernel'> {
  /** Channels of the output. */
  readonly filters: number;
  /** Rows and columns added at the far side, below the strides; default: as many as the strides allow. */
  readonly outputPadding?: number | Pair;
}

/** A convolution backwards: the gradient of one with respect to its images. */
export interface ConvTransposeLayer extends ConvFields, WeightFields<'kernel'> {
  readonly kind: 'conv2dTranspose';
  readonly filters: number;
  readonly outputPadding?: Pair;
}

function parseOutputPadding(where: string, strides: Pair, given: number | Pair): Pair {
  const pair: Pair = typeof given === 'number' ? [given, given] : given;
  if (Array.isArray(pair) && pair.length === 2) {
    const isWithin = (extent: unknown, axis: number): boolean =>
      Number.isInteger(extent) && (extent as number) >= 0 && (extent as number) < strides[axis]!;
    if (pair.every(isWithin)) return pair;
  }
  throw new LuthierError('LU_LAYER_OPTION', `${where}: outputPadding is ${JSON.stringify(given)}`, {
    fix: `Give outputPadding whole numbers from 0, below the strides ${strides.join(' and ')}.`,
    where,
  });
}

/**
 * A transposed convolution over images [height, width, channels]: [height * strides, width * strides, filters] with
 * padding `same`, larger by the overlap of the kernel with `valid`.
 *
 * Kernel [height, width, filters, channels]. Defaults as in Keras 3: strides 1, padding `valid`, dilation 1, linear, with
 * bias, kernel `glorotUniform`. Throws `LU_LAYER_OPTION` for an unknown option or a number out of range. Reference: Zeiler,
 * Krishnan, Taylor and Fergus 2010.
 *
 * @example
 * layers.conv2dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' })
 */
export function conv2dTranspose(options: Conv2dTransposeOptions): ConvTransposeLayer {
  const own = ['filters', 'outputPadding', ...weightOptionNames('kernel')];
  const where = convName('conv2dTranspose', options, own);
  const common = parseConvImage(where, options);
  const { outputPadding } = options;
  return {
    kind: 'conv2dTranspose',
    ...common,
    filters: requireNumber('LU_LAYER_OPTION', where, 'filters', options.filters, ranges.count),
    ...(outputPadding === undefined
      ? {}
      : { outputPadding: parseOutputPadding(where, common.strides, outputPadding) }),
    ...parseWeight(where, 'kernel', options, 'glorotUniform'),
  };
}

/** Rows and columns of the output. */
function imageOf(layer: ConvTransposeLayer, input: Shape): Pair {
  requireRank(input, 3, '[height, width, channels]');
  const along = (axis: 0 | 1): number => {
    const stride = layer.strides[axis];
    const covered = reach(layer.kernelSize[axis], layer.dilationRate[axis]);
    const last = (input[axis]! - 1) * stride;
    const more = layer.outputPadding?.[axis];
    if (layer.padding === 'same') return more === undefined ? last + stride : last + (covered % 2) + more;
    return last + (more === undefined ? Math.max(covered, stride) : covered + more);
  };
  const image: Pair = [along(0), along(1)];
  const seen = image.every((extent) => extent > 0) ? extentsOf(layer, image, marginsOf(layer, image)) : [];
  if (seen[0] === input[0] && seen[1] === input[1]) return image;
  throw new LuthierError(
    'LU_LAYER_SHAPE',
    `has an outputPadding of ${layer.outputPadding?.join(' x ')}, which leaves ${image.join(' x ')} pixels`,
    { fix: 'Leave outputPadding out, or make it larger.' },
  );
}

defineLayer<ConvTransposeLayer>({
  kind: 'conv2dTranspose',
  outputShape: (layer, input) => [...imageOf(layer, input), layer.filters],
  weights: (layer, input) => {
    const [height, width] = layer.kernelSize;
    const channels = input[2]!;
    // As Keras counts them: by the layout of the kernel.
    const fans = { fanIn: height * width * layer.filters, fanOut: height * width * channels };
    return [
      weightSpec('kernel', layer, 'kernel', [height, width, layer.filters, channels], fans),
      ...biasSpecs(layer, layer.filters),
    ];
  },
  knobs: convOutputKnobs,
  structure: (layer) => [
    layer.filters,
    layer.outputPadding === undefined ? null : [...layer.outputPadding],
    convStructure(layer),
  ],
  forward: (layer, context) => {
    const { input, weight } = context;
    const image = imageOf(layer, input.shape.slice(1));
    const sums = convTranspose2d(input, weight('kernel'), image, {
      strides: layer.strides,
      dilation: layer.dilationRate,
      margins: marginsOf(layer, image),
    });
    return finished(layer, sums, [...image, layer.filters], context);
  },
});
