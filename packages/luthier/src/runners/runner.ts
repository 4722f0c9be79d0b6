import type { FromTrial, TrialJob, TrialResult } from './protocol.ts';

/** What a running trial tells: everything but the start of its process and its result. */
export type TrialMessage = Exclude<FromTrial, { readonly type: 'ready' | 'finished' }>;

/** How a trial can be ended from outside. */
export type StopOutcome = 'pruned' | 'interrupted';

/** What `run` takes beside the job. */
export interface RunOptions {
  /** Called in order, and never after `run` has settled. When it throws, the trial is killed and `run` rejects. */
  readonly onMessage?: (message: TrialMessage) => void;
  /** Interrupts the trial when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Runs trials, `size` at a time; more wait in the order in which they came.
 *
 * However a trial ends, by its own result or by the death of its process, `run` resolves with a result; after `drain`
 * or `kill` it resolves as interrupted at once. It rejects only with LU_RUNNER_START (the processes do not start),
 * LU_RUNNER_BUSY (that trial runs already), or with what `onMessage` threw.
 */
export interface TrialPool {
  readonly size: number;
  run(job: TrialJob, options?: RunOptions): Promise<TrialResult>;
  /** Asks a trial to end; its `run` resolves with that outcome, unless it ended by itself first. Unknown trials are ignored. */
  stop(trial: number, outcome: StopOutcome, message: string): void;
  /** Takes no more trials, interrupts all, and resolves when they and their processes have ended. */
  drain(message?: string): Promise<void>;
  /** Takes no more trials and ends everything at once; running trials resolve as interrupted, without a new checkpoint. */
  kill(): Promise<void>;
}

/** Why the signal of a trial aborted: whether the trial is pruned or interrupted, and in words. */
export class TrialStopped extends Error {
  override readonly name = 'TrialStopped';
  readonly outcome: StopOutcome;

  constructor(outcome: StopOutcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/** The result of a trial that was ended from outside. */
export function stoppedResult(outcome: StopOutcome, message: string): TrialResult {
  return outcome === 'pruned' ? { outcome, message } : { outcome, reason: 'stopped', message };
}

/** The two ends of a trial's conversation, as its own code sees them. */
export interface TrialPort {
  send(message: TrialMessage): void;
  /** Aborts when the trial is to end; its `reason` is a TrialStopped. */
  readonly signal: AbortSignal;
}

/** The code of a trial: runs one job and says how it ended. */
export type TrialCode = (job: TrialJob, port: TrialPort) => Promise<TrialResult>;
