import { LuthierError } from '@luthier/core';
import type { Runtime } from './contract.ts';
import type { Device } from './device.ts';

let current: Promise<Runtime> | undefined;

/**
 * Chooses the runtime of this process; without a call it is onnxruntime-node in Node and onnxruntime-web in a browser.
 *
 * @example
 * useRuntime(await nodeRuntime());
 */
export function useRuntime(runtime: Runtime): void {
  current = Promise.resolve(runtime);
}

/** The runtime of this platform: onnxruntime-node in Node, onnxruntime-web in a browser, on a device. */
async function platformRuntime(device: Device): Promise<Runtime> {
  if (typeof process !== 'undefined' && process.versions?.node !== undefined) {
    const { nodeRuntime } = await import('./node.ts');
    return nodeRuntime({ device });
  }
  if (typeof WebAssembly === 'undefined') {
    throw new LuthierError('LU_RUNTIME_MISSING', 'This platform has neither Node nor WebAssembly', {
      fix: 'Call useRuntime with a runtime before training.',
    });
  }
  const { webRuntime } = await import('./web.ts');
  return webRuntime({ device });
}

/**
 * Chooses the device that this process computes on, whatever the platform.
 *
 * Throws `LU_DEVICE_UNKNOWN` for what is no device, and `LU_DEVICE_MISSING` with what to install for one that does not
 * work here; the runtime chosen before stays then.
 *
 * @example
 * await useDevice('webgpu');
 */
export async function useDevice(device: Device): Promise<void> {
  useRuntime(await platformRuntime(device));
}

/** The runtime of this process; throws `LU_RUNTIME_MISSING` where there is none. */
export function currentRuntime(): Promise<Runtime> {
  current ??= platformRuntime('cpu');
  return current;
}
