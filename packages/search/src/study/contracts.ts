import type { NewEvent, Sequence, StudyEvent } from './events.ts';
import type { History } from './history.ts';

/** Appended whole, or refused whole because `claim` is already held. */
export type Appended =
  | { readonly accepted: true; readonly sequence: Sequence }
  | { readonly accepted: false; readonly claim: string };

export interface StudySummary {
  readonly study: string;
  readonly events: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
}

/** A folded History up to and with a sequence number. */
export interface Snapshot {
  readonly sequence: Sequence;
  readonly history: History;
}

/** The truth about studies: append-only sequences of events. */
export interface StudyLog {
  /** Atomic; a taken claim refuses the whole batch. Returns when the events are durable. */
  append(study: string, events: readonly NewEvent[]): Promise<Appended>;
  /** Events with a sequence greater than `after`, in order. */
  read(study: string, after: Sequence): AsyncIterable<StudyEvent>;
  /** As `read`, and then live until `signal` aborts. */
  watch(study: string, after: Sequence, signal?: AbortSignal): AsyncIterable<StudyEvent>;
  /** The stored snapshot with the highest sequence, if any. */
  snapshot(study: string): Promise<Snapshot | undefined>;
  /** Stores a snapshot; an older one is replaced. */
  saveSnapshot(study: string, snapshot: Snapshot): Promise<void>;
  studies(): Promise<readonly StudySummary[]>;
  /** Deletes a study and everything it holds. */
  remove(study: string): Promise<void>;
  close(): Promise<void>;
}

/** Who runs a trial: the attempt is the fencing token. */
export interface Lease {
  readonly study: string;
  readonly trial: number;
  readonly attempt: number;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Mutable facts beside the log. */
export interface Leases {
  /** Takes or renews; false when another holder's lease has not expired. */
  acquire(lease: Lease): Promise<boolean>;
  release(study: string, trial: number, holder: string): Promise<void>;
  /** Leases of a study, expired ones included. */
  list(study: string): Promise<readonly Lease[]>;
}

/** Checkpoints, models and artifacts by the SHA-256 of their content (hex). */
export interface Blobs {
  put(content: Uint8Array): Promise<string>;
  /** Throws LU_BLOB_MISSING or LU_BLOB_DAMAGED. */
  get(digest: string): Promise<Uint8Array>;
  delete(digest: string): Promise<void>;
}
