import { type Dataset, generators, layers, sequential } from '@luthier/nn';
import { createStudy, float, maximize, memoryLog, none, random, space } from '@luthier/search';
import { expect, test } from 'vitest';
import { testOnce, testUses } from './test-once.ts';

test('the test data are used once a model, and every further use is in the log', async () => {
  const samples = generators.blobs({ count: 30, classes: 3, spread: 1, seed: 1 });
  const dataset: Dataset = { name: 'blobs', train: samples, test: samples };
  const build = (seed: number) =>
    sequential([layers.input({ shape: [2] }), layers.dense({ units: 3, activation: 'softmax' })], {
      seed,
    }).compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const [model, other] = [build(1), build(2)];
  const study = await createStudy({
    log: memoryLog(),
    name: 'blobs',
    space: space({ rate: float(0, 1) }),
    objectives: [maximize('valAccuracy')],
    sampler: random(),
    scheduler: none(),
    seed: 0,
    budget: { trials: 1 },
  });
  const first = { blob: 'first', bytes: model.toOnnx() };
  const once = await testOnce(study, dataset, model, first);
  expect(once).toMatchObject({ metric: 'accuracy', samples: 30, uses: 1 });
  expect(await testOnce(study, dataset, model, first)).toEqual(once);
  expect(testUses(study.history)).toHaveLength(1);
  const again = await testOnce(study, dataset, other, { blob: 'second', bytes: other.toOnnx() });
  expect(again!.uses).toBe(2);
  expect(study.history.notes.map(({ text }) => text)).toEqual([
    `test data used (1): accuracy ${once!.value}`,
    `test data used (2): accuracy ${again!.value}`,
  ]);
});
