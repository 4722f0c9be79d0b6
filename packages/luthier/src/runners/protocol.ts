import type { Json, Params } from '@luthier/core';
import type { FailureReason, Outcome, Parameter, ReportBlock } from '@luthier/search';

/** All that a trial process needs to run one attempt of one trial. */
export interface TrialJob {
  /** Absolute path of the tuning file. */
  readonly file: string;
  readonly study: string;
  readonly trial: number;
  readonly attempt: number;
  readonly params: Params;
  readonly seed: number;
  /** Folder of the blobs, for checkpoints and models. */
  readonly blobs: string;
  /** Digest of the checkpoint to go on from. */
  readonly checkpoint?: string;
  /** Longest training time between two checkpoints, in milliseconds. */
  readonly checkpointEveryMs: number;
  /** Seconds that earlier attempts took. */
  readonly secondsBefore: number;
  /** Keeps the trained model as the artifact `model.onnx`; a trial of several trainings keeps none. */
  readonly keepModel: boolean;
  /** Folds of cross-validation and seeds a configuration; default as the tuning file says. */
  readonly folds?: number;
  readonly repeats?: number;
  /** Something else than a trial of the search. */
  readonly task?: TrialTask;
}

/** What a trial process can do beside a trial. */
export type TrialTask =
  /** Trains on training and validation part together, for so many epochs. */
  | { readonly kind: 'retrain'; readonly epochs: number }
  /** One training judged by the validation part, whatever folds and repeats the tuning file asks for. */
  | { readonly kind: 'single' }
  /** Trains for about `seconds` to see how long an epoch takes: `details` are `{ secondsPerEpoch }`. */
  | { readonly kind: 'pace'; readonly seconds: number }
  /** Trains copies of the model over rising learning rates; the scan is the `details` of the result. */
  | {
      readonly kind: 'lrScan';
      readonly min?: number;
      readonly max?: number;
      readonly steps?: number;
      readonly seeds?: number;
      readonly batchSize?: number;
    };

/** What the parent says to a trial process. */
export type ToTrial =
  | { readonly type: 'run'; readonly job: TrialJob }
  /** Ends the running trial at the next call into the runtime; interrupted trials are checkpointed first. */
  | { readonly type: 'stop'; readonly outcome: 'pruned' | 'interrupted'; readonly message: string };

/** How a trial ended, in the words of its process or of the pool that lost it. */
export interface TrialResult {
  readonly outcome: Outcome;
  readonly values?: readonly number[];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly reason?: FailureReason;
  readonly message?: string;
  readonly details?: Json;
}

/** What a trial process says to its parent. */
export type FromTrial =
  | { readonly type: 'ready' }
  /** The model is built: all parameters it asked for, and those that the space did not know. */
  | { readonly type: 'built'; readonly params: Params; readonly added: readonly Parameter[] }
  | { readonly type: 'reported'; readonly block: ReportBlock }
  | { readonly type: 'checkpointed'; readonly step: number; readonly blob: string; readonly bytes: number }
  | { readonly type: 'artifact'; readonly name: string; readonly blob: string; readonly bytes: number }
  | { readonly type: 'finished'; readonly result: TrialResult };
