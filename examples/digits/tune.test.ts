import { createHyperParameters, discoverSpace, levels, size } from '@luthier/search';
import { expect, test } from 'vitest';
import tuning, { buildModel } from './tune.ts';

const { space, complete } = discoverSpace((hp) => {
  buildModel(hp);
  tuning.fit(hp);
});
const levelsOf = (name: string) => {
  const parameter = space.parameters.find((candidate) => candidate.name === name);
  return parameter === undefined ? undefined : levels(parameter);
};

test('[#84] [#63] the space of the lesson holds 16 x 5 x 8 x 5 x 3 = 9,600 networks', () => {
  expect(complete).toBe(true);
  expect(size(space)).toBe(9600);
});

test('[#77] hidden1 takes 32, 64, ... 512', () => {
  expect(levelsOf('hidden1')).toEqual(Array.from({ length: 16 }, (_, i) => 32 * (i + 1)));
});

test('[#79] hidden2 takes 16, 32, ... 128', () => {
  expect(levelsOf('hidden2')).toEqual(Array.from({ length: 8 }, (_, i) => 16 * (i + 1)));
});

test('[#78] [#80] [#29] the dropout rates are exact decimals', () => {
  for (const name of ['dropout1', 'dropout2']) {
    expect(levelsOf(name)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(JSON.stringify(levelsOf(name))).toBe('[0.1,0.2,0.3,0.4,0.5]');
  }
});

test('[#82] the learning rate is one of three, in order', () => {
  expect(levelsOf('learningRate')).toEqual([0.0001, 0.001, 0.01]);
});

test('[#81] the output layer is not tuned', () => {
  expect(space.parameters.map((parameter) => parameter.name)).toEqual([
    'hidden1',
    'dropout1',
    'hidden2',
    'dropout2',
    'learningRate',
  ]);
});

test('[#4] [#76] the network 784-512-128-10 has 401,920 + 65,664 + 1,290 = 468,874 parameters', () => {
  const params = { hidden1: 512, dropout1: 0.2, hidden2: 128, dropout2: 0.2, learningRate: 0.001 };
  const hp = createHyperParameters({ known: space, params, seed: 0, trial: 0 });
  expect(buildModel(hp).countParams()).toBe(468_874);
});

test('[#85] validation accuracy is maximised', () => {
  expect(tuning.objective).toEqual({ metric: 'valAccuracy', direction: 'maximize' });
});
