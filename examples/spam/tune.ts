import {
  callbacks,
  layers,
  type Model,
  optimizers,
  sequential,
  spamMails,
  tfidfVectorizer,
  vectorize,
} from '@luthier/nn';
import { auto, defineTuning, type HyperParameters, maximize } from 'luthier';

/** Words that a mail is described by. */
export const WORDS = 1000;

const mails = await spamMails({ bodyOnly: true });

/** A spam filter as a function of its hyperparameters. */
export function buildModel(hp: HyperParameters): Model {
  return sequential([
    layers.input({ shape: [WORDS] }),
    layers.dropout({ rate: hp.float('dropout', { min: 0, max: 0.5, step: 0.1 }) }),
    layers.dense({ units: hp.int('units', { min: 8, max: 64, step: 8 }), activation: 'relu' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({
    optimizer: optimizers.adam({
      learningRate: hp.float('learningRate', { min: 1e-4, max: 1e-1, log: true }),
    }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

export default defineTuning({
  name: 'spam',
  data: () => mails,
  // The words are those of the training mails: of the training part of each fold, with --folds.
  prepare: { x: [vectorize(mails.texts, tfidfVectorizer({ maxFeatures: WORDS, sublinearTf: true }))] },
  build: buildModel,
  fit: (hp) => ({
    epochs: 15,
    batchSize: hp.choice('batchSize', [32, 64, 128]),
    callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true })],
  }),
  objective: maximize('valAccuracy'),
  sampler: auto(),
  budget: { trials: 20, minutes: 2 },
});
