import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { programCount } from './program-cache.ts';
import { sequential } from './sequential.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of all array buffers that something still holds. */
async function heldBytes(): Promise<number> {
  // Buffers are given back by finalizers, which run between turns.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

it('fifty trials with one optimizer leave no weights, optimizer states or programs behind', async () => {
  const inputs = 200;
  const optimizer = optimizers.adam({ learningRate: 1e-3 });
  const samples = {
    x: { data: Float32Array.from({ length: 16 * inputs }, (_, i) => Math.sin(i)), shape: [16, inputs] },
    y: { data: Float32Array.from({ length: 16 }, (_, i) => i % 3), shape: [16] },
  };
  /** Each of another size, so that no two share a program: 100,000 weights and more, three arrays of them with Adam. */
  const trial = async (number: number): Promise<void> => {
    const model = sequential([
      layers.input({ shape: [inputs] }),
      layers.dense({ units: 500 + number, activation: 'relu' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ]).compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    await model.fit(samples, { epochs: 1, validationData: samples });
    model.toOnnx();
    model.dispose();
  };
  const counts: number[] = [];
  for (let number = 0; number < 10; number++) await trial(number);
  const before = await heldBytes();
  for (let number = 10; number < 50; number++) {
    await trial(number);
    counts.push(programCount());
  }
  const leftByForty = (await heldBytes()) - before;
  expect(Math.max(...counts)).toBeLessThanOrEqual(8);
  // The weights alone of those forty were 40 x 0.4 MB.
  expect(leftByForty).toBeLessThan(2e6);
}, 120_000);
