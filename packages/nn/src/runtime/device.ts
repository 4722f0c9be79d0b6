import { didYouMean, LuthierError } from '@luthier/core';
import { toOnnx } from '../graph/onnx.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { input } from '../graph/ops/sources.ts';
import type { Runtime } from './contract.ts';

/** Where graphs are executed. */
export type Device = 'cpu' | 'cuda' | 'webgpu' | 'coreml' | 'dml';

/** What to install where a device is missing. */
const MEND: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  cuda: 'It takes Linux x64 with an NVIDIA driver, CUDA 12 and cuDNN 9, and onnxruntime-node installed with ONNXRUNTIME_NODE_INSTALL=cuda12.',
  webgpu:
    'In Node it takes a graphics driver with Vulkan (libvulkan1 on Debian), Metal or Direct3D 12; in a browser one that has navigator.gpu.',
  coreml: 'It takes macOS.',
  dml: 'It takes Windows with DirectX 12.',
};

const DEVICES: readonly string[] = ['cpu', ...Object.keys(MEND)];

/** Throws LU_DEVICE_UNKNOWN, with the nearest name, for what is no device. */
export function requireDevice(device: string): asserts device is Device {
  if (DEVICES.includes(device)) return;
  throw new LuthierError('LU_DEVICE_UNKNOWN', `no device '${device}'${didYouMean(device, DEVICES) || '.'}`, {
    fix: `Use one of ${DEVICES.join(', ')}.`,
    where: 'device',
  });
}

/** Throws LU_DEVICE_MISSING, saying what to install, unless a runtime can execute a small graph on its device. */
export async function requireWorking(runtime: Runtime, device: Device): Promise<Runtime> {
  if (device === 'cpu') return runtime;
  const x = input('x', 'float32', [2]);
  try {
    const session = await runtime.createSession(toOnnx({ inputs: [x], outputs: { y: add(x, x) } }));
    await session.run({ x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } }, ['y']);
    await session.release();
  } catch (cause) {
    throw new LuthierError('LU_DEVICE_MISSING', `${runtime.name} cannot use '${device}' on this machine`, {
      fix: `${MEND[device]} Or leave device out for the CPU.`,
      where: 'device',
      cause,
    });
  }
  return runtime;
}
