import type { CliContext, StopSignalName } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** Copies of one signal closer than this are one: a terminal and a parent process may both deliver it. */
export const SIGNAL_ECHO_MS = 300;

/** The wish to stop: the first signal drains, the second kills. */
export interface StopSignals {
  readonly drain: AbortSignal;
  readonly kill: AbortSignal;
  /** 130 or 143 once a signal came. */
  exitCode(): number | undefined;
  close(): void;
}

/** Turns SIGINT and SIGTERM into `drain` and then `kill`; `onFirst` may say so to the user. */
export function stopSignals(context: CliContext, onFirst: (signal: StopSignalName) => void): StopSignals {
  const drain = new AbortController();
  const kill = new AbortController();
  let code: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  const close = context.onSignal((signal) => {
    const now = context.clock.now();
    const isEcho = now - last < SIGNAL_ECHO_MS;
    last = now;
    if (isEcho) return;
    code ??= signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    if (drain.signal.aborted) {
      kill.abort(signal);
    } else {
      drain.abort(signal);
      onFirst(signal);
    }
  });
  return { drain: drain.signal, kill: kill.signal, exitCode: () => code, close };
}
