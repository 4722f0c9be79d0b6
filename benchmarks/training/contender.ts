import { existsSync, readFileSync } from 'node:fs';
import { startPeer } from '../peer-process.ts';

/** What one round measures: some training steps. */
export interface Request {
  readonly network: string;
  readonly optimizer: string;
  /** How a side makes its steps; each has its own forms. */
  readonly form: string;
  readonly batch: number;
  readonly steps: number;
}

/** Milliseconds a step: by the clock, and of processor time of all threads where the side can tell. */
export interface Round {
  readonly ms: number;
  readonly cpu?: number;
}

/** A program that makes training steps in its own process, one round at a time. */
export interface Contender {
  readonly version: string;
  round(request: Request): Promise<Round>;
  /** The most memory that the process ever held, in bytes; undefined on systems other than Linux. */
  peakMemory(): number | undefined;
  stop(): void | Promise<void>;
}

function peakOf(pid: number): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const kilobytes = /VmHWM:\s*(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Starts a contender; rejects with the last line of its errors when it ends before it is ready. */
export async function startContender(
  name: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const { hello, pid, ask, stop } = await startPeer(name, command, env);
  return {
    version: String(hello.version),
    round: async (request) => {
      const { ms, cpu } = await ask(request);
      return { ms: Number(ms), cpu: Number(cpu) };
    },
    peakMemory: () => peakOf(pid),
    stop,
  };
}
