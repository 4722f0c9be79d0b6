import type { StudyLog } from '@luthier/search';
import type { TuneEngine } from '../tune/contract.ts';

/** A stream the program writes text to. */
export interface TextOutput {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width and height in characters; undefined when the stream is no terminal. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** Time, as the program sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after `ms`; returns how to cancel. */
  after(ms: number, call: () => void): () => void;
  /** Calls every `ms`; returns how to cancel. */
  every(ms: number, call: () => void): () => void;
}

export type StopSignalName = 'SIGINT' | 'SIGTERM';

/** All that a command may touch: nothing else of the process, so that tests need none. */
export interface CliContext {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Asks a question on the terminal; false without one. */
  confirm(question: string): Promise<boolean>;
  /** Listens for signals; returns how to stop listening. */
  onSignal(listen: (signal: StopSignalName) => void): () => void;
  /** Runs when the process ends in whatever way it can still act on; returns how to take it back. */
  onExit(last: () => void): () => void;
  /** Opens an existing store. Throws LU_STORE_MISSING when there is none. */
  openStore(
    store: string,
    access: 'read' | 'write',
  ): Promise<{ readonly log: StudyLog; close(): Promise<void> }>;
  /** The tuner, loaded when first needed. */
  loadEngine(): Promise<TuneEngine>;
}
