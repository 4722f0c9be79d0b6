import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LuthierError } from '@luthier/core';
import { megabytes, resultOfDeath } from './classify-death.ts';
import type { Clock } from './clock.ts';
import { lineCutter } from './output-lines.ts';
import { kernelMemoryKills, residentBytes } from './process-memory.ts';
import type { FromTrial, ToTrial, TrialJob, TrialResult } from './protocol.ts';
import { type StopOutcome, stoppedResult, type TrialMessage } from './runner.ts';
import { trialEnvironment } from './trial-environment.ts';
import type { Heartbeat } from './trial-process.ts';
import type { TrialWorker } from './worker-pool.ts';

const STDERR_LINES_KEPT = 20;
const MEMORY_POLL_MS = 200;
/** Pipes held open by grandchildren must not hide the death of the process. */
const CLOSE_GRACE_MS = 1000;

export type OutputStream = 'stdout' | 'stderr';

/** How trial processes are started, watched and ended; all times in milliseconds. */
export interface TrialChildOptions {
  readonly entry: URL;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly startTimeoutMs: number;
  readonly killGraceMs: number;
  readonly onOutput: ((trial: number | undefined, line: string, stream: OutputStream) => void) | undefined;
  readonly clock: Clock;
}

interface Running {
  readonly onMessage: (message: TrialMessage) => void;
  readonly resolve: (result: TrialResult) => void;
  readonly reject: (error: unknown) => void;
  readonly timers: Set<() => void>;
  readonly kernelKillsBefore: number | undefined;
  residentBytes: number | undefined;
  /** Its own last word, which no later death of the process takes back. */
  finished: TrialResult | undefined;
}

/** One forked process that runs trials, one at a time. */
export class TrialChild implements TrialWorker {
  /** Resolves when the process can run trials; rejects with LU_RUNNER_START. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  #trialsRun = 0;
  readonly #options: TrialChildOptions;
  readonly #process: ChildProcess;
  readonly #stderr: string[] = [];
  #trial: number | undefined;
  #running: Running | undefined;
  #killedAs: TrialResult | undefined;
  #isAlive = true;
  #settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(options: TrialChildOptions) {
    this.#options = options;
    this.#process = fork(options.entry, [], {
      execPath: process.execPath,
      execArgv: [...options.execArgv],
      env: trialEnvironment(process.env, options.env),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const start = Promise.withResolvers<void>();
    const cancelStart = options.clock.after(options.startTimeoutMs, () => {
      start.reject(this.#startError(`did not answer within ${options.startTimeoutMs} ms`));
      this.#kill();
    });
    this.#settleReady = start;
    this.ready = start.promise.finally(cancelStart);
    this.ready.catch(() => {});
    this.#capture('stdout');
    this.#capture('stderr');
    this.#process.on('message', (message) => this.#receive(message as FromTrial | Heartbeat));
    this.ended = this.#watchDeath();
  }

  get isAlive(): boolean {
    return this.#isAlive && this.#process.connected;
  }

  /** Trials that this process has been given so far. */
  get trialsRun(): number {
    return this.#trialsRun;
  }

  /** Runs a job to its end, which may be the end of the process; rejects only with what `onMessage` threw. */
  run(job: TrialJob, onMessage: (message: TrialMessage) => void): Promise<TrialResult> {
    const { clock, timeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<TrialResult>();
    this.#trial = job.trial;
    this.#trialsRun++;
    this.#stderr.length = 0;
    this.#running = {
      onMessage,
      resolve,
      reject,
      timers: new Set(),
      kernelKillsBefore: kernelMemoryKills(),
      residentBytes: undefined,
      finished: undefined,
    };
    if (timeoutMs !== undefined) {
      const message = `The trial took longer than ${timeoutMs / 1000} s.`;
      this.#running.timers.add(
        clock.after(timeoutMs, () => this.#killAs({ outcome: 'failed', reason: 'timeout', message })),
      );
    }
    this.#watchMemory(this.#running);
    this.#send({ type: 'run', job });
    return promise;
  }

