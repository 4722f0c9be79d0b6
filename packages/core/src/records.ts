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

/** One training run of a learning-rate scan. */
export interface ScanCurve {
  readonly seed: number;
  /** Rate of each step, rising. */
  readonly rates: readonly number[];
  /** Loss of each step's batch before its update, penalty included. */
  readonly losses: readonly number[];
  /** The rate at which the loss ran away; absent when it did not. */
  readonly divergedAt?: number;
}

/** A learning-rate range test with what it suggests. */
export interface LearningRateScan {
  readonly min: number;
  readonly max: number;
  readonly batchSize: number;
  /** Rates of the smoothed curve, up to where every run still had a finite loss. */
  readonly rates: readonly number[];
  /** Mean over the runs, smoothed. */
  readonly losses: readonly number[];
  /** Smallest and largest smoothed loss over the runs at each rate; the curve itself for a single run. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly curves: readonly ScanCurve[];
  /** Rules that found nothing are absent. */
  readonly suggestions: Readonly<Partial<Record<'valley' | 'steep' | 'minimum' | 'slide', number>>>;
  /** Median of the suggestions on the logarithmic scale; absent when nothing was learned at any rate. */
  readonly suggestion?: number;
  /** Decades between the smallest and the largest suggestion. */
  readonly spread: number;
  /** Median over the runs of the rate at which the loss ran away; absent when most did not. */
  readonly divergence?: number;
  /** What to make of it, for people. */
  readonly text: string;
}

/** A score over several folds. */
export interface ScoreOverFolds {
  readonly mean: number;
  /** Population standard deviation. */
  readonly spread: number;
  /** One number a fold. */
  readonly values: readonly number[];
}

/** Scores of training and held-out parts against the number of samples or the value of a hyperparameter. */
export interface ScoreCurve {
  /** What varies: `samples` or the name of a hyperparameter. */
  readonly parameter: string;
  readonly points: readonly {
    readonly at: number | string | boolean;
    /** `loss` and metrics by name. */
    readonly train: Readonly<Record<string, ScoreOverFolds>>;
    readonly validation: Readonly<Record<string, ScoreOverFolds>>;
  }[];
}
