import { fitPreparation, sampleCount } from '@luthier/nn';
import { createHyperParameters, discoverSpace, size } from '@luthier/search';
import { expect, test } from 'vitest';
import tuning, { buildModel, WORDS } from './tune.ts';

test('the spam filter is tuned on words of its training mails', async () => {
  const { space, complete } = discoverSpace((hp) => {
    buildModel(hp);
    tuning.fit(hp);
  });
  expect(complete).toBe(true);
  expect(size(space)).toBe(Number.POSITIVE_INFINITY);
  const { train } = await tuning.data();
  const { x } = fitPreparation(tuning.prepare!, train)(train);
  expect(x.shape).toEqual([sampleCount(train), WORDS]);
  const params = { dropout: 0.1, units: 16, learningRate: 0.001, batchSize: 64 };
  const hp = createHyperParameters({ known: space, params, seed: 0, trial: 0 });
  // 1,000 words and a bias for each of 16 units, then one output.
  expect(buildModel(hp).countParams()).toBe(1001 * 16 + 17);
});
