import type { EpochRecord, StopReason, TrainingHistory } from '@luthier/core';
import type { Progress } from './callback.ts';
import type { Mixing } from './mixing.ts';
import type { NamedCallback } from './run-callbacks.ts';
import type { RunIdentity, RunState, SavedRun } from './run-state.ts';
import type { DataTables } from './tables.ts';
import type { Task } from './task.ts';

/** One optimizer step, as it was before its update. */
export interface StepRecord {
  /** Counted from 1, over all calls of `fit`. */
  readonly step: number;
  readonly samples: number;
  /** Mean over the batch, without and with the penalty. */
  readonly dataLoss: number;
  readonly loss: number;
  readonly learningRate: number;
}

/** What a checkpoint is about. */
export interface CheckpointInfo {
  readonly step: number;
  readonly epoch: number;
  /** Set on the last checkpoint of a run. */
  readonly stopReason?: StopReason;
}

/** Saving checkpoints. */
export interface CheckpointOptions {
  /** Time between two checkpoints in milliseconds; 0 saves after every call. */
  readonly everyMs: number;
  /** Is awaited before training goes on. */
  save(bytes: Uint8Array, info: CheckpointInfo): void | Promise<void>;
}

/** A run with all options read and all data checked. */
export interface Run {
  readonly task: Task;
  readonly data: DataTables;
  readonly validation?: DataTables;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly mixing?: Mixing;
  readonly identity: RunIdentity;
  readonly callbacks: readonly NamedCallback[];
  readonly signal?: AbortSignal;
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  readonly onStep?: (step: StepRecord) => void;
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
}

/** How a run ended: its history, and the state to go on from (with the weights to keep). */
export interface RunEnd {
  readonly history: TrainingHistory;
  readonly state: RunState;
  /** The run as it stood before callbacks put best weights back: to go on as if it had never ended. */
  readonly resumable: SavedRun;
}
