import { defineOp } from '../graph/define-op.ts';
import { toOnnx } from '../graph/onnx.ts';
import { input } from '../graph/ops/sources.ts';
import type { Runtime } from './contract.ts';

const CHANNELS = 4;

/** Puts channels in blocks of whatever size the processor likes: the extent of the result tells. */
const createProbe = defineOp({
  name: 'channelBlockProbe',
  infer: ([x]) => ({ dtype: 'float32', shape: x!.shape }),
  onnx: (_, context) =>
    void context.emit('com.microsoft.nchwc.ReorderInput', [context.input(0)], {}, [context.result()]),
  reference: (_, [x]) => x!,
});

/**
 * How many channels ONNX Runtime's own convolution takes in a block on this processor: 16 with AVX-512, else 8; undefined
 * on other machines than x86-64, where it may have none.
 */
export async function findChannelBlock(runtime: Runtime): Promise<number | undefined> {
  if (process.arch !== 'x64') return undefined;
  const x = input('x', 'float32', [1, CHANNELS, 1, 1]);
  const session = await runtime.createSession(toOnnx({ inputs: [x], outputs: { y: createProbe([x]) } }));
  const feed = { dtype: 'float32', shape: x.shape, data: new Float32Array(CHANNELS) } as const;
  const { y } = await session.run({ x: feed }, ['y']);
  await session.release();
  return y!.shape[1]! > CHANNELS ? y!.shape[1] : undefined;
}
