import type { Node, Shape } from '../graph/node.ts';
import { conv2d as convolve } from '../graph/ops/conv.ts';
import { reshape } from '../graph/ops/shape.ts';
import { extentsOf, marginsOf } from './conv-geometry.ts';
import {
  type ConvFields,
  type ConvImageOptions,
  convName,
  convStructure,
  parseConvImage,
} from './conv-options.ts';
import { biasSpecs, convOutputKnobs, finished } from './conv-output.ts';
import { defineLayer, type ForwardContext, type WeightSpec } from './layer.ts';
import { ranges, requireNumber } from './options.ts';
import { requireRank } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.depthwiseConv2d`. */
export interface DepthwiseConv2dOptions extends ConvImageOptions, WeightOptions<'depthwise'> {
  /** Filters of each channel. Default 1. */
  readonly depthMultiplier?: number;
}

/** Options of `layers.separableConv2d`. */
export interface SeparableConv2dOptions extends DepthwiseConv2dOptions, WeightOptions<'pointwise'> {
  /** Channels of the output. */
  readonly filters: number;
}

interface Depthwise extends ConvFields, WeightFields<'depthwise'> {
  readonly depthMultiplier: number;
}

/** A convolution of each channel by itself. */
export interface DepthwiseConvLayer extends Depthwise {
  readonly kind: 'depthwiseConv2d';
}

/** A convolution of each channel by itself, then one across channels at each pixel. */
export interface SeparableConvLayer extends Depthwise, WeightFields<'pointwise'> {
  readonly kind: 'separableConv2d';
  readonly filters: number;
}

const OWN = ['depthMultiplier', ...weightOptionNames('depthwise')];

function parseDepthwise(where: string, options: DepthwiseConv2dOptions): Depthwise {
  const { depthMultiplier = 1 } = options;
  return {
    depthMultiplier: requireNumber(
      'LU_LAYER_OPTION',
      where,
      'depthMultiplier',
      depthMultiplier,
      ranges.count,
    ),
    ...parseWeight(where, 'depthwise', options, 'glorotUniform'),
    ...parseConvImage(where, options),
  };
}

/**
 * A convolution of each channel of images [height, width, channels] by itself: [new height, new width, channels *
 * depthMultiplier], the filters of a channel side by side.
 *
 * Kernel [height, width, channels, depthMultiplier]. Defaults as in Keras 3: multiplier 1, strides 1, padding `valid`,
 * dilation 1, linear, with bias, kernel `glorotUniform`. Throws `LU_LAYER_OPTION` for an unknown option or a number out of
 * range.
 *
 * @example
 * layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2 })
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): DepthwiseConvLayer {
  const where = convName('depthwiseConv2d', options, OWN);
  return { kind: 'depthwiseConv2d', ...parseDepthwise(where, options) };
}

/**
 * A convolution of each channel of images [height, width, channels] by itself, then one of a single pixel across
 * channels: [new height, new width, filters].
 *
 * Weights `depthwiseKernel` [height, width, channels, depthMultiplier], `pointwiseKernel` [1, 1, channels *
 * depthMultiplier, filters], `bias`. Defaults as in Keras 3: multiplier 1, strides 1, padding `valid`, dilation 1, linear,
 * with bias, kernels `glorotUniform`. Throws `LU_LAYER_OPTION` for an unknown option or a number out of range.
 *
 * @example
 * layers.separableConv2d({ filters: 32, kernelSize: 3, activation: 'relu' })
 */
export function separableConv2d(options: SeparableConv2dOptions): SeparableConvLayer {
  const where = convName('separableConv2d', options, ['filters', ...weightOptionNames('pointwise'), ...OWN]);
  return {
    kind: 'separableConv2d',
    filters: requireNumber('LU_LAYER_OPTION', where, 'filters', options.filters, ranges.count),
    ...parseWeight(where, 'pointwise', options, 'glorotUniform'),
    ...parseDepthwise(where, options),
  };
}

function extents(layer: Depthwise, image: Shape): readonly [number, number] {
  requireRank(image, 3, '[height, width, channels]');
  return extentsOf(layer, image, marginsOf(layer, image));
}

function depthwiseSpec(layer: Depthwise, name: string, channels: number): WeightSpec {
  const [height, width] = layer.kernelSize;
  const { depthMultiplier } = layer;
  // As Keras counts them: the kernel's last two extents times its area.
  const fans = { fanIn: height * width * channels, fanOut: height * width * depthMultiplier };
  return weightSpec('depthwise', layer, name, [height, width, channels, depthMultiplier], fans);
}

function filtered(layer: Depthwise, { input, weight }: ForwardContext, name: string): Node {
  const channels = input.shape[3]!;
  const [height, width] = layer.kernelSize;
  const kernel = reshape(weight(name), [height, width, 1, channels * layer.depthMultiplier]);
  return convolve(input, kernel, {
    strides: layer.strides,
    dilation: layer.dilationRate,
    margins: marginsOf(layer, input.shape.slice(1)),
    groups: channels,
  });
}

function outputOf(layer: DepthwiseConvLayer, image: Shape): Shape {
  return [...extents(layer, image), image[2]! * layer.depthMultiplier];
}

defineLayer<DepthwiseConvLayer>({
  kind: 'depthwiseConv2d',
  outputShape: outputOf,
  weights: (layer, input) => [
    depthwiseSpec(layer, 'kernel', input[2]!),
    ...biasSpecs(layer, input[2]! * layer.depthMultiplier),
  ],
  knobs: convOutputKnobs,
  structure: (layer) => [layer.depthMultiplier, convStructure(layer)],
  forward: (layer, context) => {
    const shape = outputOf(layer, context.input.shape.slice(1));
    return finished(layer, filtered(layer, context, 'kernel'), shape, context);
  },
});

defineLayer<SeparableConvLayer>({
  kind: 'separableConv2d',
  outputShape: (layer, image) => [...extents(layer, image), layer.filters],
  weights: (layer, input) => {
    const inner = input[2]! * layer.depthMultiplier;
    const fans = { fanIn: inner, fanOut: layer.filters };
    return [
      depthwiseSpec(layer, 'depthwiseKernel', input[2]!),
      weightSpec('pointwise', layer, 'pointwiseKernel', [1, 1, inner, layer.filters], fans),
      ...biasSpecs(layer, layer.filters),
    ];
  },
  knobs: convOutputKnobs,
  structure: (layer) => [layer.filters, layer.depthMultiplier, convStructure(layer)],
  forward: (layer, context) => {
    const inner = filtered(layer, context, 'depthwiseKernel');
    const sums = convolve(inner, context.weight('pointwiseKernel'), { strides: [1, 1], asProduct: true });
    return finished(layer, sums, [...inner.shape.slice(1, 3), layer.filters], context);
  },
});
