import { LuthierError } from '@luthier/core';
import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import { type Constraint, type ConstraintName, parseConstraint } from '../constraints/constraint.ts';
import type { Node, Shape } from '../graph/node.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { conv2d as convolve } from '../graph/ops/conv.ts';
import { reshape } from '../graph/ops/shape.ts';
import { type Margins, type Pair, reach } from '../graph/ops/window.ts';
import { type Initializer, type InitializerName, parseInitializer } from '../initializers/initializer.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type Layer, type LayerKind, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from './options.ts';
import { edgeFor, PADDINGS, type Padding } from './padding.ts';
import { type PairOption, parsePair } from './pairs.ts';
import { layerName, placeOptions, requireRank, type WeightedOptions } from './place.ts';

interface CommonOptions extends WeightedOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Channels are split into so many groups, each with its own filters. Default 1. */
  readonly groups?: number;
  /** Default `linear`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
  readonly kernelRegularizer?: RegularizerName | Regularizer;
  readonly biasRegularizer?: RegularizerName | Regularizer;
  readonly kernelConstraint?: ConstraintName | Constraint;
  readonly biasConstraint?: ConstraintName | Constraint;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
}

/** Options of `layers.conv1d`. */
export interface Conv1dOptions extends CommonOptions {
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
export interface Conv2dOptions extends CommonOptions {
  /** Rows and columns that a filter sees. */
  readonly kernelSize: PairOption;
  /** Rows and columns between outputs. Default 1. */
  readonly strides?: PairOption;
  /** Distance between the pixels that a filter sees. Default 1. */
  readonly dilationRate?: PairOption;
  /** Default `valid`. */
  readonly padding?: Padding;
}

/** A convolution. One of sequences is one of images of a single column. */
export interface ConvLayer extends Layer {
  readonly kind: 'conv1d' | 'conv2d';
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilationRate: Pair;
  readonly padding: Padding | 'causal';
  readonly groups: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
  readonly kernelRegularizer?: Regularizer;
  readonly biasRegularizer?: Regularizer;
  readonly kernelConstraint?: Constraint;
  readonly biasConstraint?: Constraint;
  readonly activityRegularizer?: Regularizer;
}

const KNOWN = [
  'filters',
  'kernelSize',
  'strides',
  'dilationRate',
  'padding',
  'groups',
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
  'activityRegularizer',
  'inputShape',
  'trainable',
  'name',
] as const;

type Geometry = Pick<ConvLayer, 'kind' | 'kernelSize' | 'strides' | 'dilationRate' | 'padding'>;

function create(where: string, geometry: Geometry, options: CommonOptions): ConvLayer {
  const { strides, dilationRate } = geometry;
  if (strides.some((stride) => stride > 1) && dilationRate.some((rate) => rate > 1)) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: strides and dilationRate are both above 1`, {
      fix: 'Use one of them, as in Keras.',
      where,
    });
  }
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
  const kernelRegularizer = parseRegularizer(`${where}: kernel`, options.kernelRegularizer);
  const biasRegularizer = parseRegularizer(`${where}: bias`, options.biasRegularizer);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  const kernelConstraint = parseConstraint(`${where}: kernel`, options.kernelConstraint);
  const biasConstraint = parseConstraint(`${where}: bias`, options.biasConstraint);
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [options.filters]);
  return {
    ...geometry,
    filters,
    groups,
    activation: parseActivation(where, options.activation ?? 'linear'),
    useBias: options.useBias ?? true,
    kernelInitializer: parseInitializer(where, options.kernelInitializer ?? 'glorotUniform'),
    biasInitializer: parseInitializer(where, options.biasInitializer ?? 'zeros'),
    ...(kernelRegularizer === undefined ? {} : { kernelRegularizer }),
    ...(biasRegularizer === undefined ? {} : { biasRegularizer }),
    ...(kernelConstraint === undefined ? {} : { kernelConstraint }),
    ...(biasConstraint === undefined ? {} : { biasConstraint }),
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
    ...placeOptions(where, options),
  };
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
  const where = layerName('conv1d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const along = (option: string, value: number): Pair => [
    requireNumber('LU_LAYER_OPTION', where, option, value, ranges.count),
    1,
  ];
  const paddings = { ...PADDINGS, causal: 'causal' } as const;
  const geometry: Geometry = {
    kind: 'conv1d',
    kernelSize: along('kernelSize', options.kernelSize),
    strides: along('strides', options.strides ?? 1),
    dilationRate: along('dilationRate', options.dilationRate ?? 1),
    padding: requireName('LU_LAYER_OPTION', where, 'padding', options.padding ?? 'valid', paddings),
  };
  return create(where, geometry, options);
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
  const where = layerName('conv2d', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  const geometry: Geometry = {
    kind: 'conv2d',
    kernelSize: parsePair(where, 'kernelSize', options.kernelSize),
    strides: parsePair(where, 'strides', options.strides ?? 1),
    dilationRate: parsePair(where, 'dilationRate', options.dilationRate ?? 1),
    padding: requireName('LU_LAYER_OPTION', where, 'padding', options.padding ?? 'valid', PADDINGS),
  };
  return create(where, geometry, options);
}

/** A sample as an image. */
function imageOf(layer: ConvLayer, shape: Shape): Shape {
  return layer.kind === 'conv1d' ? [shape[0]!, 1, shape[1]!] : shape;
}

function marginsOf(layer: ConvLayer, image: Shape): Margins {
  const edge = (axis: 0 | 1): readonly [number, number] => {
    const covered = reach(layer.kernelSize[axis], layer.dilationRate[axis]);
    return edgeFor(layer.padding, image[axis]!, covered, layer.strides[axis]);
  };
  // The single column of a sequence needs no padding, whatever the sequence gets.
  return layer.kind === 'conv1d' ? [...edge(0), 0, 0] : [...edge(0), ...edge(1)];
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
  const margins = marginsOf(layer, image);
  const extents = ([0, 1] as const).map((axis) => {
    const covered = reach(layer.kernelSize[axis], layer.dilationRate[axis]);
    const extent = image[axis]! + margins[2 * axis]! + margins[2 * axis + 1]!;
    return Math.floor((extent - covered) / layer.strides[axis]) + 1;
  });
  if (extents.some((extent) => extent < 1)) {
    const size = layer.kind === 'conv1d' ? layer.kernelSize[0] : layer.kernelSize.join(' x ');
    throw new LuthierError('LU_LAYER_SHAPE', `has a kernel of ${size}, which does not fit`, {
      fix: "Make the kernel smaller, or set padding to 'same'.",
    });
  }
  return layer.kind === 'conv1d' ? [extents[0]!, layer.filters] : [...extents, layer.filters];
}

function weights(layer: ConvLayer, input: Shape): readonly WeightSpec[] {
  const [height, width] = layer.kernelSize;
  const channels = input.at(-1)! / layer.groups;
  const size = layer.kind === 'conv1d' ? [height] : [height, width];
  const kernel: WeightSpec = {
    name: 'kernel',
    shape: [...size, channels, layer.filters],
    initializer: layer.kernelInitializer,
    fans: { fanIn: height * width * channels, fanOut: height * width * layer.filters },
    ...(layer.kernelRegularizer === undefined ? {} : { regularizer: layer.kernelRegularizer }),
    ...(layer.kernelConstraint === undefined ? {} : { constraint: layer.kernelConstraint }),
  };
  if (!layer.useBias) return [kernel];
  const bias: WeightSpec = {
    name: 'bias',
    shape: [layer.filters],
    initializer: layer.biasInitializer,
    fans: { fanIn: layer.filters, fanOut: layer.filters },
    ...(layer.biasRegularizer === undefined ? {} : { regularizer: layer.biasRegularizer }),
    ...(layer.biasConstraint === undefined ? {} : { constraint: layer.biasConstraint }),
  };
  return [kernel, bias];
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
      margins: marginsOf(layer, image),
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
    knobs: ({ activityRegularizer }) => activityKnobs(activityRegularizer),
    structure: (layer) => [
      layer.filters,
      [...layer.kernelSize],
      [...layer.strides],
      [...layer.dilationRate],
      layer.padding,
      layer.groups,
      layer.activation,
      layer.useBias,
      Object.keys(layer.activityRegularizer ?? {}),
    ],
    forward: (layer, { input, isTraining, weight, knob, addPenalty, watchUnits }) => {
      const sums = filtered(layer, input, weight('kernel'), isTraining);
      // As a matrix, so that product and bias become one Gemm.
      const rows = reshape(sums, [-1, layer.filters]);
      const total = layer.useBias ? add(rows, weight('bias')) : rows;
      const shape = [input.shape[0]!, ...outputShape(layer, input.shape.slice(1))];
      const output = activate(layer.activation, reshape(total, shape), watchUnits);
      for (const part of activityPenalty(layer.activityRegularizer, output, knob)) addPenalty(part);
      return output;
    },
  };
}

defineLayer(kindOf('conv1d'));
defineLayer(kindOf('conv2d'));
