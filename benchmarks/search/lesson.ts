import type { Params } from '@luthier/core';
import { digits, layers, optimizers, sequential } from '@luthier/nn';
import { choice, float, int, space } from '@luthier/search';
import { startingAnywhere, type Task } from './problem.ts';

/** The space of the lessons, as their `build_model(hp)` declares it. */
const SPACE = space({
  hidden1: int(32, 512, { step: 32 }),
  dropout1: float(0.1, 0.5, { step: 0.1 }),
  hidden2: int(16, 128, { step: 16 }),
  dropout2: float(0.1, 0.5, { step: 0.1 }),
  learningRate: choice([0.0001, 0.001, 0.01], { ordered: true }),
});

const EPOCHS = 10;

/** Validation loss of the network of the lessons after 10 epochs on the 8 x 8 digits. */
async function validationLoss(params: Params, seed: number): Promise<number> {
  const { train, validation } = await digits({ validation: 0.2, seed });
  const model = sequential(
    [
      layers.input({ shape: [64] }),
      layers.rescaling({ scale: 1 / 16 }),
      layers.dense({ units: Number(params.hidden1), activation: 'relu' }),
      layers.dropout({ rate: Number(params.dropout1) }),
      layers.dense({ units: Number(params.hidden2), activation: 'relu' }),
      layers.dropout({ rate: Number(params.dropout2) }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    { seed },
  ).compile({
    optimizer: optimizers.adam({ learningRate: Number(params.learningRate) }),
    loss: 'sparseCategoricalCrossentropy',
  });
  const { epochs } = await model.fit(train, {
    epochs: EPOCHS,
    batchSize: 32,
    validationData: validation!,
    seed,
  });
  await model.dispose();
  return epochs.at(-1)!.metrics.valLoss!;
}

/** The network and the space of the lessons on real data: a training for every trial, the seed of a search is that of its trainings. */
export function lessonTasks(): readonly Task[] {
  const name = 'lesson/digits';
  return [
    {
      name,
      hasOptimum: false,
      problem: (seed) => ({
        space: startingAnywhere(SPACE, name, seed),
        direction: 'minimize',
        evaluate: async (params) => {
          const value = await validationLoss(params, seed);
          return { value, loss: value };
        },
      }),
    },
  ];
}
