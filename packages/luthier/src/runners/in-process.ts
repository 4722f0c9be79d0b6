import { resultOfError } from './classify-error.ts';
import { type Clock, systemClock } from './clock.ts';
import type { TrialJob, TrialResult } from './protocol.ts';
import {
  type StopOutcome,
  type TrialCode,
  type TrialMessage,
  type TrialPool,
  TrialStopped,
} from './runner.ts';
import { type TrialWorker, WorkerPool } from './worker-pool.ts';

/** Options of a runner without processes. */
export interface InProcessRunnerOptions {
  readonly run: TrialCode;
  /** Trials at a time; default 1. */
  readonly size?: number;
  /** Longest time of one attempt, in milliseconds; default none. The code of the trial is told by its signal and abandoned. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Runs trials in this process: for tests and objectives that take no time.
 *
 * The same contract as the pool of processes, but code that blocks or ends the process cannot be stopped. Messages
 * are copied, as between processes. Throws LU_RUNNER_SIZE.
 *
 * @example
 * const pool = createInProcessRunner({ run: async (job) => ({ outcome: 'complete', values: [job.trial] }) });
 */
export function createInProcessRunner(options: InProcessRunnerOptions): TrialPool {
  return new WorkerPool({
    size: options.size ?? 1,
    startWorker: () => new InProcessWorker(options),
    recycleAfterTrials: undefined,
  });
}

class InProcessWorker implements TrialWorker {
  readonly ready: Promise<void> = Promise.resolve();
  readonly ended: Promise<void>;
  isAlive = true;
  trialsRun = 0;
  readonly #options: InProcessRunnerOptions;
  readonly #end: () => void;
  #stop: ((stopped: TrialStopped) => void) | undefined;
  #abandon: ((result: TrialResult) => void) | undefined;

  constructor(options: InProcessRunnerOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  async run(job: TrialJob, onMessage: (message: TrialMessage) => void): Promise<TrialResult> {
    this.trialsRun++;
    const { run, timeoutMs, clock = systemClock } = this.#options;
    const controller = new AbortController();
    const { promise: ending, resolve, reject } = Promise.withResolvers<TrialResult>();
    let isOver = false;
    const send = (message: TrialMessage): void => {
      if (isOver) return;
      try {
        onMessage(structuredClone(message));
      } catch (error) {
        reject(error);
        controller.abort(new TrialStopped('interrupted', 'A message of the trial could not be handled.'));
      }
    };
    this.#stop = (stopped) => controller.abort(stopped);
    this.#abandon = resolve;
    const cancel =
      timeoutMs === undefined
        ? () => {}
        : clock.after(timeoutMs, () => {
            const message = `The trial took longer than ${timeoutMs / 1000} s.`;
            resolve({ outcome: 'failed', reason: 'timeout', message });
            controller.abort(new TrialStopped('interrupted', message));
          });
    try {
      const own = Promise.resolve()
        .then(() => run(structuredClone(job), { send, signal: controller.signal }))
        .then((result) => structuredClone(result))
        .catch((error: unknown) => resultOfError(error, controller.signal));
      return await Promise.race([ending, own]);
    } finally {
      isOver = true;
      cancel();
      this.#stop = undefined;
      this.#abandon = undefined;
    }
  }

  stop(outcome: StopOutcome, message: string): void {
    this.#stop?.(new TrialStopped(outcome, message));
  }

  kill(result: TrialResult): Promise<void> {
    this.#abandon?.(result);
    this.#stop?.(new TrialStopped('interrupted', result.message ?? ''));
    return this.end();
  }

  end(): Promise<void> {
    this.isAlive = false;
    this.#end();
    return this.ended;
  }
}
