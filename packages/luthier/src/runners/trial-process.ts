import { Worker } from 'node:worker_threads';
import { resultOfError } from './classify-error.ts';
import type { FromTrial, ToTrial, TrialJob, TrialResult } from './protocol.ts';
import { type TrialCode, type TrialPort, TrialStopped } from './runner.ts';

/** Signals that reach a whole process group or service: the parent decides what they mean. */
const LEFT_TO_PARENT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the process when its parent is gone, even while user code blocks the main thread. */
const WATCHDOG = `
const parent = process.ppid;
const isAlive = () => {
  if (process.ppid !== parent) return false;
  try { process.kill(parent, 0); return true; } catch (error) { return error.code === 'EPERM'; }
};
setInterval(() => { if (!isAlive()) process.kill(process.pid, 'SIGKILL'); }, 1000);
`;

/** A thread of its own (about 20 MB), because a parent that dies can tell a blocked main thread nothing. */
function startWatchdog(): void {
  const watchdog = new Worker(WATCHDOG, { eval: true, execArgv: [] });
  // Without it the process still ends with its parent at the next turn of its event loop.
  watchdog.on('error', () => {});
  watchdog.unref();
}

/** On platforms without /proc the parent learns the memory of a trial process only from itself. */
const HEARTBEAT_MS = 500;

/** A sign of life with the resident memory; for the pool only. */
export interface Heartbeat {
  readonly type: 'memory';
  readonly residentBytes: number;
}

function isToTrial(message: unknown): message is ToTrial {
  return typeof message === 'object' && message !== null && 'type' in message;
}

/**
 * Turns this process, forked by a pool, into one that runs trials: one at a time, until the pool ends it.
 *
 * What `run` throws becomes a failed trial (memory ran out: reason `outOfMemory`); the process lives on. The
 * process ends with its parent, however that ends, and leaves Ctrl-C to it. Throws when the process was not forked.
 *
 * @example
 * serveTrials(async (job, port) => {
 *   port.send({ type: 'reported', block: { steps: [1], seconds: [0.1], metrics: { valLoss: [0.3] } } });
 *   port.signal.throwIfAborted();
 *   return { outcome: 'complete', values: [0.3] };
 * });
 */
export function serveTrials(run: TrialCode): void {
  if (process.send === undefined)
    throw new Error('serveTrials works only in a process forked by a trial pool.');
  for (const signal of LEFT_TO_PARENT) process.on(signal, () => {});
  process.on('disconnect', () => process.exit());
  startWatchdog();

  const send = (message: FromTrial | Heartbeat): void => {
    // A lost channel means that the parent is gone; the handler of 'disconnect' ends the process.
    process.send?.(message, undefined, {}, () => {});
  };
  let running: { readonly controller: AbortController } | undefined;

  const start = async (job: TrialJob): Promise<void> => {
    const controller = new AbortController();
    running = { controller };
    const port: TrialPort = {
      // What stray code of an ended trial still sends must not be taken for the next one's.
      send: (message) => {
        if (running?.controller === controller) send(message);
      },
      signal: controller.signal,
    };
    let result: TrialResult;
    try {
      result = await run(job, port);
    } catch (error) {
      result = resultOfError(error, controller.signal);
    }
    running = undefined;
    try {
      send({ type: 'finished', result });
    } catch (error) {
      // A result that cannot be copied between processes, such as one that holds a function.
      send({ type: 'finished', result: resultOfError(error, controller.signal) });
    }
  };

  process.on('message', (message: unknown) => {
    if (!isToTrial(message)) return;
    if (message.type === 'run') void start(message.job);
    else running?.controller.abort(new TrialStopped(message.outcome, message.message));
  });
  if (process.platform !== 'linux') {
    setInterval(
      () => send({ type: 'memory', residentBytes: process.memoryUsage.rss() }),
      HEARTBEAT_MS,
    ).unref();
  }
  send({ type: 'ready' });
}
