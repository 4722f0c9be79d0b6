import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { conv2d as convolve } from '../graph/ops/conv.ts';
import { reshape } from '../graph/ops/shape.ts';
import type { Margins, Pair } from '../graph/ops/window.ts';
import { type ConvGeometry, extentsOf, marginsOf, requireOneSpacing } from './conv-geometry.ts';
import {
  type ConvFields,
  type ConvImageOptions,
  convName,
  convStructure,
  parseConv,
  parseConvImage,
} from './conv-options.ts';
import { biasSpecs, type ConvOutputOptions, convOutputKnobs, finished } from './conv-output.ts';
import { defineLayer, type LayerKind, type WeightSpec } from './layer.ts';
import { ranges, requireName, requireNumber } from './options.ts';
import { PADDINGS, type Padding } from './padding.ts';
import { requireRank } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

interface FilterOptions extends WeightOptions<'kernel'> {
  /** Channels of the output. */
  readonly filters: number;
  /** Channels are split into so many groups, each with its own filters. Default 1. */
  readonly groups?: number;
}

/** Options of `layers.conv1d`. */
export interface Conv1dOptions extends ConvOutputOptions, FilterOptions {
  /** Steps that a filter sees. */
  readonly kernelSize: number;
  /** Steps between outputs. Default 1. */
  readonly strides?: number;
  /** Distance between the steps that a filter sees. Default 1. */
  readonly dilationRate?: number;
  /** Default `valid`. */
  readonly padding?: Padding | 'causal';
}

/** Options of `layers.conv2d`. */
export interface Conv2dOptions extends ConvImageOptions, FilterOptions {}

/** A convolution. One of sequences is one of images of a single column. */
export interface ConvLayer extends ConvFields, WeightFields<'kernel'> {
  readonly kind: 'conv1d' | 'conv2d';
  readonly filters: number;
  readonly groups: number;
}

const OWN = ['filters', 'groups', ...weightOptionNames('kernel')];

function parseFilters(where: string, options: FilterOptions): Omit<ConvLayer, 'kind' | keyof ConvFields> {
  const filters = requireNumber('LU_LAYER_OPTION', where, 'filters', options.filters, ranges.count);
  const groups = requireNumber('LU_LAYER_OPTION', where, 'groups', options.groups ?? 1, ranges.count);
  if (filters % groups !== 0) {
    throw new LuthierError(
      'LU_LAYER_OPTION',
      `${where}: ${filters} filters do not divide into ${groups} groups`,
      {
        fix: 'Make filters a multiple of groups.',
        where,
      },
    );
  }
  return { filters, groups, ...parseWeight(where, 'kernel', options, 'glorotUniform') };
}

/**
 * A convolution along sequences [steps, channels]: [new steps, filters].
 *
 * Kernel [kernelSize, channels / groups, filters]. Defaults as in Keras 3: strides 1, padding `valid`, dilation 1, linear,
 * with bias, kernel `glorotUniform`. `causal` pads the beginning only. Throws `LU_LAYER_OPTION` for an unknown option or
 * a number out of range.
 *
 * @example
 * layers.conv1d({ filters: 32, kernelSize: 5, padding: 'causal', activation: 'relu' })
 */
export function conv1d(options: Conv1dOptions): ConvLayer {
  const where = convName('conv1d', options, OWN);
  const along = (option: string, value: number): Pair => [
    requireNumber('LU_LAYER_OPTION', where, option, value, ranges.count),
    1,
  ];
  const paddings = { ...PADDINGS, causal: 'causal' } as const;
  const geometry: ConvGeometry = {
    kernelSize: along('kernelSize', options.kernelSize),
    strides: along('strides', options.strides ?? 1),
    dilationRate: along('dilationRate', options.dilationRate ?? 1),
    padding: requireName('LU_LAYER_OPTION', where, 'padding', options.padding ?? 'valid', paddings),
  };
  requireOneSpacing(where, geometry);
  return { kind: 'conv1d', ...parseFilters(where, options), ...parseConv(where, geometry, options) };
}

/**
 * A convolution over images [height, width, channels]: [new height, new width, filters].
 *
 * Kernel [height, width, channels / groups, filters]. Defaults as in Keras 3: strides 1, padding `valid`, dilation 1,
 * linear, with bias, kernel `glorotUniform`. Throws `LU_LAYER_OPTION` for an unknown option or a number out of range.
 *
 * @example
 * layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] })
 */
export function conv2d(options: Conv2dOptions): ConvLayer {
  const where = convName('conv2d', options, OWN);
  return { kind: 'conv2d', ...parseFilters(where, options), ...parseConvImage(where, options) };
}

/** A sample as an image. */
function imageOf(layer: ConvLayer, shape: Shape): Shape {
  return layer.kind === 'conv1d' ? [shape[0]!, 1, shape[1]!] : shape;
}

/** The single column of a sequence needs no padding, whatever the sequence gets. */
function marginsFor(layer: ConvLayer, image: Shape): Margins {
  const [top, bottom, ...sides] = marginsOf(layer, image);
  return layer.kind === 'conv1d' ? [top, bottom, 0, 0] : [top, bottom, ...sides];
}

function outputShape(layer: ConvLayer, shape: Shape): Shape {
  requireRank(
    shape,
    layer.kind === 'conv1d' ? 2 : 3,
    layer.kind === 'conv1d' ? '[steps, channels]' : '[height, width, channels]',
  );
  const image = imageOf(layer, shape);
  const channels = image[2]!;
  if (channels % layer.groups !== 0) {
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `cannot split ${channels} channels into ${layer.groups} groups`,
      {
        fix: `Choose a number of groups that divides ${channels}.`,
      },
    );
  }
  const extents = extentsOf(layer, image, marginsFor(layer, image));
  return layer.kind === 'conv1d' ? [extents[0], layer.filters] : [...extents, layer.filters];
}

function weights(layer: ConvLayer, input: Shape): readonly WeightSpec[] {
  const [height, width] = layer.kernelSize;
  const channels = input.at(-1)! / layer.groups;
  const size = layer.kind === 'conv1d' ? [height] : [height, width];
  const fans = { fanIn: height * width * channels, fanOut: height * width * layer.filters };
  const kernel = weightSpec('kernel', layer, 'kernel', [...size, channels, layer.filters], fans);
  return [kernel, ...biasSpecs(layer, layer.filters)];
}

function filtered(layer: ConvLayer, input: Node, kernel: Node, asProduct: boolean): Node {
  const image = imageOf(layer, input.shape.slice(1));
  const [height, width] = layer.kernelSize;
  return convolve(
    reshape(input, [input.shape[0]!, ...image]),
    reshape(kernel, [height, width, image[2]! / layer.groups, layer.filters]),
    {
      strides: layer.strides,
      dilation: layer.dilationRate,
      margins: marginsFor(layer, image),
      groups: layer.groups,
      asProduct,
    },
  );
}

function kindOf(kind: ConvLayer['kind']): LayerKind<ConvLayer> {
  return {
    kind,
    outputShape,
    weights,
    knobs: convOutputKnobs,
    structure: (layer) => [layer.filters, layer.groups, convStructure(layer)],
    forward: (layer, context) => {
      const { input, isTraining, weight } = context;
      const sums = filtered(layer, input, weight('kernel'), isTraining);
      return finished(layer, sums, outputShape(layer, input.shape.slice(1)), context);
    },
  };
}

defineLayer(kindOf('conv1d'));
defineLayer(kindOf('conv2d'));
