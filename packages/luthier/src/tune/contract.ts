import type { LearningRateScan, OptionNames, Params } from '@luthier/core';
import type {
  Budget,
  CostEstimate,
  FailureReason,
  History,
  Objective,
  ReportBlock,
  StudyEvent,
  TrialRecord,
} from '@luthier/search';
import type { AdvisedSizeWarning } from './diagnose-trial.ts';
import type { RunsSummary } from './train-runs.ts';

/** What a run of `tune` or `train` is asked to do, beyond the tuning file; absent fields come from the file. */
export interface TuneOptions {
  /** Path of the tuning file, absolute or relative to `cwd`. */
  readonly file: string;
  readonly cwd: string;
  /** Path or URL of the store. */
  readonly store: string;
  readonly study?: string;
  readonly trials?: number;
  readonly minutes?: number;
  /** Epochs of all trials of the search together, after which no further trial begins. */
  readonly epochs?: number;
  /** A value of the objective at which the search ends. */
  readonly target?: number;
  readonly sampler?: string;
  readonly scheduler?: string;
  readonly workers?: number;
  /** Trials that are kept ready for workers that become free; default 0. */
  readonly ahead?: number;
  readonly seed?: number;
  /** Go on with an existing study; without it an existing study is refused. */
  readonly resume: boolean;
  /** With `resume`: go on in the space of the file when it differs from that of the study; default false. */
  readonly changeSpace?: boolean;
  /** Name of a past study in the same store that a new one learns from. */
  readonly warmStart?: string;
  /** How many of the best configurations are trained again at the end; 0 leaves that out. */
  readonly finalists?: number;
  /** On how many seeds each of them is trained. */
  readonly finalistSeeds?: number;
  /** Folds of cross-validation; default as in the file. */
  readonly folds?: number;
  /** Seeds a configuration; default as in the file. */
  readonly repeats?: number;
  /** Train the winner again on training and validation data; default as in the file. */
  readonly retrain?: boolean;
  /** Begin without asking, however long it will take. */
  readonly yes?: boolean;
  /** Above so many minutes a grid or a large study is begun only when `confirm` agrees. Default 30. */
  readonly confirmAboveMinutes?: number;
  /** Seconds after which a single trial is ended as `timeout`. */
  readonly trialTimeoutSeconds?: number;
  /** First abort drains (interrupt and checkpoint), the second kills. */
  readonly drain: AbortSignal;
  readonly kill: AbortSignal;
}

export const TUNE_OPTIONS: OptionNames<TuneOptions> = {
  file: true,
  cwd: true,
  store: true,
  study: true,
  trials: true,
  minutes: true,
  epochs: true,
  target: true,
  sampler: true,
  scheduler: true,
  workers: true,
  ahead: true,
  seed: true,
  resume: true,
  changeSpace: true,
  warmStart: true,
  finalists: true,
  finalistSeeds: true,
  folds: true,
  repeats: true,
  retrain: true,
  yes: true,
  confirmAboveMinutes: true,
  trialTimeoutSeconds: true,
  drain: true,
  kill: true,
};

/** Where the program is. */
export type TunePhase = 'preparing' | 'searching' | 'repeating' | 'retraining' | 'testing' | 'done';

/** What is known when the work begins. */
export interface TuneStart {
  readonly study: string;
  readonly file: string;
  readonly store: string;
  readonly seed: number;
  readonly workers: number;
  readonly samplerName: string;
  /** Why this sampler, in words; from `auto`. */
  readonly samplerWhy: string;
  readonly schedulerName: string;
  readonly objective: Objective;
  readonly budget: Budget;
  /** Points of the space; Infinity when a parameter is continuous. */
  readonly spaceSize: number;
  /** False when a branch of the model may hide further parameters. */
  readonly spaceComplete: boolean;
  /** Epochs (or other resource) of a full trial, when the file says so. */
  readonly maxResource?: number;
  /** Runs of finalists on other seeds that follow the search. */
  readonly repeats: number;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
  /** Trials found in the study when it was opened. */
  readonly trialsBefore: number;
}

/** What a grid or a large study will take, before it begins. */
export interface StudyCost extends CostEstimate {
  readonly combinations: number;
  /** A method that suits the search better, and why. */
  readonly advice?: string;
}

/** Hooks of those who show progress; every one is optional. */
export interface TuneObserver {
  onStart?(start: TuneStart, history: History): void;
  onPhase?(phase: TunePhase): void;
  /** After every event; cheap to call often. */
  onHistory?(history: History): void;
  /** Every event of this session, in the order of the log. */
  onEvent?(event: StudyEvent): void;
  /** A line that user code printed in a trial. */
  onOutput?(trial: number, line: string, stream: 'stdout' | 'stderr'): void;
  /** A remark worth showing once. */
  onNotice?(text: string): void;
  /** Whether a study that will take long may begin; without it, it may. */
  confirm?(cost: StudyCost): Promise<boolean>;
  onEnd?(): void;
}

/** One configuration trained again on several seeds. */
export interface Finalist {
  /** The search trial that found it. */
  readonly trial: TrialRecord;
  /** One score a seed. */
  readonly scores: readonly number[];
  readonly mean: number;
  /** Sample standard deviation; NaN with fewer than two scores. */
  readonly deviation: number;
}

export interface ReportFile {
  /** Relative to the working directory when inside it. */
  readonly path: string;
  readonly what: string;
}

export interface NextCommand {
  readonly command: string;
  readonly what: string;
}

