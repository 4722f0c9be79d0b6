import type { VerdictKind } from '@luthier/core';
import type { ModelSize } from './size-warning.ts';

/** A change that one can make. */
export interface Advice {
  /** Hyperparameter or technique: `dropout`, `l2`, `earlyStopping`, `epochs`, `learningRate`, ... */
  readonly target: string;
  readonly change: 'increase' | 'decrease' | 'add' | 'check';
  /** A value to try. */
  readonly value?: number;
  /** As an instruction. */
  readonly text: string;
}

/** A diagnosis with its reasons. */
export interface Verdict {
  readonly verdict: VerdictKind;
  /** 0 to 1: how far beyond its threshold the evidence lies. */
  readonly confidence: number;
  /** The numbers that it rests on. */
  readonly evidence: Readonly<Record<string, number>>;
  /** One line with numbers and the first advice. */
  readonly text: string;
  readonly advice: readonly Advice[];
}

/** What the diagnosis may know about the run besides its curves. */
export interface DiagnoseOptions {
  /** The epoch whose weights were kept (early stopping restored them). */
  readonly bestEpoch?: number;
  /** Loss of knowing nothing, such as ln 10 for ten classes; default: the largest loss of the first epoch. */
  readonly chanceLoss?: number;
  /** Values in force, so that advice can name the next one. */
  readonly learningRate?: number;
  readonly dropout?: number;
  readonly l2?: number;
  readonly weightDecay?: number;
  readonly batchNormalization?: boolean;
  /** Decides what is advised against overfitting. */
  readonly size?: ModelSize;
}
