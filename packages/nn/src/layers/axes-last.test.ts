import { describe, expect, it } from 'vitest';
import { numbers } from '../graph/testing.ts';
import { functional } from '../training/functional.ts';
import { call, input } from '../training/symbolic.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';

const SHAPE = [3, 4, 2];
const x = { data: Float32Array.from(numbers(5 * 24)), shape: [5, ...SHAPE] };
const y = [0, 1, 0, 1, 1];

/** Output, and output and weights after two steps of training. */
async function traced(...chain: readonly Layer[]): Promise<readonly number[]> {
  const start = input({ shape: SHAPE });
  const end = chain.reduce((tensor, layer) => call(layer, tensor), start);
  const flat = call(layers.flatten(), end);
  const head = layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' });
  const model = functional({ inputs: start, outputs: call(head, flat) });
  const values = functional({ inputs: start, outputs: end });
  const before = await values.predict(x);
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
  await model.fit({ x, y }, { epochs: 2, shuffle: false });
  const own = Object.entries(model.getWeights()).filter(([name]) => name.startsWith('normal.'));
  return [...before.data, ...own.flatMap(([, values]) => [...values])];
}

describe('the axis of a normalization', () => {
  it.each([
    ['batchNormalization', (axis: number) => layers.batchNormalization({ axis, name: 'normal' })],
    ['layerNormalization', (axis: number) => layers.layerNormalization({ axis, name: 'normal' })],
    ['groupNormalization', (axis: number) => layers.groupNormalization({ axis, groups: 3, name: 'normal' })],
    ['rmsNormalization', (axis: number) => layers.rmsNormalization({ axis, name: 'normal' })],
    ['unitNormalization', (axis: number) => layers.unitNormalization({ axis, name: 'normal' })],
  ])('%s along the first axis is that along the last of turned samples', async (_, make) => {
    const turned = [layers.permute({ dims: [2, 3, 1] }), make(-1), layers.permute({ dims: [3, 1, 2] })];
    const [along, expected] = [await traced(make(1)), await traced(...turned)];
    expect(along).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(along[i]).toBeCloseTo(value, 5);
  });

  it('layerNormalization of several axes has one mean and deviation for all of them, and weights of their shape', async () => {
    const start = input({ shape: SHAPE });
    const layer = layers.layerNormalization({ axis: [1, 2], epsilon: 1e-6, name: 'normal' });
    const model = functional({ inputs: start, outputs: call(layer, start) });
    expect(model.plan.weights.map(({ shape }) => shape)).toEqual([
      [3, 4],
      [3, 4],
    ]);
    const { data } = await model.predict(x);
    for (let sample = 0; sample < 5; sample++) {
      for (let channel = 0; channel < 2; channel++) {
        const values = Array.from({ length: 12 }, (_, i) => data[sample * 24 + i * 2 + channel]!);
        const mean = values.reduce((a, b) => a + b) / 12;
        expect(mean).toBeCloseTo(0, 5);
        expect(values.reduce((sum, value) => sum + value ** 2, 0) / 12).toBeCloseTo(1, 4);
      }
    }
  });

  it('that is the batch, missing or named twice is refused', () => {
    expect(() => layers.layerNormalization({ axis: 0 })).toThrow(
      expect.objectContaining({ code: 'LU_LAYER_OPTION' }),
    );
    expect(() => layers.rmsNormalization({ axis: [] })).toThrow(
      expect.objectContaining({ code: 'LU_LAYER_OPTION' }),
    );
    const start = input({ shape: [3, 4] });
    const shape = expect.objectContaining({ code: 'LU_MODEL_SHAPE' });
    expect(() => call(layers.batchNormalization({ axis: 3 }), start)).toThrow(shape);
    expect(() => call(layers.unitNormalization({ axis: [1, -2] }), start)).toThrow(shape);
  });
});
