import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of another library in its own process: one JSON document a line in and out. */
export interface PeerProcess {
  /** Its first line, which tells its version. */
  readonly hello: Readonly<Record<string, unknown>>;
  readonly pid: number;
  ask(request: object): Promise<Readonly<Record<string, unknown>>>;
  stop(): void;
}

function startFailure(name: string, code: number | null, errors: string): Error {
  const last = errors.trim().split('\n').at(-1) ?? '';
  return new Error(`${name} ended with ${code ?? 'a signal'}: ${last}`);
}

/**
 * Starts a program on one thread and waits for its first line; then one line answers each request.
 *
 * Rejects with the last line of its errors when it ends before.
 */
export async function startPeer(
  name: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<PeerProcess> {
  const [program, ...args] = command;
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A process that has ended takes no input; its end is what the next answer reports.
  child.stdin!.on('error', () => {});
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
  const answer = async (): Promise<Readonly<Record<string, unknown>>> => {
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), ended]);
      if (done === true) return ended;
      // Libraries print notices of their own.
      if (value.startsWith('{')) return JSON.parse(value) as Record<string, unknown>;
    }
  };
  return {
    hello: await answer(),
    pid: child.pid!,
    ask: async (request) => {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    stop: () => {
      child.stdin!.end();
      child.kill();
    },
  };
}
