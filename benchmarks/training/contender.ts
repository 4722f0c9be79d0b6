import { startPeer } from '../peer-process.ts';

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

/** Starts a contender; rejects with the last line of its errors when it ends before it is ready. */
export async function startContender(
  name: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const { hello, ask, stop } = await startPeer(name, command, env);
  return {
    version: String(hello.version),
    round: async (request) => Number((await ask(request)).ms),
    stop,
  };
}
