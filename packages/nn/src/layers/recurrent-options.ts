import { type ActivationName, parseActivation } from '../activations/activation.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import type { Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import { parseWeight, type WeightFields, type WeightOptions, weightOptionNames } from './weight-fields.ts';

/** Options that all recurrent layers take. Default initializers: kernel `glorotUniform`, recurrent `orthogonal`, bias `zeros`. */
export interface RecurrentOptions
  extends WeightedOptions,
    WeightOptions<'kernel'>,
    WeightOptions<'recurrent'>,
    WeightOptions<'bias'> {
  /** Width of the state and the output. */
  readonly units: number;
  /** Default `tanh`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
  /** Share of the inputs dropped while training, the same ones in all steps of a sequence. Default 0. */
  readonly dropout?: number;
  /** Share of the state dropped on its way into the next step, the same units in all steps. Default 0. */
  readonly recurrentDropout?: number;
  /** Give the output of every step, [steps, units], instead of the last. Default false. */
  readonly returnSequences?: boolean;
  /** Give the final states as further outputs. Default false. */
  readonly returnState?: boolean;
  /** Read the sequence from its end; outputs come in the order of reading. Default false. */
  readonly goBackwards?: boolean;
  /** Give 0 for steps that a mask leaves out, instead of the output of the step before. Default false. */
  readonly zeroOutputForMask?: boolean;
}

/** Options of layers with gates. */
export interface GatedOptions extends RecurrentOptions {
  /** Of the gates. Default `sigmoid`. */
  readonly recurrentActivation?: ActivationName;
}

/** A layer that reads a sequence step by step. */
export interface RecurrentLayer
  extends Layer,
    WeightFields<'kernel'>,
    WeightFields<'recurrent'>,
    WeightFields<'bias'> {
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly activityRegularizer?: Regularizer;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly zeroOutputForMask: boolean;
}

const KNOWN = [
  'units',
  'activation',
  'useBias',
  ...weightOptionNames('kernel'),
  ...weightOptionNames('recurrent'),
  ...weightOptionNames('bias'),
  'activityRegularizer',
  'dropout',
  'recurrentDropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'zeroOutputForMask',
  'inputShape',
  'trainable',
  'name',
];

/** Reads the options of a recurrent layer; `own` are the names of those that only its kind has. */
export function parseRecurrent<K extends string>(
  kind: K,
  options: RecurrentOptions,
  own: readonly string[] = [],
): RecurrentLayer & { readonly kind: K } {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [...KNOWN, ...own]);
  const rate = (option: string, value = 0): number =>
    requireNumber('LU_LAYER_OPTION', where, option, value, ranges.rate);
  const activityRegularizer = parseRegularizer(`${where}: activity`, options.activityRegularizer);
  requirePenaltyFits(`${where}: activity`, activityRegularizer, [1]);
  return {
    kind,
    units: requireNumber('LU_LAYER_OPTION', where, 'units', options.units, ranges.count),
    activation: parseActivation(where, options.activation ?? 'tanh'),
    useBias: options.useBias ?? true,
    ...parseWeight(where, 'kernel', options, 'glorotUniform'),
    ...parseWeight(where, 'recurrent', options, 'orthogonal'),
    ...parseWeight(where, 'bias', options, 'zeros'),
    ...(activityRegularizer === undefined ? {} : { activityRegularizer }),
    dropout: rate('dropout', options.dropout),
    recurrentDropout: rate('recurrentDropout', options.recurrentDropout),
    returnSequences: options.returnSequences ?? false,
    returnState: options.returnState ?? false,
    goBackwards: options.goBackwards ?? false,
    zeroOutputForMask: options.zeroOutputForMask ?? false,
    ...placeOptions(where, options),
  };
}
