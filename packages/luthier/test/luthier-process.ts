import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, '..', 'bin', 'luthier.mjs');

/** Path of a tuning file of the tests. */
export function fixture(name: string): string {
  return join(here, 'fixtures', name);
}

/** What a run of the program left. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in a process group of its own, as a shell would start it. */
export interface RunningLuthier {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Signals the whole group, as a terminal or an operator would. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts `luthier` with arguments in a folder; neither stream is a terminal. */
export function startLuthier(args: readonly string[], cwd: string): RunningLuthier {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', CI: 'true' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
  };
}

/** Runs `luthier` to its end. */
export function luthier(args: readonly string[], cwd: string): Promise<Run> {
  return startLuthier(args, cwd).ended;
}
