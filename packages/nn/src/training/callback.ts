import type { EpochRecord, Json, StopReason } from '@luthier/core';

/** Weights (or other float arrays) by name. */
export type NamedArrays = Readonly<Record<string, Float32Array>>;

/** Where a run is, after every call into the runtime. */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  /** Optimizer updates made in all, and in this epoch. */
  readonly step: number;
  readonly epochStep: number;
  readonly stepsPerEpoch: number;
  /** `loss` and the metrics, over the epoch so far. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a callback remembers, in a form that a checkpoint can hold. */
export interface CallbackState {
  readonly values: Readonly<Record<string, Json>>;
  readonly arrays?: NamedArrays;
}

/** What a callback may do to the run it watches. */
export interface TrainingControl {
  /** Ends the run after this epoch; the first reason given is kept. Default `stopped`. */
  stop(reason?: StopReason): void;
  /** A copy of the weights as they are now, by name. */
  weights(): NamedArrays;
  /** Puts weights back, such as those of the best epoch; `epoch` is recorded as `bestEpoch` of the history. */
  restoreWeights(weights: NamedArrays, epoch: number): void;
  /** The scalars that can move while training: `learningRate`, `momentum`, `dropout1.rate`, ... */
  knobs(): Readonly<Record<string, number>>;
  /** Moves a scalar from the next step on; checkpoints keep it. */
  setKnob(name: string, value: number): void;
  /** The model in evaluation mode with the weights as they are now, as an ONNX file. */
  toOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array;
}

/** Hooks of one run; every one is optional. */
export interface Callback {
  /** Before the first step of an epoch; a promise is awaited. */
  onEpochBegin?(epoch: number, control: TrainingControl): void | Promise<void>;
  /** After each call into the runtime, which makes one step or many; a promise is awaited. */
  onProgress?(progress: Progress, control: TrainingControl): void | Promise<void>;
  /** After validation, once an epoch; a promise is awaited. */
  onEpochEnd?(record: EpochRecord, control: TrainingControl): void | Promise<void>;
  /** Once, at the end, whatever ended the run. */
  onTrainEnd?(control: TrainingControl): void | Promise<void>;
  /** What a checkpoint must hold so that `restoreState` can go on exactly here. */
  state?(): CallbackState;
  restoreState?(state: CallbackState): void;
}

/** What is known about a run before it starts. */
export interface RunInfo {
  /** Every name that an epoch's metrics will have. */
  readonly monitors: readonly string[];
  /** Whether a larger value of a monitor is better; undefined when nobody says so. */
  readonly direction: (monitor: string) => 'min' | 'max' | undefined;
  readonly epochs: number;
  /** Whether a schedule gives the learning rate, so that nothing else can move it. Default false. */
  readonly isScheduled?: boolean;
}

/**
 * Makes a fresh callback for every run, so that no state leaks from one run into the next.
 *
 * @example
 * const printer = { name: 'printer', create: () => ({ onEpochEnd: (record) => console.log(record.metrics.loss) }) };
 */
export interface CallbackFactory {
  /** Unique within a run; checkpoints file the state under it. */
  readonly name: string;
  create(run: RunInfo): Callback;
}
