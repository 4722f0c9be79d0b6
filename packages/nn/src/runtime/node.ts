import { LuthierError } from '@luthier/core';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { findChannelBlock } from './channel-block.ts';
import type { Runtime, RuntimeData, RuntimeTensor, Session } from './contract.ts';

/**
 * The runtime of Node: onnxruntime-node on the CPU, one thread, denormal numbers as zero.
 *
 * Denormals: Adam's moments of pixels that are always black decay towards zero and would slow every pass tenfold.
 * It blocks the event loop while it runs.
 * Throws `LU_RUNTIME_MISSING` when onnxruntime-node cannot be loaded.
 *
 * @example
 * const session = await (await nodeRuntime()).createSession(bytes);
 */
export async function nodeRuntime(): Promise<Runtime> {
  const module = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new LuthierError('LU_RUNTIME_MISSING', 'onnxruntime-node cannot be loaded', {
      fix: 'Run npm install on a platform that onnxruntime-node supports.',
      cause,
    });
  });
  const ort = 'default' in module ? (module.default as typeof module) : module;

  const toOrt = (tensor: RuntimeTensor): OrtTensor =>
    new ort.Tensor(tensor.dtype, tensor.data as Float32Array, tensor.shape);
  const fromOrt = (tensor: OrtTensor): RuntimeTensor => ({
    dtype: tensor.type as RuntimeTensor['dtype'],
    shape: tensor.dims,
    data: tensor.data as RuntimeData,
  });

  const wrap = (session: InferenceSession): Session => ({
    run: async (feeds, fetches) => {
      const inputs: Record<string, OrtTensor> = {};
      for (const name of Object.keys(feeds)) inputs[name] = toOrt(feeds[name]!);
      const results = await session.run(inputs, fetches);
      const outputs: Record<string, RuntimeTensor> = {};
      for (const name of fetches) outputs[name] = fromOrt(results[name]!);
      return outputs;
    },
    release: () => session.release(),
  });

  const createSession: Runtime['createSession'] = async (model, options = {}) => {
    const threads = options.threads ?? 1;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      // The arena of each session would keep its largest moment for good: as fast without, at half the memory.
      enableCpuMemArena: false,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
    });
    return wrap(session);
  };
  const channelBlock = await findChannelBlock(createSession);
  return { name: 'onnxruntime-node', createSession, ...(channelBlock === undefined ? {} : { channelBlock }) };
}
