import type { Json, Params } from '@luthier/core';
import type { Parameter, Space } from '../space/parameter.ts';

/** Position of an event in its study, counted from 1. */
export type Sequence = number;

/** What is optimised: a metric and its direction. */
export interface Objective {
  readonly metric: string;
  readonly direction: 'minimize' | 'maximize';
}

/** When to ask for no more trials; the first limit reached ends the study. */
export interface Budget {
  /** Trials asked for; repeats and trials from elsewhere are not counted. */
  readonly trials?: number;
  /** Sum of the last steps that the trials of the search reported; trials that run go on to their end. */
  readonly epochs?: number;
  /** A value of the first objective that is good enough. */
  readonly target?: number;
  /** Time since the study was created or resumed, pauses between sessions not counted. */
  readonly minutes?: number;
}

/** Why a suggestion was made, in words and numbers. */
export interface Why {
  /** One sentence for people. */
  readonly text: string;
  /** Sampler that made it. */
  readonly sampler: string;
  /** Predicted value and its standard deviation, on the scale of the objective. */
  readonly predicted?: { readonly mean: number; readonly deviation: number };
  /** Trials that tell most of it, closest first. */
  readonly neighbours?: readonly number[];
  readonly mode?: 'baseline' | 'initial' | 'explore' | 'exploit' | 'enumerate' | 'random';
}

/** How a trial ended. `interrupted` trials may be started again; the others are final. */
export type Outcome = 'complete' | 'pruned' | 'failed' | 'interrupted';

/** Class of a failure or interruption. */
export type FailureReason = 'diverged' | 'outOfMemory' | 'timeout' | 'crashed' | 'lost' | 'error' | 'stopped';

/** Rows of reports, one array a column: `metrics.valLoss[i]` was measured at `steps[i]`. */
export interface ReportBlock {
  /** Resource used so far: epochs for models, any growing count for other objectives. */
  readonly steps: readonly number[];
  /** Wall time since the trial (all attempts) began, in seconds. */
  readonly seconds: readonly number[];
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

export interface StudyCreated {
  readonly type: 'study-created';
  readonly space: Space;
  readonly objectives: readonly Objective[];
  readonly seed: number;
  readonly budget: Budget;
  /** Specifications as data, such as `{ name: 'asha', eta: 3 }`. */
  readonly sampler: Json;
  readonly scheduler: Json;
  /** Anything that the program wants to remember: tuning file, versions. */
  readonly meta?: Json;
  /** Configurations may be suggested again, for objectives with noise. */
  readonly repeats?: true;
}
export interface SpaceChanged {
  readonly type: 'space-changed';
  readonly space: Space;
  /** Parameters that a trial met for the first time. */
  readonly added?: readonly Parameter[];
}
export interface BudgetChanged {
  readonly type: 'budget-changed';
  readonly budget: Budget;
}
export interface TrialAsked {
  readonly type: 'trial-asked';
  /** Counted from 0. */
  readonly trial: number;
  /** Active parameters only, in canonical order. */
  readonly params: Params;
  /** What the sampler wants to remember. */
  readonly memo?: Json;
  readonly why: Why;
  /** `search` trials belong to the search; others repeat a configuration: `repeat` of trial `of` with another seed. */
  readonly purpose?: 'search' | 'repeat';
  readonly of?: number;
  /** Where it was run, when it came finished from elsewhere. */
  readonly source?: string;
  /** Entry of the queue that it takes. */
  readonly queued?: number;
  /** Seed of the trial's own random numbers. */
  readonly seed: number;
}
export interface TrialStarted {
  readonly type: 'trial-started';
  readonly trial: number;
  /** Counted from 1; a newer attempt fences off older ones. */
  readonly attempt: number;
  readonly runner: string;
}
export interface TrialReported {
  readonly type: 'trial-reported';
  readonly trial: number;
  readonly attempt: number;
  readonly block: ReportBlock;
}
export interface TrialCheckpointed {
  readonly type: 'trial-checkpointed';
  readonly trial: number;
  readonly attempt: number;
  readonly step: number;
  /** Digest of the blob. */
  readonly blob: string;
  readonly bytes: number;
}
export interface ArtifactStored {
  readonly type: 'artifact';
  readonly trial?: number;
  /** Such as `best.onnx`. */
  readonly name: string;
  readonly blob: string;
  readonly bytes: number;
}
export interface TrialFinished {
  readonly type: 'trial-finished';
  readonly trial: number;
  readonly attempt: number;
  readonly outcome: Outcome;
  /** One number an objective; absent when the trial has none. */
  readonly values?: readonly number[];
  readonly reason?: FailureReason;
  /** For people: error message, why it was pruned. */
  readonly message?: string;
  /** Final numbers of the weights kept. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Parameters of the trial when it met some that the sampler did not know. */
  readonly params?: Params;
  readonly details?: Json;
}
export interface ConfigurationQueued {
  readonly type: 'queued';
  readonly id: number;
  readonly params: Params;
  /** Run it even when it was tried before. */
  readonly repeat?: true;
  /** Why it was put there, for people. */
  readonly why?: string;
}
/** A trial of a past study as the present one remembers it. */
export interface PastTrial {
  readonly params: Params;
  /** Share of the past trials that it was at least as good as, in (0, 1]. */
  readonly quality: number;
}
export interface WarmStarted {
  readonly type: 'warm-started';
  /** The past study, for people. */
  readonly from: string;
  /** Its complete trials inside the present space, best first. */
  readonly trials: readonly PastTrial[];
  /** Entries of the queue that try its best configurations here. */
  readonly queued: readonly number[];
}
export interface Note {
  readonly type: 'note';
  readonly text: string;
  readonly trial?: number;
  readonly data?: Json;
}

/** Everything that can happen to a study. */
export type EventBody =
  | StudyCreated
  | SpaceChanged
  | BudgetChanged
  | TrialAsked
  | TrialStarted
  | TrialReported
  | TrialCheckpointed
  | ArtifactStored
  | TrialFinished
  | ConfigurationQueued
  | WarmStarted
  | Note;

/** An event on its way into the log; its claim is a key that only one event of the study may ever hold. */
export type NewEvent = EventBody & { readonly claim?: string };

/** An event in the log. `at` is milliseconds since 1970 for people to read; it never decides an order. */
export type StudyEvent = NewEvent & { readonly sequence: Sequence; readonly at: number };
