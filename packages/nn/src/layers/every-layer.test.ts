import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { sizeOf } from '../graph/tensor.ts';
import { expectClose, numbers } from '../graph/testing.ts';
import { sequential } from '../training/sequential.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';
import { buildLayer, evaluated, expectLayer } from './testing.ts';

/** Layers that do the same in training and at inference, with the shapes of a sample before and after. */
const steady: readonly (readonly [string, Layer, readonly number[], readonly number[]])[] = [
  ['reshape', layers.reshape({ targetShape: [3, -1] }), [2, 6], [3, 4]],
  ['permute', layers.permute({ dims: [3, 1, 2] }), [2, 3, 4], [4, 2, 3]],
  ['repeatVector', layers.repeatVector({ n: 3 }), [4], [3, 4]],
  ['zeroPadding1d', layers.zeroPadding1d({ padding: [2, 1] }), [3, 2], [6, 2]],
  ['zeroPadding2d', layers.zeroPadding2d({ padding: [[1, 0], 2] }), [2, 3, 2], [3, 7, 2]],
  ['cropping1d', layers.cropping1d({ cropping: [2, 1] }), [5, 2], [2, 2]],
  ['cropping2d', layers.cropping2d({ cropping: [[1, 0], 1] }), [3, 4, 2], [2, 2, 2]],
  ['upSampling1d', layers.upSampling1d({ size: 3 }), [2, 2], [6, 2]],
  ['upSampling2d', layers.upSampling2d({ size: [2, 3] }), [2, 2, 2], [4, 6, 2]],
  [
    'upSampling2d bilinear',
    layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' }),
    [2, 3, 2],
    [6, 6, 2],
  ],
  ['dense on three axes', layers.dense({ units: 3, activation: 'tanh' }), [2, 2, 4], [2, 2, 3]],
  ['prelu', layers.prelu(), [2, 3], [2, 3]],
  ['relu', layers.relu(), [2, 3], [2, 3]],
  ['relu with bounds', layers.relu({ maxValue: 0.5, negativeSlope: 0.1, threshold: 0.2 }), [2, 3], [2, 3]],
  ['leakyRelu', layers.leakyRelu(), [2, 3], [2, 3]],
  ['elu', layers.elu({ alpha: 0.5 }), [2, 3], [2, 3]],
  ['softmax', layers.softmax(), [2, 3], [2, 3]],
  ['softmax along steps', layers.softmax({ axis: 1 }), [2, 3], [2, 3]],
  ['prelu shared', layers.prelu({ sharedAxes: [1, 2] }), [2, 2, 3], [2, 2, 3]],
  ['layerNormalization', layers.layerNormalization(), [3, 5], [3, 5]],
  ['layerNormalization bare', layers.layerNormalization({ scale: false, center: false }), [5], [5]],
  ['groupNormalization', layers.groupNormalization({ groups: 2 }), [3, 2, 4], [3, 2, 4]],
  ['groupNormalization of rows', layers.groupNormalization({ groups: 2 }), [6], [6]],
  ['rmsNormalization', layers.rmsNormalization(), [2, 5], [2, 5]],
  ['unitNormalization', layers.unitNormalization(), [2, 4], [2, 4]],
  ['frozen batchNormalization', layers.batchNormalization({ trainable: false }), [2, 3], [2, 3]],
  ['conv1d', layers.conv1d({ filters: 3, kernelSize: 3, activation: 'tanh' }), [6, 2], [4, 3]],
  [
    'conv1d causal',
    layers.conv1d({ filters: 2, kernelSize: 2, padding: 'causal', dilationRate: 2 }),
    [5, 2],
    [5, 2],
  ],
  ['conv1d same', layers.conv1d({ filters: 2, kernelSize: 4, padding: 'same', strides: 3 }), [7, 1], [3, 2]],
  ['conv2d', layers.conv2d({ filters: 3, kernelSize: 3 }), [4, 5, 2], [2, 3, 3]],
  ['conv2d of one channel', layers.conv2d({ filters: 2, kernelSize: [2, 3] }), [4, 4, 1], [3, 2, 2]],
  ['conv2d same', layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), [4, 3, 2], [4, 3, 2]],
  [
    'conv2d strided',
    layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
    [5, 4, 2],
    [3, 2, 2],
  ],
  ['conv2d skipping', layers.conv2d({ filters: 2, kernelSize: 1, strides: [2, 3] }), [4, 5, 2], [2, 2, 2]],
  [
    'conv2d dilated',
    layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: [2, 1] }),
    [4, 3, 2],
    [2, 2, 2],
  ],
  [
    'conv2d in groups',
    layers.conv2d({ filters: 4, kernelSize: 2, groups: 2, useBias: false }),
    [3, 3, 4],
    [2, 2, 4],
  ],
  ['depthwiseConv2d', layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }), [3, 4, 2], [2, 3, 4]],
  [
    'depthwiseConv2d strided',
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' }),
    [5, 4, 3],
    [3, 2, 3],
  ],
  [
    'depthwiseConv2d dilated',
    layers.depthwiseConv2d({ kernelSize: [2, 1], dilationRate: 2, useBias: false }),
    [4, 3, 2],
    [2, 3, 2],
  ],
  [
    'separableConv2d',
    layers.separableConv2d({ filters: 3, kernelSize: [2, 3], depthMultiplier: 2, padding: 'same' }),
    [3, 4, 2],
    [3, 4, 3],
  ],
  [
    'separableConv2d strided',
    layers.separableConv2d({ filters: 2, kernelSize: 3, strides: 2 }),
    [5, 5, 2],
    [2, 2, 2],
  ],
  [
    'conv2dTranspose',
    layers.conv2dTranspose({ filters: 3, kernelSize: [2, 3], activation: 'tanh' }),
    [2, 3, 2],
    [3, 5, 3],
  ],
  [
    'conv2dTranspose same',
    layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
    [2, 3, 3],
    [4, 6, 2],
  ],
  [
    'conv2dTranspose apart',
    layers.conv2dTranspose({ filters: 2, kernelSize: 1, strides: [2, 3] }),
    [2, 2, 2],
    [4, 6, 2],
  ],
  [
    'conv2dTranspose with outputPadding',
    layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, outputPadding: [1, 0] }),
    [2, 2, 2],
    [6, 5, 1],
  ],
  [
    'conv2dTranspose dilated',
    layers.conv2dTranspose({ filters: 2, kernelSize: 2, dilationRate: 2, useBias: false }),
    [2, 2, 2],
    [4, 4, 2],
  ],
  ['conv2d 1 x 1', layers.conv2d({ filters: 3, kernelSize: 1 }), [2, 2, 2], [2, 2, 3]],
  ['maxPooling1d', layers.maxPooling1d(), [5, 2], [2, 2]],
  ['maxPooling2d', layers.maxPooling2d({ poolSize: [2, 3] }), [5, 6, 2], [2, 2, 2]],
  [
    'maxPooling2d overlapping',
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    [5, 4, 2],
    [3, 2, 2],
  ],
  ['maxPooling2d same', layers.maxPooling2d({ padding: 'same' }), [3, 4, 1], [2, 2, 1]],
  ['averagePooling1d', layers.averagePooling1d({ poolSize: 3, strides: 2 }), [7, 2], [3, 2]],
  ['averagePooling2d', layers.averagePooling2d(), [5, 4, 2], [2, 2, 2]],
  [
    'averagePooling2d same',
    layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    [4, 5, 1],
    [2, 3, 1],
  ],
  ['globalAveragePooling1d', layers.globalAveragePooling1d(), [4, 3], [3]],
  ['globalAveragePooling2d', layers.globalAveragePooling2d({ keepDims: true }), [2, 3, 3], [1, 1, 3]],
  ['globalMaxPooling1d', layers.globalMaxPooling1d({ keepDims: true }), [4, 3], [1, 3]],
  ['globalMaxPooling2d', layers.globalMaxPooling2d(), [2, 3, 3], [3]],
  ['simpleRnn', layers.simpleRnn({ units: 3 }), [4, 2], [3]],
  [
    'simpleRnn backwards',
    layers.simpleRnn({ units: 3, returnSequences: true, goBackwards: true }),
    [4, 2],
    [4, 3],
  ],
  ['lstm', layers.lstm({ units: 3 }), [4, 2], [3]],
  ['lstm of one step', layers.lstm({ units: 2, returnSequences: true }), [1, 3], [1, 2]],
  ['lstm backwards', layers.lstm({ units: 2, returnSequences: true, goBackwards: true }), [3, 2], [3, 2]],
  ['gru', layers.gru({ units: 3, returnSequences: true }), [4, 2], [4, 3]],
  ['gru, reset before', layers.gru({ units: 2, resetAfter: false }), [3, 2], [2]],
  ['gru without bias', layers.gru({ units: 2, useBias: false, activation: 'sigmoid' }), [3, 2], [2]],
  [
    'bidirectional',
    layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }) }),
    [3, 2],
    [3, 4],
  ],
  [
    'bidirectional mean',
    layers.bidirectional({ layer: layers.lstm({ units: 2 }), mergeMode: 'ave' }),
    [3, 2],
    [2],
  ],
  [
    'timeDistributed',
    layers.timeDistributed({ layer: layers.conv1d({ filters: 2, kernelSize: 2 }) }),
    [3, 4, 2],
    [3, 3, 2],
  ],
  ['activityRegularization', layers.activityRegularization({ l1: 0.1 }), [3], [3]],
];

