import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { findChannelBlock } from '../../../packages/nn/src/runtime/channel-block.ts';
import type { Runtime, RuntimeTensor, Session } from '../../../packages/nn/src/runtime/contract.ts';
import { loadOrt, sessionOptions } from '../../../packages/nn/src/runtime/node.ts';
import { ortRuntime } from '../../../packages/nn/src/runtime/ort.ts';
import { readTrace, type TracedCall } from './trace.ts';

/** What was fed to a call, and its kernels. */
export interface ProfiledCall extends TracedCall {
  readonly feeds: Readonly<Record<string, RuntimeTensor>>;
}

/** The runtime of Node with the profiler on. */
export interface ProfiledRuntime {
  readonly runtime: Runtime;
  /** Ends profiling: the calls of each session, in the order in which sessions were made. */
  end(): readonly (readonly ProfiledCall[])[];
}

/** Makes a runtime whose sessions are as the product makes them, except that each writes a trace. */
export async function profiledRuntime(): Promise<ProfiledRuntime> {
  const folder = mkdtempSync(join(tmpdir(), 'luthier-profile-'));
  const made: InferenceSession[] = [];
  const fed: Readonly<Record<string, RuntimeTensor>>[][] = [];
  const ort = await loadOrt();
  const watched = {
    Tensor: ort.Tensor,
    InferenceSession: {
      create: async (model: Uint8Array, options: InferenceSession.SessionOptions) => {
        const session = await ort.InferenceSession.create(model, options);
        made.push(session);
        return session;
      },
    },
  };
  const profiled = ortRuntime('onnxruntime-node', watched, (wanted) => ({
    ...sessionOptions('cpu', wanted),
    enableProfiling: true,
    profileFilePrefix: join(folder, `session${made.length}`),
  }));
  const channelBlock = await findChannelBlock(ortRuntime('', ort, (wanted) => sessionOptions('cpu', wanted)));
  const createSession = async (...given: Parameters<Runtime['createSession']>): Promise<Session> => {
    const calls: Readonly<Record<string, RuntimeTensor>>[] = [];
    const session = await profiled.createSession(...given);
    fed.push(calls);
    return {
      ...session,
      run: (feeds, fetches) => {
        calls.push(feeds);
        return session.run(feeds, fetches);
      },
    };
  };
  return {
    runtime: { ...profiled, createSession, ...(channelBlock === undefined ? {} : { channelBlock }) },
    end: () => {
      for (const session of made) session.endProfiling();
      const files = readdirSync(folder);
      const calls = fed.map((feeds, i) => {
        const file = files.find((name) => name.startsWith(`session${i}_`))!;
        return readTrace(readFileSync(join(folder, file), 'utf8')).map(({ kernels }, call) => ({
          kernels,
          feeds: feeds[call]!,
        }));
      });
      rmSync(folder, { recursive: true });
      return calls;
    },
  };
}
