import { type Clock, systemClock } from './clock.ts';
import type { TrialPool } from './runner.ts';
import { type OutputStream, TrialChild, type TrialChildOptions } from './trial-child.ts';
import { TRIAL_FLAGS } from './trial-flags.ts';
import { WorkerPool } from './worker-pool.ts';

const DEFAULT_START_TIMEOUT_MS = 60_000;
const DEFAULT_KILL_GRACE_MS = 10_000;

/** Options of a pool of trial processes. */
export interface TrialPoolOptions {
  /** Trials at a time, each in a process of its own. */
  readonly size: number;
  /** Module of the processes; it calls `serveTrials`. */
  readonly entry: URL;
  /** Flags of Node beside those of every trial process (`TRIAL_FLAGS`). */
  readonly execArgv?: readonly string[];
  /** Environment variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Longest time of one attempt of a trial, in milliseconds; default none. */
  readonly timeoutMs?: number;
  /** Resident memory above which a trial is ended; default none. */
  readonly memoryLimitBytes?: number;
  /** Time a process may take to become ready; default 60 s. */
  readonly startTimeoutMs?: number;
  /** Time between asking a trial or process to end and killing it; default 10 s. */
  readonly killGraceMs?: number;
  /** Replaces a process after so many trials; default never. */
  readonly recycleAfterTrials?: number;
  /** Gets what trials print, by line; `trial` is undefined before a process has run one. */
  readonly onOutput?: (trial: number | undefined, line: string, stream: OutputStream) => void;
  readonly clock?: Clock;
}

/**
 * A pool of child processes that run trials.
 *
 * Processes start with the first trials and are reused, so that what a trial compiles can serve the next one. A process
 * that dies, hangs beyond `timeoutMs` or grows beyond `memoryLimitBytes` costs only its trial. End it with `drain` or `kill`.
 * Throws LU_RUNNER_SIZE.
 *
 * @example
 * const pool = createTrialPool({ size: 2, entry: new URL('./trial-main.ts', import.meta.url) });
 * const result = await pool.run(job, { onMessage: (message) => console.error(message.type) });
 * await pool.drain();
 */
export function createTrialPool(options: TrialPoolOptions): TrialPool {
  const childOptions: TrialChildOptions = {
    entry: options.entry,
    execArgv: [...TRIAL_FLAGS, ...(options.execArgv ?? [])],
    env: options.env ?? {},
    timeoutMs: options.timeoutMs,
    memoryLimitBytes: options.memoryLimitBytes,
    startTimeoutMs: options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
    killGraceMs: options.killGraceMs ?? DEFAULT_KILL_GRACE_MS,
    onOutput: options.onOutput,
    clock: options.clock ?? systemClock,
  };
  return new WorkerPool({
    size: options.size,
    startWorker: () => new TrialChild(childOptions),
    recycleAfterTrials: options.recycleAfterTrials,
  });
}
