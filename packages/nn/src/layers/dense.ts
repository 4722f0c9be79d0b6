import { LuthierError } from '@luthier/core';
import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node, Shape } from '../graph/node.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { reshape } from '../graph/ops/shape.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import { transposed } from './transposed.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of `layers.dense`. Default initializers: kernel `glorotUniform`, bias `zeros`. */
export interface DenseOptions extends WeightedOptions, WeightOptions<'kernel'>, WeightOptions<'bias'> {
  /** Width of the output. */
  readonly units: number;
  /** Default `linear`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
}

/** A fully connected layer. */
export interface DenseLayer extends Layer, WeightFields<'kernel'>, WeightFields<'bias'> {
  readonly kind: 'dense';
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly activityRegularizer?: Regularizer;
}

const KNOWN = [
  'units',
  'activation',
  'useBias',
  ...weightOptionNames('kernel'),
  ...weightOptionNames('bias'),
  'activityRegularizer',
  'inputShape',
  'trainable',
  'name',
];

/**
 * `activation(x W + b)` over the last axis, W of shape [inputs, units]; other axes stay.
 *
 * Defaults as in Keras 3: linear, with bias, kernel `glorotUniform`, bias `zeros`, no penalties, no constraints. Throws
 * `LU_LAYER_OPTION` for an unknown option or units below 1, and errors with the nearest name for an unknown
 * activation, initializer or regularizer.
 *
 * @example
 * layers.dense({ units: 512, activation: 'relu', kernelInitializer: 'heNormal', kernelRegularizer: regularizers.l2(0.01) })
 */
export function dense(options: DenseOptions): DenseLayer {
  const where = layerName('dense', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  requireNumber('LU_LAYER_OPTION', where, 'units', options.units, ranges.count);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [options.units]);
  return {
    kind: 'dense',
    units: options.units,
    activation: parseActivation(where, options.activation ?? 'linear'),
    useBias: options.useBias ?? true,
    ...parseWeight(where, 'kernel', options, 'glorotUniform'),
    ...parseWeight(where, 'bias', options, 'zeros'),
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
    ...placeOptions(where, options),
  };
}

function weights(layer: DenseLayer, input: Shape): readonly WeightSpec[] {
  const fanIn = input.at(-1)!;
  const { units } = layer;
  const fans = { fanIn, fanOut: units };
  const kernel = { ...weightSpec('kernel', layer, 'kernel', [fanIn, units], fans), isSwapped: true };
  if (!layer.useBias) return [kernel];
  return [kernel, weightSpec('bias', layer, 'bias', [units], { fanIn: units, fanOut: units })];
}

function withBias(product: Node, bias: Node | undefined): Node {
  return bias === undefined ? product : add(product, bias);
}

/**
 * The sums as `[units, batch]`: with the large kernel `[units, inputs]` as left operand the product is a quarter faster
 * than the other way round, since the runtime repacks the right operand in every step.
 */
function featureMajor(input: Node, kernel: Node, bias: Node | undefined): Node {
  const product = matmul(kernel, transposed(input));
  return withBias(product, bias === undefined ? undefined : reshape(bias, [bias.shape[0]!, 1]));
}

defineLayer<DenseLayer>({
  kind: 'dense',
  passesMask: true,
  outputShape: (layer, input) => {
    if (input.length === 0) {
      throw new LuthierError('LU_LAYER_SHAPE', 'takes one axis a sample at least', {
        fix: 'Give samples an axis: shape [1] for single numbers.',
      });
    }
    return [...input.slice(0, -1), layer.units];
  },
  weights,
  knobs: ({ activityRegularizer }) => activityKnobs(activityRegularizer),
  structure: ({ units, activation, useBias, activityRegularizer }) => [
    units,
    activation,
    useBias,
    Object.keys(activityRegularizer ?? {}),
  ],
  forward: (layer, { input, isTraining, weight, knob, addPenalty, watchUnits }) => {
    const bias = layer.useBias ? weight('bias') : undefined;
    const isRow = input.shape.length === 2;
    const rows = isRow ? input : reshape(input, [-1, input.shape.at(-1)!]);
    const total =
      isTraining && isRow
        ? swapAxes(featureMajor(rows, weight('kernel'), bias))
        : withBias(matmul(rows, weight('kernel'), { transposeB: true }), bias);
    const shaped = isRow ? total : reshape(total, [...input.shape.slice(0, -1), layer.units]);
    const output = activate(layer.activation, shaped, watchUnits);
    for (const part of activityPenalty(layer.activityRegularizer, output, knob)) addPenalty(part);
    return output;
  },
});
