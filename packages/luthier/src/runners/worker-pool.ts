import { LuthierError } from '@luthier/core';
import type { TrialJob, TrialResult } from './protocol.ts';
import {
  type RunOptions,
  type StopOutcome,
  stoppedResult,
  type TrialMessage,
  type TrialPool,
} from './runner.ts';

const START_ATTEMPTS = 2;
const KILLED: TrialResult = stoppedResult('interrupted', 'The trial was killed.');

/** What runs one trial at a time for a pool: a process, or code of this one. */
export interface TrialWorker {
  /** Resolves when it can run trials, rejects when it cannot be started. */
  readonly ready: Promise<void>;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  readonly isAlive: boolean;
  readonly trialsRun: number;
  /** Rejects only with what `onMessage` threw. */
  run(job: TrialJob, onMessage: (message: TrialMessage) => void): Promise<TrialResult>;
  stop(outcome: StopOutcome, message: string): void;
  kill(result: TrialResult): Promise<void>;
  end(): Promise<void>;
}

interface Run {
  readonly job: TrialJob;
  worker: TrialWorker | undefined;
  stopped: TrialResult | undefined;
  /** Ends the wait for a free place: with true when there is one, with false when the run was stopped. */
  settlePlace: ((hasPlace: boolean) => void) | undefined;
}

/** Options of a pool of workers. */
export interface WorkerPoolOptions {
  readonly size: number;
  readonly startWorker: () => TrialWorker;
  /** Replaces a worker after so many trials; default never. */
  readonly recycleAfterTrials: number | undefined;
}

/** Hands trials to workers: at most `size` at a time, in the order in which they came. */
export class WorkerPool implements TrialPool {
  readonly size: number;
  readonly #options: WorkerPoolOptions;
  readonly #runs = new Map<number, Run>();
  readonly #settled = new Set<Promise<void>>();
  readonly #waiting: Run[] = [];
  readonly #workers = new Set<TrialWorker>();
  readonly #idle: TrialWorker[] = [];
  #busy = 0;
  /** What trials resolve with once the pool takes no more. */
  #closedAs: TrialResult | undefined;

  constructor(options: WorkerPoolOptions) {
    if (!Number.isInteger(options.size) || options.size < 1) {
      throw new LuthierError('LU_RUNNER_SIZE', `size: ${options.size} is not a number of trials at a time`, {
        where: 'size',
        fix: 'Give a whole number of at least 1, such as the number of cores.',
      });
    }
    this.size = options.size;
    this.#options = options;
  }

  run(job: TrialJob, options: RunOptions = {}): Promise<TrialResult> {
    if (this.#closedAs !== undefined) return Promise.resolve(this.#closedAs);
    const refusal = this.#refusal(job.trial);
    if (refusal !== undefined) return Promise.reject(refusal);
    const run: Run = { job, worker: undefined, stopped: undefined, settlePlace: undefined };
    this.#runs.set(job.trial, run);
    const { signal } = options;
    const abort = (): void => this.stop(job.trial, 'interrupted', abortMessage(signal));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    const result = this.#perform(run, options.onMessage ?? (() => {})).finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#runs.delete(job.trial);
    });
    const settled: Promise<void> = result.then(
      () => {},
      () => {},
    );
    this.#settled.add(settled);
    void settled.then(() => this.#settled.delete(settled));
    return result;
  }

  stop(trial: number, outcome: StopOutcome, message: string): void {
    const run = this.#runs.get(trial);
    if (run === undefined || run.stopped !== undefined) return;
    run.stopped = stoppedResult(outcome, message);
    run.worker?.stop(outcome, message);
    this.#leaveQueue(run);
  }

  async drain(message = 'The study was stopped.'): Promise<void> {
    this.#closedAs ??= stoppedResult('interrupted', message);
    for (const trial of [...this.#runs.keys()]) this.stop(trial, 'interrupted', message);
    await Promise.all(this.#settled);
    await Promise.all([...this.#workers].map((worker) => worker.end()));
  }

  async kill(): Promise<void> {
    this.#closedAs ??= KILLED;
    for (const run of this.#runs.values()) {
      run.stopped ??= KILLED;
      this.#leaveQueue(run);
    }
    await Promise.all([...this.#workers].map((worker) => worker.kill(KILLED)));
    await Promise.all(this.#settled);
  }

  #refusal(trial: number): LuthierError | undefined {
    if (!this.#runs.has(trial)) return undefined;
    return new LuthierError('LU_RUNNER_BUSY', `trial ${trial} is already running in this pool`, {
      fix: 'Wait for the running attempt, or stop it first.',
    });
  }

  async #perform(run: Run, onMessage: (message: TrialMessage) => void): Promise<TrialResult> {
    if (!(await this.#takePlace(run))) return run.stopped ?? KILLED;
    try {
      const worker = await this.#takeWorker(run);
      if (worker === undefined) return run.stopped ?? KILLED;
      try {
        if (run.stopped !== undefined) return run.stopped;
        run.worker = worker;
        return await worker.run(run.job, onMessage);
      } finally {
        run.worker = undefined;
        this.#giveBack(worker);
      }
    } finally {
      this.#freePlace();
    }
  }

  async #takePlace(run: Run): Promise<boolean> {
    if (run.stopped !== undefined) return false;
    if (this.#busy < this.size) {
      this.#busy++;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    run.settlePlace = resolve;
    this.#waiting.push(run);
    return promise;
  }

  #leaveQueue(run: Run): void {
    const index = this.#waiting.indexOf(run);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    run.settlePlace?.(false);
  }

  #freePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy--;
    else next.settlePlace?.(true);
  }

  /** An idle worker or a new one, undefined when the run was stopped meanwhile. A failed start is tried again once. */
  async #takeWorker(run: Run): Promise<TrialWorker | undefined> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isAlive) return idle;
    }
    for (let attempt = 1; run.stopped === undefined; attempt++) {
      const worker = this.#options.startWorker();
      this.#workers.add(worker);
      void worker.ended.then(() => this.#workers.delete(worker));
      try {
        await worker.ready;
        return worker;
      } catch (error) {
        if (run.stopped === undefined && attempt === START_ATTEMPTS) throw error;
      }
    }
    return undefined;
  }

  #giveBack(worker: TrialWorker): void {
    if (!worker.isAlive) return;
    const limit = this.#options.recycleAfterTrials;
    if (limit !== undefined && worker.trialsRun >= limit) void worker.end();
    else this.#idle.push(worker);
  }
}

function abortMessage(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  if (typeof reason === 'string') return reason;
  return reason instanceof Error && reason.name !== 'AbortError' ? reason.message : 'The trial was stopped.';
}