  /** Asks the running trial to end; kills it when it does not within `killGraceMs`. */
  stop(outcome: StopOutcome, message: string): void {
    const running = this.#running;
    if (running === undefined || running.finished !== undefined) return;
    this.#send({ type: 'stop', outcome, message });
    running.timers.add(
      this.#options.clock.after(this.#options.killGraceMs, () =>
        this.#killAs(stoppedResult(outcome, message)),
      ),
    );
  }

  /** Ends the process at once; a running trial resolves with `result`. */
  kill(result: TrialResult): Promise<void> {
    this.#killAs(result);
    return this.ended;
  }

  /** Lets the process end by itself, and kills it when it does not within `killGraceMs`. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const cancel = this.#options.clock.after(this.#options.killGraceMs, () => this.#kill());
    await this.ended;
    cancel();
  }

  #send(message: ToTrial): void {
    // When the channel is lost the process has died, and its death settles the trial.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #killAs(result: TrialResult): void {
    this.#killedAs ??= result;
    this.#kill();
  }

  #kill(): void {
    this.#isAlive = false;
    this.#process.kill('SIGKILL');
  }

  #receive(message: FromTrial | Heartbeat): void {
    if (message.type === 'ready') {
      this.#settleReady?.resolve();
      return;
    }
    const running = this.#running;
    if (running === undefined) return;
    if (message.type === 'memory') {
      running.residentBytes = message.residentBytes;
      this.#enforceMemoryLimit(running);
    } else if (message.type === 'finished') {
      running.finished = message.result;
      cancelAll(running);
      // Lines that the trial printed before wait in other pipes, which are read in the same turn.
      setImmediate(() => this.#settle((settled) => settled.resolve(message.result), running));
    } else {
      try {
        running.onMessage(message);
      } catch (error) {
        this.#settle((settled) => settled.reject(error), running);
        this.#kill();
      }
    }
  }

  #settle(how: (running: Running) => void, running: Running | undefined): void {
    if (running === undefined || this.#running !== running) return;
    this.#running = undefined;
    cancelAll(running);
    how(running);
  }

  #watchMemory(running: Running): void {
    const { pid } = this.#process;
    if (this.#options.memoryLimitBytes === undefined || pid === undefined) return;
    const look = (): void => {
      running.residentBytes = residentBytes(pid) ?? running.residentBytes;
      this.#enforceMemoryLimit(running);
      const cancel = this.#options.clock.after(MEMORY_POLL_MS, () => {
        running.timers.delete(cancel);
        look();
      });
      running.timers.add(cancel);
    };
    look();
  }

  #enforceMemoryLimit(running: Running): void {
    const limit = this.#options.memoryLimitBytes;
    if (limit === undefined || running.residentBytes === undefined || running.residentBytes <= limit) return;
    const message = `The trial process used ${megabytes(running.residentBytes)}, more than its limit of ${megabytes(limit)}.`;
    const details = { residentBytes: running.residentBytes, memoryLimitBytes: limit };
    this.#killAs({ outcome: 'failed', reason: 'outOfMemory', message, details });
  }

  #capture(name: OutputStream): void {
    const stream = this.#process[name];
    if (stream === null) return;
    const cutter = lineCutter((line) => {
      if (name === 'stderr') {
        this.#stderr.push(line);
        if (this.#stderr.length > STDERR_LINES_KEPT) this.#stderr.shift();
      }
      this.#options.onOutput?.(this.#trial, line, name);
    });
    stream.on('data', (chunk: Buffer) => cutter.write(chunk));
    stream.on('end', () => cutter.end());
    stream.on('error', () => {});
  }

  async #watchDeath(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let cancel = (): void => {};
    let failure = '';
    this.#process.on('error', (error) => {
      failure = error.message;
      if (this.#process.pid === undefined) resolve();
    });
    // The event 'close' never comes after a disconnect of our own; these four together say the same.
    const { stdout, stderr } = this.#process;
    let open = 4;
    const close = (): void => {
      if (--open === 0) resolve();
    };
    this.#process.on('disconnect', close);
    stdout?.on('close', close);
    stderr?.on('close', close);
    this.#process.on('exit', () => {
      this.#isAlive = false;
      cancel = this.#options.clock.after(CLOSE_GRACE_MS, resolve);
      close();
    });
    await promise;
    cancel();
    this.#isAlive = false;
    const { exitCode, signalCode } = this.#process;
    const how = signalCode === null ? `exited with code ${exitCode}` : `was ended by ${signalCode}`;
    this.#settleReady?.reject(this.#startError(failure === '' ? how : failure));
    const running = this.#running;
    const result = running?.finished ?? this.#killedAs ?? this.#diagnose(running);
    this.#settle((settled) => settled.resolve(result), running);
  }

  #diagnose(running: Running | undefined): TrialResult {
    const kernelKills = kernelMemoryKills();
    const before = running?.kernelKillsBefore;
    return resultOfDeath({
      exitCode: this.#process.exitCode,
      signal: this.#process.signalCode,
      stderr: [...this.#stderr],
      residentBytes: running?.residentBytes,
      memoryLimitBytes: this.#options.memoryLimitBytes,
      hasKernelKilled: kernelKills !== undefined && before !== undefined && kernelKills > before,
    });
  }

  #startError(what: string): LuthierError {
    const entry = fileURLToPath(this.#options.entry);
    const said = this.#stderr.length === 0 ? '' : `\n${this.#stderr.join('\n')}`;
    return new LuthierError('LU_RUNNER_START', `trial process ${entry}: ${what} before it was ready${said}`, {
      where: entry,
      fix: `Run 'node ${entry}' to see why it does not start, or raise startTimeoutMs on a busy machine.`,
    });
  }
}

function cancelAll(running: Running): void {
  for (const cancel of running.timers) cancel();
  running.timers.clear();
}
