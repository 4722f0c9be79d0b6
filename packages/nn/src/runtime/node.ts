import { LuthierError } from '@luthier/core';
import type { InferenceSession } from 'onnxruntime-node';
import { findChannelBlock } from './channel-block.ts';
import type { Runtime, SessionOptions } from './contract.ts';
import { type Device, requireDevice, requireWorking } from './device.ts';
import { type Ort, ortRuntime } from './ort.ts';

/** What every session of ONNX Runtime in Node is made with. */
export function sessionOptions(
  device: Device,
  { threads = 1, keepsMemory = false }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    // Alone: with a second one in the list a device that is missing would be passed over in silence.
    executionProviders: [device],
    enableCpuMemArena: keepsMemory,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: device === 'cpu' ? 3 : 4,
    extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
  };
}

/** Loads onnxruntime-node; throws `LU_RUNTIME_MISSING` where it cannot be. */
export async function loadOrt(): Promise<Ort> {
  const module = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new LuthierError('LU_RUNTIME_MISSING', 'onnxruntime-node cannot be loaded', {
      fix: 'Run npm install on a platform that onnxruntime-node supports.',
      cause,
    });
  });
  return 'default' in module ? (module.default as typeof module) : module;
}

/**
 * The runtime of Node: onnxruntime-node, by default on the CPU, one thread, denormal numbers as zero.
 *
 * Denormals: Adam's moments of pixels that are always black decay towards zero and would slow every pass tenfold.
 * On Linux with glibc, a process started with `GLIBC_TUNABLES=glibc.malloc.hugetlb=1` in its environment, as trial processes
 * are, makes training steps 6 to 13 % faster: memory in huge pages. It cannot be had from inside.
 * It blocks the event loop while it runs. Throws `LU_RUNTIME_MISSING` when onnxruntime-node cannot be loaded,
 * `LU_DEVICE_UNKNOWN` for what is no device, and `LU_DEVICE_MISSING` with what to install for one that does not work here.
 *
 * @example
 * const session = await (await nodeRuntime()).createSession(bytes);
 */
export async function nodeRuntime(options: { readonly device?: Device } = {}): Promise<Runtime> {
  const device = options.device ?? 'cpu';
  requireDevice(device);
  const runtime = ortRuntime('onnxruntime-node', await loadOrt(), (wanted) => sessionOptions(device, wanted));
  await requireWorking(runtime, device);
  const channelBlock = device === 'cpu' ? await findChannelBlock(runtime) : undefined;
  return channelBlock === undefined ? runtime : { ...runtime, channelBlock };
}
