import { callbacks, digits, layers, optimizers, regularizers, sequential } from '@luthier/nn';
import { defineTuning, maximize } from 'luthier';

export default defineTuning({
  name: 'digits',

  // 1,797 images of 8 x 8 pixels; put your own { train, validation, test } here.
  data: () => digits(),

  // The model as a function of its hyperparameters: every hp call adds one to the search.
  build: (hp) =>
    sequential([
      layers.input({ shape: [64] }),
      layers.rescaling({ scale: 1 / 16 }),
      layers.dense({
        units: hp.int('units', { min: 32, max: 512, step: 32, default: 128 }),
        activation: 'relu',
        kernelRegularizer: regularizers.l2(
          hp.float('l2', { min: 1e-6, max: 1e-2, log: true, default: 1e-4 }),
        ),
      }),
      layers.dropout({ rate: hp.float('dropout', { min: 0.1, max: 0.5, step: 0.1, default: 0.2 }) }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ]).compile({
      optimizer: optimizers.adam({
        learningRate: hp.float('learningRate', { min: 1e-4, max: 1e-1, log: true, default: 1e-3 }),
      }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    }),

  fit: (hp) => ({
    epochs: 30,
    batchSize: hp.choice('batchSize', [32, 64, 128]),
    callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 5, restoreBestWeights: true })],
  }),

  objective: maximize('valAccuracy'),
  budget: { trials: 20 },
});
