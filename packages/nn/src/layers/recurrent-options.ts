import { type ActivationName, parseActivation } from '../activations/activation.ts';
import type { Constraint, ConstraintName } from '../constraints/constraint.ts';
import type { Initializer, InitializerName } from '../initializers/initializer.ts';
import {
  parseRegularizer,
  type Regularizer,
  type RegularizerName,
  requirePenaltyFits,
} from '../regularizers/regularizer.ts';
import type { Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import { parseRules, type WeightRules } from './weight-rules.ts';

/** Options that all recurrent layers take. */
export interface RecurrentOptions extends WeightedOptions {
  /** Width of the state and the output. */
  readonly units: number;
  /** Default `tanh`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `orthogonal`. */
  readonly recurrentInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
  readonly kernelRegularizer?: RegularizerName | Regularizer;
  readonly recurrentRegularizer?: RegularizerName | Regularizer;
  readonly biasRegularizer?: RegularizerName | Regularizer;
  /** On the output, divided by the batch size. */
  readonly activityRegularizer?: RegularizerName | Regularizer;
  readonly kernelConstraint?: ConstraintName | Constraint;
  readonly recurrentConstraint?: ConstraintName | Constraint;
  readonly biasConstraint?: ConstraintName | Constraint;
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
export interface RecurrentLayer extends Layer {
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelRules: WeightRules;
  readonly recurrentRules: WeightRules;
  readonly biasRules: WeightRules;
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
  'kernelInitializer',
  'recurrentInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'recurrentRegularizer',
  'biasRegularizer',
  'activityRegularizer',
  'kernelConstraint',
  'recurrentConstraint',
  'biasConstraint',
  'dropout',
  'recurrentDropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'zeroOutputForMask',
  'inputShape',
  'trainable',
  'name',
] as const;

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
  const { kernelInitializer, recurrentInitializer, biasInitializer } = options;
  const kernel = {
    initializer: kernelInitializer,
    regularizer: options.kernelRegularizer,
    constraint: options.kernelConstraint,
  };
  const recurrent = {
    initializer: recurrentInitializer,
    regularizer: options.recurrentRegularizer,
    constraint: options.recurrentConstraint,
  };
  const bias = {
    initializer: biasInitializer,
    regularizer: options.biasRegularizer,
    constraint: options.biasConstraint,
  };
  return {
    kind,
    units: requireNumber('LU_LAYER_OPTION', where, 'units', options.units, ranges.count),
    activation: parseActivation(where, options.activation ?? 'tanh'),
    useBias: options.useBias ?? true,
    kernelRules: parseRules(where, 'kernel', kernel, 'glorotUniform'),
    recurrentRules: parseRules(where, 'recurrent kernel', recurrent, 'orthogonal'),
    biasRules: parseRules(where, 'bias', bias, 'zeros'),
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
