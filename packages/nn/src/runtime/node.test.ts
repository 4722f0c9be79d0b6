import { afterEach, describe, expect, it } from 'vitest';
import { toOnnx } from '../graph/onnx.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { input } from '../graph/ops/sources.ts';
import type { Runtime } from './contract.ts';
import { currentRuntime, useRuntime } from './current.ts';
import { nodeRuntime } from './node.ts';
import { pause } from './pause.ts';

const x = input('x', 'float32', [3]);
const model = toOnnx({ inputs: [x], outputs: { y: multiply(x, 0.5), z: multiply(x, 3) } });

describe('the runtime of Node', () => {
  it('runs a graph, gives what is fetched, and takes denormal numbers for zero', async () => {
    const session = await (await nodeRuntime()).createSession(model);
    const feed = { dtype: 'float32', shape: [3], data: Float32Array.of(2, -4, 1.2e-38) } as const;
    const { y, z } = await session.run({ x: feed }, ['y']);
    expect(y).toEqual({ dtype: 'float32', shape: [3], data: Float32Array.of(1, -2, 0) });
    expect(z).toBeUndefined();
    await session.release();
  });

  it('tells the channels of a block of its own convolution, on x86-64', async () => {
    const { channelBlock } = await nodeRuntime();
    expect(channelBlock).toBeOneOf(process.arch === 'x64' ? [8, 16] : [undefined]);
  });

  it('gives the same whether a session keeps its memory or not', async () => {
    const { createSession } = await nodeRuntime();
    const feed = { dtype: 'float32', shape: [3], data: Float32Array.of(2, -4, 6) } as const;
    for (const keepsMemory of [false, true]) {
      const session = await createSession(model, { keepsMemory });
      expect((await session.run({ x: feed }, ['y'])).y!.data).toEqual(Float32Array.of(1, -2, 3));
      await session.release();
    }
  });

  it('is the default, and another can be chosen', async () => {
    expect((await currentRuntime()).name).toBe('onnxruntime-node');
    const fake: Runtime = { name: 'fake', createSession: () => Promise.reject(new Error('fake')) };
    useRuntime(fake);
    expect(await currentRuntime()).toBe(fake);
  });

  afterEach(async () => useRuntime(await nodeRuntime()));
});

describe('pause', () => {
  it('lets messages that wait be handled first', async () => {
    const { port1, port2 } = new MessageChannel();
    const order: string[] = [];
    const received = new Promise<void>((resolve) => {
      port1.onmessage = () => {
        order.push('message');
        port1.close();
        resolve();
      };
    });
    port2.postMessage('stop');
    while (order.length === 0) await pause();
    await received;
    expect(order).toEqual(['message']);
  });
});
