import { digits, layers, optimizers, sequential } from '@luthier/nn';
import { type HyperParameters, randomSearch } from 'luthier';

const build = (hp: HyperParameters) =>
  sequential([
    layers.input({ shape: [64] }),
    layers.dense({ units: hp.int('units', { min: 32, max: 128, step: 32 }), activation: 'relu' }),
    layers.dropout({ rate: hp.float('dropout', { min: 0, max: 0.5, step: 0.1 }) }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: hp.choice('learningRate', [1e-2, 1e-3, 1e-4]) }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });

const { train, validation } = await digits({ seed: 1 });
const tuner = randomSearch(build, { objective: 'valAccuracy', maxTrials: 3 });
await tuner.search(train, { epochs: 2, validationData: validation! });
const [hp] = tuner.getBestHyperParameters();
const [model] = await tuner.getBestModels();
console.log(tuner.resultsSummary());
console.log(hp!.get('units'), await model!.evaluate(validation!));
await tuner.close();