/** Layers that do something else while training; the shapes stay. */
const training: readonly (readonly [string, Layer, readonly number[]])[] = [
  ['gaussianNoise', layers.gaussianNoise({ stddev: 0.3 }), [2, 3]],
  ['gaussianDropout', layers.gaussianDropout({ rate: 0.3 }), [2, 3]],
  ['alphaDropout', layers.alphaDropout({ rate: 0.3 }), [6]],
  ['spatialDropout1d', layers.spatialDropout1d(0.5), [3, 4]],
  ['spatialDropout2d', layers.spatialDropout2d(0.5), [2, 2, 4]],
  ['spatialDropout3d', layers.spatialDropout3d(0.5), [2, 1, 2, 4]],
  ['randomFlip', layers.randomFlip(), [3, 4, 2]],
  ['randomTranslation', layers.randomTranslation({ heightFactor: 0.4, widthFactor: [0, 0.3] }), [4, 3, 2]],
  ['randomRotation', layers.randomRotation({ factor: 0.2, fillMode: 'constant', fillValue: 0.5 }), [4, 5, 1]],
  ['randomZoom', layers.randomZoom({ heightFactor: 0.3, fillMode: 'wrap' }), [5, 4, 1]],
  [
    'randomZoom to the nearest pixel',
    layers.randomZoom({ heightFactor: 0.3, widthFactor: 0.2, interpolation: 'nearest', fillMode: 'nearest' }),
    [4, 4, 1],
  ],
  ['simpleRnn dropout', layers.simpleRnn({ units: 3, returnSequences: true, dropout: 0.4 }), [2, 3]],
  [
    'lstm dropout',
    layers.lstm({ units: 2, returnSequences: true, dropout: 0.3, recurrentDropout: 0.3 }),
    [3, 2],
  ],
  ['gru dropout', layers.gru({ units: 2, returnSequences: true, recurrentDropout: 0.4 }), [3, 2]],
  [
    'gru dropout, reset before',
    layers.gru({ units: 2, returnSequences: true, resetAfter: false, dropout: 0.2, recurrentDropout: 0.4 }),
    [3, 2],
  ],
  ['batchNormalization', layers.batchNormalization(), [3]],
  ['batchNormalization of images', layers.batchNormalization(), [2, 2, 3]],
  ['batchNormalization bare', layers.batchNormalization({ center: false, scale: false }), [2, 3]],
];