/** The end of a study, as data: all that `tune` prints. */
export interface TuningReport {
  readonly study: string;
  readonly file: string;
  readonly store: string;
  readonly seed: number;
  readonly spaceSize: number;
  readonly objective: Objective;
  readonly counts: {
    readonly complete: number;
    readonly pruned: number;
    readonly failed: number;
    readonly interrupted: number;
  };
  readonly seconds: {
    /** Wall time of this session. */
    readonly session: number;
    /** Training time of all trials together. */
    readonly training: number;
    /** Training time that pruning saved, estimated from the pace of each pruned trial. */
    readonly savedByPruning: number;
  };
  /** The search trial whose configuration won (by the mean over seeds when there are finalists). */
  readonly best: TrialRecord;
  /**
   * The run whose weights are in best.onnx (a search trial or a repeat of the winner) and its score. After retraining the
   * trial is the winner, and the score is that of its configuration.
   */
  readonly model: { readonly trial: number; readonly seed: number; readonly score: number };
  readonly top: readonly TrialRecord[];
  readonly finalists: readonly Finalist[];
  readonly probabilityFirstBetter?: number;
  readonly verdict: { readonly verdict: string; readonly text: string };
  /** Present when the model kept has far more parameters than it had samples. */
  readonly size?: AdvisedSizeWarning;
  /** Lines such as "learningRate: best trials sit at the top edge (0.01); widen it to 0.1". */
  readonly edges: readonly string[];
  /** Every training of the winner, when a trial makes several. */
  readonly validation?: RunsSummary;
  /** What best.onnx was trained on when the winner was trained again on all but the test data. */
  readonly retrained?: { readonly samples: number; readonly epochs: number };
  /** `uses`: how often the test data of this study were used so far; more than once flatters the result. */
  readonly test?: {
    readonly metric: string;
    readonly value: number;
    readonly samples: number;
    readonly uses: number;
  };
  readonly files: readonly ReportFile[];
  readonly next: readonly NextCommand[];
}

/** How a run of `tune` ended. */
export type TuneEnd =
  | { readonly kind: 'report'; readonly report: TuningReport }
  | { readonly kind: 'interrupted'; readonly resumeCommand: string }
  /** Nothing was trained: it would take long, and nobody agreed. */
  | { readonly kind: 'declined'; readonly cost: StudyCost }
  | { readonly kind: 'nothingCompleted'; readonly message: string };

/** What `train` is asked to do: one configuration. */
export interface TrainOptions {
  readonly file: string;
  readonly cwd: string;
  /** Values by name; the others take their defaults. */
  readonly set: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Folder of the files written. */
  readonly out: string;
  readonly drain: AbortSignal;
}

/** Hooks of those who show the training of one configuration. */
export interface TrainObserver {
  /** Known once the model is built. */
  onStart?(start: {
    readonly file: string;
    readonly seed: number;
    readonly params: Params;
    readonly epochs?: number;
  }): void;
  /** After every epoch: one or more rows. */
  onReport?(block: ReportBlock): void;
  onOutput?(line: string, stream: 'stdout' | 'stderr'): void;
  onNotice?(text: string): void;
}

/** The end of `train`, as data. */
export interface TrainReport {
  readonly file: string;
  readonly seed: number;
  readonly params: Params;
  /** Of the weights kept. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly objective: Objective;
  readonly value: number;
  /** All epochs. */
  readonly reports: ReportBlock;
  readonly seconds: number;
  readonly verdict: { readonly verdict: string; readonly text: string };
  /** Present when the model kept has far more parameters than it had samples. */
  readonly size?: AdvisedSizeWarning;
  readonly files: readonly ReportFile[];
  readonly next: readonly NextCommand[];
}

/** How a run of `train` ended. */
export type TrainEnd =
  | { readonly kind: 'report'; readonly report: TrainReport }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string };

/** What cross-validation of one configuration is asked to do. */
export interface CvOptions extends Omit<TrainOptions, 'out'> {
  readonly folds?: number;
  readonly repeats?: number;
}

/** The end of a cross-validation, as data. */
export interface CvReport extends Omit<TrainReport, 'files'>, RunsSummary {
  readonly folds: number;
  readonly repeats: number;
}

/** How a cross-validation ended. */
export type CvEnd =
  | { readonly kind: 'report'; readonly report: CvReport }
  | Exclude<TrainEnd, { readonly kind: 'report' }>;

/** What a learning-rate scan of one configuration is asked to do; absent numbers are those of `lrScan`. */
export interface LrScanFileOptions extends TrainOptions {
  /** Path of the picture. */
  readonly out: string;
  readonly min?: number;
  readonly max?: number;
  readonly steps?: number;
  readonly seeds?: number;
  /** Default: that of the file's `fit`. */
  readonly batchSize?: number;
}

/** The end of a learning-rate scan, as data. */
export interface LrScanReport {
  readonly file: string;
  readonly seed: number;
  readonly params: Params;
  readonly scan: LearningRateScan;
  readonly seconds: number;
  readonly files: readonly ReportFile[];
  readonly next: readonly NextCommand[];
}

/** How a learning-rate scan ended. */
export type LrScanEnd =
  | { readonly kind: 'report'; readonly report: LrScanReport }
  | Exclude<TrainEnd, { readonly kind: 'report' }>;

/** The long-running jobs that the command line shows. */
export interface TuneEngine {
  tune(options: TuneOptions, observer: TuneObserver): Promise<TuneEnd>;
  train(options: TrainOptions, observer: TrainObserver): Promise<TrainEnd>;
  crossValidate(options: CvOptions, observer: TrainObserver): Promise<CvEnd>;
  lrScan(options: LrScanFileOptions, observer: TrainObserver): Promise<LrScanEnd>;
}
