import type { EpochRecord } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { CallbackFactory, Progress } from './callback.ts';
import { EVALUATION_BATCH } from './evaluation.ts';
import type { MixingOptions } from './mixing.ts';
import type { CheckpointOptions, StepRecord } from './run.ts';
import type { ClassWeight } from './sample-weights.ts';
import type { SamplesLike } from './tables.ts';

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, counted from `initialEpoch`. Default 1. */
  readonly epochs?: number;
  /** Samples an update; the last batch of an epoch may be smaller. Default 32. */
  readonly batchSize?: number;
  readonly validationData?: SamplesLike;
  /** Keeps back the last fraction of the data, before shuffling. Default 0. */
  readonly validationSplit?: number;
  /** A new order each epoch, keyed by seed and epoch. Default true. */
  readonly shuffle?: boolean;
  /** Decides initial weights (unless the model has weights), order and masks. Default: the seed of the model. */
  readonly seed?: number;
  /** Number of the first epoch. Default 0. */
  readonly initialEpoch?: number;
  /** How much the training samples of each class count, besides their own weights. Default 1. */
  readonly classWeight?: ClassWeight;
  /** Trains on `share a + (1 - share) b` of pairs of samples and of their targets. Default: none. */
  readonly mixup?: MixingOptions;
  /** Trains on images with a box of another pasted in, and targets by its area. Default: none. */
  readonly cutmix?: MixingOptions;
  readonly callbacks?: readonly CallbackFactory[];
  /** Ends the run at the next call into the runtime. */
  readonly signal?: AbortSignal;
  /** After each epoch, after the callbacks. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** For each optimizer step, in order; several come at once, after the call that made them. */
  readonly onStep?: (step: StepRecord) => void;
  /** After each call into the runtime, some seven times a second. */
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
  /**
   * Bytes of a checkpoint to go on from, exactly as if the run had never stopped; `last` goes on with this model's last
   * run, also of a model that was loaded.
   */
  readonly resume?: Uint8Array | 'last';
}

const FIT_OPTIONS = [
  'epochs',
  'batchSize',
  'validationData',
  'validationSplit',
  'shuffle',
  'seed',
  'initialEpoch',
  'classWeight',
  'mixup',
  'cutmix',
  'callbacks',
  'signal',
  'onEpoch',
  'onStep',
  'onCall',
  'checkpoint',
  'resume',
] as const;

/** Numbers of `fit`, read and checked. */
export interface FitSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly validationSplit: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly initialEpoch: number;
}

/** Reads the numbers of `fit`; `seed` is the default. Throws `LU_FIT_OPTION`. */
export function readFitOptions(options: FitOptions, seed: number): FitSettings {
  const where = 'fit';
  const code = 'LU_FIT_OPTION';
  refuseUnknown(code, where, options, FIT_OPTIONS);
  const read = (
    name: keyof FitSettings,
    value: number,
    range: (typeof ranges)[keyof typeof ranges],
  ): number => requireNumber(code, where, name, value, range);
  return {
    epochs: read('epochs', options.epochs ?? 1, ranges.count),
    batchSize: read('batchSize', options.batchSize ?? 32, ranges.count),
    initialEpoch: read('initialEpoch', options.initialEpoch ?? 0, ranges.countFromZero),
    validationSplit: read('validationSplit', options.validationSplit ?? 0, ranges.rate),
    seed: read('seed', options.seed ?? seed, ranges.finite),
    shuffle: options.shuffle ?? true,
  };
}

/** Reads the batch size of a pass in evaluation mode. Throws `LU_FIT_OPTION`. */
export function readBatchSize(where: string, options: { readonly batchSize?: number }): number {
  refuseUnknown('LU_FIT_OPTION', where, options, ['batchSize']);
  return requireNumber(
    'LU_FIT_OPTION',
    where,
    'batchSize',
    options.batchSize ?? EVALUATION_BATCH,
    ranges.count,
  );
}