test.each(steady)(
  '%s: gradients are those of finite differences, the runtime agrees',
  async (_, layer, sample, after) => {
    for (const isTraining of [false, true]) {
      const built = buildLayer(layer, sample, { isTraining });
      expect(built.output.shape).toEqual([2, ...after]);
      await expectLayer(built);
    }
  },
);

test.each(steady)(
  '%s does the same in training and at inference, for a batch of one, too',
  (_, layer, sample) => {
    const two = buildLayer(layer, sample);
    const train = buildLayer(layer, sample, { isTraining: true });
    const one = buildLayer(layer, sample, { batch: 1 });
    const values = evaluated(two.output, two.feeds);
    expectClose(evaluated(train.output, two.feeds), values, 1e-12);
    expectClose(evaluated(one.output, one.feeds), values.subarray(0, values.length / 2), 1e-12);
  },
);

test.each(training)(
  '%s: gradients are those of finite differences, the runtime agrees',
  async (_, layer, sample) => {
    for (const isTraining of [false, true]) {
      for (const batch of [3, 1]) {
        const built = buildLayer(layer, sample, { isTraining, batch });
        expect(built.output.shape).toEqual([batch, ...sample]);
        await expectLayer(built);
      }
    }
  },
);

const all: readonly (readonly [string, Layer, readonly number[]])[] = [
  ...steady.map(([name, layer, sample]) => [name, layer, sample] as const),
  ...training,
  ['spectralNormalization', layers.spectralNormalization({ layer: layers.dense({ units: 3 }) }), [3]],
];

test.each(all)(
  '%s: an exported file takes batches of any size and agrees with predict',
  async (_, layer, sample) => {
    const model = sequential([layers.input({ shape: sample }), layer]);
    const count = 5;
    const x = { data: Float32Array.from(numbers(count * sizeOf(sample))), shape: [count, ...sample] };
    const expected = await model.predict(x);
    const session = await ort.InferenceSession.create(model.toOnnx(), { logSeverityLevel: 3 });
    const { output } = await session.run({ input: new ort.Tensor('float32', x.data, x.shape) });
    await session.release();
    expect(output!.dims).toEqual(expected.shape);
    expectClose(output!.data as Float32Array, expected.data);
  },
);
