import { LuthierError } from '@luthier/core';
import type { Runtime } from './contract.ts';
import { type Device, requireDevice, requireWorking } from './device.ts';
import { type Ort, ortRuntime } from './ort.ts';

/** Options of `webRuntime`. */
export interface WebRuntimeOptions {
  /** `cpu` is WebAssembly. Default `cpu`. */
  readonly device?: Device;
  /** Where the .wasm files of onnxruntime-web are served. Default: beside its script, where bundlers put them. */
  readonly wasmPaths?: string;
}

/** Only of the web, where the runtime's settings are global. */
interface WebOrt extends Ort {
  readonly env: { logLevel?: unknown; readonly wasm: { numThreads?: number; wasmPaths?: unknown } };
}

function load(device: Device): Promise<unknown> {
  return device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm');
}

/**
 * The runtime of browsers: onnxruntime-web, by default WebAssembly with SIMD on one thread.
 *
 * It blocks the page's thread while it runs: train in a worker. Throws `LU_RUNTIME_MISSING` when onnxruntime-web is not
 * installed, `LU_DEVICE_UNKNOWN` for what is no device, and `LU_DEVICE_MISSING` for one that the browser does not have.
 *
 * @example
 * useRuntime(await webRuntime());
 */
export async function webRuntime(options: WebRuntimeOptions = {}): Promise<Runtime> {
  const device = options.device ?? 'cpu';
  requireDevice(device);
  const module = (await load(device).catch((cause: unknown) => {
    throw new LuthierError('LU_RUNTIME_MISSING', 'onnxruntime-web cannot be loaded', {
      fix: 'Install it: npm install onnxruntime-web@1.30.0.',
      cause,
    });
  })) as WebOrt;
  module.env.logLevel = 'error';
  // More threads would change the order of sums, and they need a page that is isolated from others.
  module.env.wasm.numThreads = 1;
  if (options.wasmPaths !== undefined) module.env.wasm.wasmPaths = options.wasmPaths;
  const runtime = ortRuntime('onnxruntime-web', module, () => ({
    executionProviders: [device === 'cpu' ? 'wasm' : device],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: device === 'cpu' ? 3 : 4,
  }));
  return requireWorking(runtime, device);
}
