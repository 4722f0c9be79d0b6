import type { Json, Params } from '@luthier/core';
import type { Space } from '../space/parameter.ts';
import type {
  Budget,
  FailureReason,
  Objective,
  Outcome,
  PastTrial,
  ReportBlock,
  Sequence,
  StudyEvent,
  Why,
} from './events.ts';

/** Where a trial stands. */
export type TrialState = 'asked' | 'running' | Outcome;

/** All that is known of one trial. */
export interface TrialRecord {
  readonly number: number;
  readonly state: TrialState;
  readonly params: Params;
  readonly why: Why;
  readonly purpose: 'search' | 'repeat';
  readonly of?: number;
  /** Where it was run, when it came finished from elsewhere. */
  readonly source?: string;
  /** Entry of the queue that it took. */
  readonly queued?: number;
  readonly seed: number;
  /** 0 before the first start. */
  readonly attempt: number;
  readonly runner?: string;
  readonly reports: ReportBlock;
  readonly checkpoint?: { readonly step: number; readonly blob: string; readonly bytes: number };
  readonly artifacts: Readonly<Record<string, { readonly blob: string; readonly bytes: number }>>;
  /** One number an objective, only when complete. */
  readonly values?: readonly number[];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly reason?: FailureReason;
  readonly message?: string;
  readonly details?: Json;
  /** Sequence numbers of the events, and clock times for people (milliseconds since 1970). */
  readonly askedSequence: Sequence;
  readonly finishedSequence?: Sequence;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** The state of a study: a fold over its events. */
export interface History {
  /** Sequence of the last event folded in. */
  readonly sequence: Sequence;
  readonly createdAt: number;
  readonly space: Space;
  readonly objectives: readonly Objective[];
  readonly seed: number;
  readonly budget: Budget;
  readonly sampler: Json;
  readonly scheduler: Json;
  readonly meta?: Json;
  /** By number, without gaps. */
  readonly trials: readonly TrialRecord[];
  /** Memo of the newest suggestion that had one. */
  readonly memo?: Json;
  /** Waiting configurations and those taken, which come first. */
  readonly queue: readonly {
    readonly id: number;
    readonly params: Params;
    readonly taken: boolean;
    readonly repeat?: true;
    readonly why?: string;
  }[];
  /** What past studies brought. */
  readonly warmStarts?: readonly {
    readonly from: string;
    readonly trials: readonly PastTrial[];
    readonly queued: readonly number[];
  }[];
  /** Configurations may be suggested again. */
  readonly repeats?: true;
  readonly notes: readonly {
    readonly text: string;
    readonly trial?: number;
    readonly data?: Json;
    readonly at: number;
  }[];
  /** Artifacts of the study itself, by name; those of trials are with the trials. */
  readonly artifacts?: Readonly<Record<string, { readonly blob: string; readonly bytes: number }>>;
}

export type Fold = (history: History | undefined, event: StudyEvent) => History;
