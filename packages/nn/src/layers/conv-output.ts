import type { Json } from '@luthier/core';
import { type ActivationName, activate, parseActivation } from '../activations/activation.ts';
import type { Node, Shape } from '../graph/node.ts';
import { channelAffine } from '../graph/ops/channels.ts';
import { reshape } from '../graph/ops/shape.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import type { ForwardContext, WeightSpec } from './layer.ts';
import type { WeightedOptions } from './place.ts';
import {
  parseWeight,
  type WeightFields,
  type WeightOptions,
  weightOptionNames,
  weightSpec,
} from './weight-fields.ts';

/** Options of what a convolution does with its sums. */
export interface ConvOutputOptions extends WeightedOptions, WeightOptions<'bias'> {
  /** Default `linear`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
}

/** The same, read and checked. */
export interface ConvOutput extends WeightFields<'bias'> {
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly activityRegularizer?: Regularizer;
}

/** Names of the options, for refusing others. */
export const CONV_OUTPUT_OPTIONS: readonly string[] = [
  'activation',
  'useBias',
  ...weightOptionNames('bias'),
  'activityRegularizer',
  'inputShape',
  'trainable',
  'name',
];

/** Reads the options. */
export function parseConvOutput(where: string, options: ConvOutputOptions): ConvOutput {
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  // Filters are the last axis of the output, whatever their number.
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [1]);
  return {
    activation: parseActivation(where, options.activation ?? 'linear'),
    useBias: options.useBias ?? true,
    ...parseWeight(where, 'bias', options, 'zeros'),
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
  };
}

/** The bias of so many filters, if there is one. */
export function biasSpecs(layer: ConvOutput, filters: number): readonly WeightSpec[] {
  if (!layer.useBias) return [];
  return [weightSpec('bias', layer, 'bias', [filters], { fanIn: filters, fanOut: filters })];
}

/** Scalars of the graph. */
export function convOutputKnobs({ activityRegularizer }: ConvOutput): Readonly<Record<string, number>> {
  return activityKnobs(activityRegularizer);
}

/** What of it shapes the graph. */
export function convOutputStructure(layer: ConvOutput): Json {
  return [layer.activation, layer.useBias, Object.keys(layer.activityRegularizer ?? {})];
}

/** Bias, activation and penalty over the sums of a convolution; `shape` is that of one sample. */
export function finished(
  layer: ConvOutput,
  sums: Node,
  shape: Shape,
  { weight, knob, addPenalty, watchUnits }: ForwardContext,
): Node {
  const total = layer.useBias ? channelAffine(sums, 1, weight('bias')) : sums;
  const output = activate(layer.activation, reshape(total, [sums.shape[0]!, ...shape]), watchUnits);
  for (const part of activityPenalty(layer.activityRegularizer, output, knob)) addPenalty(part);
  return output;
}
