import { callbacks, layers, type Model, mnist, optimizers, sequential } from '@luthier/nn';
import { asha, auto, defineTuning, type HyperParameters, maximize } from 'luthier';

/** The digit network of the lessons as a function of its hyperparameters: 16 x 5 x 8 x 5 x 3 = 9,600 networks. */
export function buildModel(hp: HyperParameters): Model {
  return sequential([
    layers.input({ shape: [784] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.dense({ units: hp.int('hidden1', { min: 32, max: 512, step: 32 }), activation: 'relu' }),
    layers.dropout({ rate: hp.float('dropout1', { min: 0.1, max: 0.5, step: 0.1 }) }),
    layers.dense({ units: hp.int('hidden2', { min: 16, max: 128, step: 16 }), activation: 'relu' }),
    layers.dropout({ rate: hp.float('dropout2', { min: 0.1, max: 0.5, step: 0.1 }) }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: hp.choice('learningRate', [0.0001, 0.001, 0.01]) }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

export default defineTuning({
  name: 'digits',
  data: () => mnist(),
  build: buildModel,
  fit: () => ({
    epochs: 20,
    batchSize: 128,
    callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 5, restoreBestWeights: true })],
  }),
  objective: maximize('valAccuracy'),
  sampler: auto(),
  scheduler: asha({ eta: 3, minResource: 3 }),
  budget: { trials: 30, minutes: 2 },
});
