import { describe, expect, it } from 'vitest';
import { numbers } from '../graph/testing.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { call, input } from '../training/symbolic.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';

/** The layer on samples of a shape, once around steps and once by itself, with the same weights. */
function pair(
  layer: Layer,
  steps: number,
  sample: readonly number[],
): readonly [around: Model, alone: Model] {
  const around = sequential([
    layers.input({ shape: [steps, ...sample] }),
    layers.timeDistributed({ layer, name: 'each' }),
  ]);
  const alone = sequential([layers.input({ shape: sample }), { ...layer, name: 'one' }]);
  const weights = Object.entries(alone.getWeights());
  around.setWeights(
    Object.fromEntries(weights.map(([name, values]) => [name.replace('one.', 'each.layer.'), values])),
  );
  return [around, alone];
}

describe('timeDistributed', () => {
  it.each([
    ['dense', layers.dense({ units: 3, activation: 'tanh' }), [4]],
    ['conv2d', layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), [4, 5, 2]],
    ['depthwiseConv2d', layers.depthwiseConv2d({ kernelSize: 2 }), [3, 4, 2]],
    ['maxPooling2d', layers.maxPooling2d(), [4, 4, 2]],
    ['lstm', layers.lstm({ units: 3 }), [4, 2]],
    [
      'bidirectional',
      layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }) }),
      [3, 2],
    ],
    ['batchNormalization', layers.batchNormalization(), [4]],
  ] as const)('of %s gives for each step what the layer gives for it', async (_, layer, sample) => {
    const [around, alone] = pair(layer, 3, sample);
    const data = Float32Array.from(numbers(6 * sample.reduce((a, b) => a * b, 1)));
    const wrapped = await around.predict({ data, shape: [2, 3, ...sample] });
    const single = await alone.predict({ data, shape: [6, ...sample] });
    expect(wrapped.shape).toEqual([2, 3, ...single.shape.slice(1)]);
    expect(wrapped.data).toEqual(single.data);
  });

  it('of an embedding takes indices as they are, and refuses those out of range', async () => {
    const [around, alone] = pair(layers.embedding({ inputDim: 300, outputDim: 2 }), 2, [3]);
    const data = Int32Array.of(0, 299, 7, 257, 1, 2);
    const wrapped = await around.predict({ data, shape: [1, 2, 3] });
    expect(wrapped.shape).toEqual([1, 2, 3, 2]);
    expect(wrapped.data).toEqual((await alone.predict({ data, shape: [2, 3] })).data);
    await expect(
      around.predict({ data: Int32Array.of(0, 1, 2, 3, 4, 300), shape: [1, 2, 3] }),
    ).rejects.toMatchObject({
      code: 'LU_DATA_INDEX',
      message: expect.stringContaining("timeDistributed 'each' takes whole numbers from 0 to 299"),
    });
  });

  it('trains frames of images, each under the same kernel', async () => {
    const model = sequential([
      layers.input({ shape: [3, 6, 6, 1] }),
      layers.timeDistributed({ layer: layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }) }),
      layers.timeDistributed({ layer: layers.globalAveragePooling2d() }),
      layers.lstm({ units: 6 }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ]).compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    // A bright frame early or late.
    const data = Float32Array.from({ length: 32 * 108 }, (_, i) => {
      const [clip, frame] = [Math.floor(i / 108), Math.floor(i / 36) % 3];
      return frame === (clip % 2) * 2 ? 1 : 0;
    });
    const y = Array.from({ length: 32 }, (_, clip) => clip % 2);
    const { epochs } = await model.fit(
      { x: { data, shape: [32, 3, 6, 6, 1] }, y },
      { epochs: 60, batchSize: 8, seed: 1 },
    );
    expect(epochs.at(-1)!.metrics.accuracy).toBe(1);
  });

  it('refuses what Keras refuses: samples without steps, and layers of several inputs', () => {
    const dense = layers.timeDistributed({ layer: layers.dense({ units: 2 }) });
    expect(() => call(dense, input({ shape: [4] }))).toThrow(
      expect.objectContaining({
        code: 'LU_MODEL_SHAPE',
        message: expect.stringContaining('at least two axes'),
      }),
    );
    const add = layers.timeDistributed({ layer: layers.add() });
    expect(() => call(add, input({ shape: [4, 2] }))).toThrow(/takes 2 or more inputs/);
    expect(() =>
      call(
        layers.timeDistributed({ layer: layers.conv2d({ filters: 1, kernelSize: 3 }) }),
        input({ shape: [4, 8, 8] }),
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'LU_MODEL_SHAPE',
        message: expect.stringContaining('[height, width, channels]'),
      }),
    );
    expect(() => layers.bidirectional({ layer: layers.dense({ units: 2 }) as never })).toThrow(
      /no recurrent layer/,
    );
  });
});
