import { LuthierError } from '@luthier/core';
import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import { type Constraint, type ConstraintName, parseConstraint } from '../constraints/constraint.ts';
import type { Node, Shape } from '../graph/node.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { reshape } from '../graph/ops/shape.ts';
import { type Initializer, type InitializerName, parseInitializer } from '../initializers/initializer.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { placeOptions } from './place.ts';
import { transposed } from './transposed.ts';

/** Options of `layers.dense`. */
export interface DenseOptions {
  /** Width of the output. */
  readonly units: number;
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
  /** Shape of one sample, on a first layer. */
  readonly inputShape?: Shape;
  /** false freezes the weights. Default true. */
  readonly trainable?: boolean;
  readonly name?: string;
}

/** A fully connected layer. */
export interface DenseLayer extends Layer {
  readonly kind: 'dense';
  readonly units: number;
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
  'units',
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
  const where = options.name === undefined ? 'layer dense' : `layer dense '${options.name}'`;
  refuseUnknown('LU_LAYER_OPTION', where, options, KNOWN);
  requireNumber('LU_LAYER_OPTION', where, 'units', options.units, ranges.count);
  const kernelRegularizer = parseRegularizer(`${where}: kernel`, options.kernelRegularizer);
  const biasRegularizer = parseRegularizer(`${where}: bias`, options.biasRegularizer);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  const kernelConstraint = parseConstraint(`${where}: kernel`, options.kernelConstraint);
  const biasConstraint = parseConstraint(`${where}: bias`, options.biasConstraint);
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [options.units]);
  return {
    kind: 'dense',
    units: options.units,
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

function weights(layer: DenseLayer, input: Shape): readonly WeightSpec[] {
  const fanIn = input.at(-1)!;
  const kernel: WeightSpec = {
    name: 'kernel',
    shape: [fanIn, layer.units],
    initializer: layer.kernelInitializer,
    fans: { fanIn, fanOut: layer.units },
    isSwapped: true,
    ...(layer.kernelRegularizer === undefined ? {} : { regularizer: layer.kernelRegularizer }),
    ...(layer.kernelConstraint === undefined ? {} : { constraint: layer.kernelConstraint }),
  };
  if (!layer.useBias) return [kernel];
  const bias: WeightSpec = {
    name: 'bias',
    shape: [layer.units],
    initializer: layer.biasInitializer,
    fans: { fanIn: layer.units, fanOut: layer.units },
    ...(layer.biasRegularizer === undefined ? {} : { regularizer: layer.biasRegularizer }),
    ...(layer.biasConstraint === undefined ? {} : { constraint: layer.biasConstraint }),
  };
  return [kernel, bias];
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
