import { LuthierError } from '@luthier/core';
import type { Runtime } from './contract.ts';

let current: Promise<Runtime> | undefined;

/**
 * Chooses the runtime of this process; without a call it is onnxruntime-node where Node runs.
 *
 * @example
 * useRuntime(await nodeRuntime());
 */
export function useRuntime(runtime: Runtime): void {
  current = Promise.resolve(runtime);
}

/** The runtime of this process; throws `LU_RUNTIME_MISSING` outside Node unless `useRuntime` was called. */
export function currentRuntime(): Promise<Runtime> {
  if (current === undefined) {
    if (typeof process === 'undefined' || process.versions?.node === undefined) {
      throw new LuthierError('LU_RUNTIME_MISSING', 'No runtime was chosen for this platform', {
        fix: 'Call useRuntime with one before training.',
      });
    }
    current = import('./node.ts').then(({ nodeRuntime }) => nodeRuntime());
  }
  return current;
}
