import { LuthierError } from '@luthier/core';
import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node, Shape } from '../graph/node.ts';
import { add, divide, multiply } from '../graph/ops/arithmetic.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { reshape } from '../graph/ops/shape.ts';
import { type Initializer, type InitializerName, parseInitializer } from '../initializers/initializer.ts';
import { penaltyTerms } from '../regularizers/penalty-terms.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { requireSampleShape } from './input.ts';
import { defineLayer, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
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
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
  /** Shape of one sample, on a first layer. */
  readonly inputShape?: Shape;
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
  'activityRegularizer',
  'inputShape',
  'name',
] as const;

/**
 * `activation(x W + b)` over the last axis, W of shape [inputs, units].
 *
 * Defaults as in Keras 3: linear, with bias, kernel `glorotUniform`, bias `zeros`, no penalties. Throws
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
  if (options.inputShape !== undefined) requireSampleShape(where, options.inputShape);
  const kernelRegularizer = parseRegularizer(`${where}: kernel`, options.kernelRegularizer);
  const biasRegularizer = parseRegularizer(`${where}: bias`, options.biasRegularizer);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
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
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
    ...(options.inputShape === undefined ? {} : { inputShape: options.inputShape }),
    ...(options.name === undefined ? {} : { name: options.name }),
  };
}

function weights(layer: DenseLayer, input: Shape): readonly WeightSpec[] {
  const fanIn = input[0]!;
  const kernel: WeightSpec = {
    name: 'kernel',
    shape: [fanIn, layer.units],
    initializer: layer.kernelInitializer,
    fans: { fanIn, fanOut: layer.units },
    isSwapped: true,
    ...(layer.kernelRegularizer === undefined ? {} : { regularizer: layer.kernelRegularizer }),
  };
  if (!layer.useBias) return [kernel];
  const bias: WeightSpec = {
    name: 'bias',
    shape: [layer.units],
    initializer: layer.biasInitializer,
    fans: { fanIn: layer.units, fanOut: layer.units },
    ...(layer.biasRegularizer === undefined ? {} : { regularizer: layer.biasRegularizer }),
  };
  return [kernel, bias];
}

function activityPenalty(
  regularizer: Regularizer,
  output: Node,
  knob: (name: string) => Node,
): readonly Node[] {
  return penaltyTerms(regularizer, output).map(([part, term]) =>
    multiply(knob(`activityRegularizer.${part}`), divide(term, output.shape[0]!)),
  );
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
  outputShape: (layer, input) => {
    if (input.length !== 1) {
      throw new LuthierError('LU_LAYER_SHAPE', `takes one axis a sample, not [${input.join(', ')}]`, {
        fix: 'Put layers.flatten() before it.',
      });
    }
    return [layer.units];
  },
  weights,
  knobs: ({ activityRegularizer }) =>
    Object.fromEntries(
      Object.entries(activityRegularizer ?? {}).map(([name, value]) => [
        `activityRegularizer.${name}`,
        value,
      ]),
    ),
  structure: ({ units, activation, useBias, activityRegularizer }) => [
    units,
    activation,
    useBias,
    Object.keys(activityRegularizer ?? {}),
  ],
  forward: (layer, { input, isTraining, weight, knob, addPenalty, watchUnits }) => {
    const bias = layer.useBias ? weight('bias') : undefined;
    const total = isTraining
      ? swapAxes(featureMajor(input, weight('kernel'), bias))
      : withBias(matmul(input, weight('kernel'), { transposeB: true }), bias);
    const output = activate(layer.activation, total, watchUnits);
    for (const part of activityPenalty(layer.activityRegularizer ?? {}, output, knob)) addPenalty(part);
    return output;
  },
});
