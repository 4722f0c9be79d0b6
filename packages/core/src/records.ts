/** What one epoch of training measured, apart from losses and metrics; absent where a model has no such number. */
export interface Telemetry {
  /** Mean loss of the data alone over the epoch's training batches. */
  readonly dataLoss: number;
  /** Sum of all penalties at the end of the epoch. */
  readonly penalty: number;
  /** Loss of a fixed sample of the training data in evaluation mode (no dropout). */
  readonly trainEvalLoss: number;
  /** Variance of the data loss between the epoch's steps. */
  readonly lossVariance: number;
  /** Global L2 norm of the gradient of one batch at the end of the epoch. */
  readonly gradientNorm: number;
  /** Global L2 norm of all trainable weights. */
  readonly weightNorm: number;
  /** Share of hidden units that gave 0 for a whole batch; absent without relu-like activations. */
  readonly deadUnits?: number;
  /** Learning rate of the last step. */
  readonly learningRate: number;
}

/** One finished epoch. Values may be NaN or infinite: a diverged run keeps its history. */
export interface EpochRecord {
  /** Counted from 0. */
  readonly epoch: number;
  /** Optimizer updates made so far. */
  readonly step: number;
  /** `loss`, `accuracy`, `valLoss`, `valAccuracy`, ... */
  readonly metrics: Readonly<Record<string, number>>;
  readonly telemetry: Telemetry;
}

/** Why a training run ended. */
export type StopReason = 'epochs' | 'earlyStopping' | 'diverged' | 'stopped';

/** What `fit` returns: every epoch, and why it ended. */
export interface TrainingHistory {
  readonly epochs: readonly EpochRecord[];
  readonly stopReason: StopReason;
  /** The epoch whose weights the model keeps, when best weights were restored. */
  readonly bestEpoch?: number;
}

/** What one way of regularizing a model led to. */
export interface RegularizationRecord {
  /** `none`, `l1`, `l2`, ... */
  readonly name: string;
  /** Loss of all training data with the weights that were kept, in evaluation mode and without penalties. */
  readonly trainLoss: number;
  /** The same of the validation data. */
  readonly validationLoss: number;
  /** `validationLoss - trainLoss`: how much better the model is on what it has seen. */
  readonly gap: number;
  /** Metrics of both, by name. */
  readonly trainMetrics: Readonly<Record<string, number>>;
  readonly validationMetrics: Readonly<Record<string, number>>;
  /** L2 norm of all kernels. */
  readonly weightNorm: number;
  /** Share of the weights in kernels that are exactly 0. */
  readonly sparsity: number;
  readonly history: TrainingHistory;
}
