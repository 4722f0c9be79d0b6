import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What one round measures: some training steps. */
export interface Request {
  readonly optimizer: string;
  readonly batch: number;
  readonly steps: number;
}

/** A program that makes training steps in its own process, one round at a time. */
export interface Contender {
  readonly version: string;
  /** Milliseconds a step. */
  round(request: Request): Promise<number>;
  stop(): void;
}

function startFailure(name: string, code: number | null, errors: string): Error {
  const last = errors.trim().split('\n').at(-1) ?? '';
  return new Error(`${name} ended with ${code ?? 'a signal'}: ${last}`);
}

/**
 * Starts a contender and waits for its first line, which tells its version; then one line answers each request.
 *
 * Rejects with the last line of its errors when it ends before.
 */
export async function startContender(
  name: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const [program, ...args] = command;
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', (code) => reject(startFailure(name, code, errors)));
  });
  ended.catch(() => {});
  const answer = async (): Promise<Record<string, unknown>> => {
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), ended]);
      if (done === true) return ended;
      // Libraries print notices of their own.
      if (value.startsWith('{')) return JSON.parse(value) as Record<string, unknown>;
    }
  };
  const { version } = await answer();
  return {
    version: String(version),
    round: async (request) => {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      return Number((await answer()).ms);
    },
    stop: () => {
      child.stdin!.end();
      child.kill();
    },
  };
}
