import type { EpochRecord } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../../layers/options.ts';
import type { Optimizer } from '../../optimizers/optimizer.ts';
import type { OptimizerName } from '../../optimizers/optimizers.ts';
import type { CallbackFactory, Progress } from '../callback.ts';
import type { FitSettings } from '../fit-options.ts';
import type { Model } from '../model.ts';
import type { CheckpointOptions } from '../run.ts';
import type { TrainStep } from './step-context.ts';

/** Options of `trainer`. */
export interface TrainerOptions {
  /** By name; they need not be compiled. Their weights are read when training begins, and set when it ends. */
  readonly networks: Readonly<Record<string, Model>>;
  /** Of the networks that the step minimizes, by name. */
  readonly optimizers: Readonly<Record<string, OptimizerName | Optimizer>>;
  /** Scalars that the step asks for; they can move while training. Default none. */
  readonly knobs?: Readonly<Record<string, number>>;
  readonly step: TrainStep;
}

/** Options of `Trainer.fit`, with the meaning they have in `Model.fit`. */
export interface TrainerFitOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly callbacks?: readonly CallbackFactory[];
  readonly signal?: AbortSignal;
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
  readonly resume?: Uint8Array;
}

const FIT_OPTIONS = [
  'epochs',
  'batchSize',
  'shuffle',
  'seed',
  'callbacks',
  'signal',
  'onEpoch',
  'onCall',
  'checkpoint',
  'resume',
] as const;

/** Reads the numbers of `Trainer.fit`. Throws `LU_FIT_OPTION`. */
export function readTrainerFit(
  fit: TrainerFitOptions,
): Pick<FitSettings, 'epochs' | 'batchSize' | 'seed' | 'shuffle'> {
  const where = 'fit';
  refuseUnknown('LU_FIT_OPTION', where, fit, FIT_OPTIONS);
  const read = (option: string, value: number, range: (typeof ranges)[keyof typeof ranges]): number =>
    requireNumber('LU_FIT_OPTION', where, option, value, range);
  return {
    epochs: read('epochs', fit.epochs ?? 1, ranges.count),
    batchSize: read('batchSize', fit.batchSize ?? 32, ranges.count),
    seed: read('seed', fit.seed ?? 0, ranges.finite),
    shuffle: fit.shuffle ?? true,
  };
}
