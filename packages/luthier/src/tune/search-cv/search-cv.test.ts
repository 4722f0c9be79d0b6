import {
  generators,
  iris,
  kFold,
  layers,
  type Model,
  optimizers,
  type Samples,
  sequential,
  standardize,
} from '@luthier/nn';
import { float, minimize } from '@luthier/search';
import { describe, expect, test } from 'vitest';
import { gridSearchCV } from './grid-search-cv.ts';
import { halvingGridSearchCV, halvingRandomSearchCV } from './halving-search-cv.ts';
import { nestedCrossValidate } from './nested-cross-validate.ts';
import { randomizedSearchCV } from './randomized-search-cv.ts';

const data = generators.blobs({ count: 90, classes: 3, spread: 1, seed: 3 });

function classifier(learningRate: number, units = 8): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units, activation: 'relu' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

const build = ({ learningRate = 0.01 }: { readonly learningRate?: number }): Model =>
  classifier(learningRate);

describe('gridSearchCV', () => {
  test("[#71] the lesson's example: 8 candidates x 3 folds + refit = 25 fits", async () => {
    let built = 0;
    const seen: string[] = [];
    const search = gridSearchCV({
      build: ({ learningRate }) => {
        built += 1;
        return classifier(learningRate);
      },
      grid: { batchSize: [32, 64], epochs: [10, 20], learningRate: [0.001, 0.01] },
      cv: 3,
      onFit: ({ done, total }) => seen.push(`${done}/${total}`),
    });
    const result = await search.fit(data);
    expect(result.nFits).toBe(25);
    expect(result.fits).toHaveLength(24);
    expect(seen.at(-1)).toBe('24/24');
    // One more than the fits: the first tells what is measured.
    expect(built).toBe(26);
    expect(result.nSplits).toBe(3);
    expect(result.cvResults.params).toHaveLength(8);
    const means = result.cvResults.meanTestScore as readonly number[];
    expect(result.bestScore).toBe(Math.max(...means));
    expect(result.bestIndex).toBe(means.indexOf(Math.max(...means)));
    expect(result.bestParams).toEqual(result.cvResults.params[result.bestIndex]);
    expect(result.fits[0]!.history!.epochs).toHaveLength(10);
    expect(result.refitHistory!.epochs).toHaveLength(result.bestParams.epochs);
    expect((await result.score(data)).accuracy).toBeGreaterThan(0.5);
    expect((await result.predict(data.x)).shape).toEqual([90, 3]);
  });

  test('[#71] a bare model is refused with the reason', async () => {
    const model = classifier(0.01) as unknown as () => Model;
    await expect(gridSearchCV({ build: model, grid: { epochs: [1] } }).fit(data)).rejects.toMatchObject({
      code: 'LU_CV_BUILD',
      message: expect.stringContaining('every candidate and every fold needs a new one'),
    });
  });

  test('[#89] a build that hands out a trained model ends the search', async () => {
    const fitted = classifier(0.01);
    await fitted.fit(data, { epochs: 1 });
    const search = gridSearchCV({ build: () => fitted, grid: { epochs: [1] }, cv: 2 });
    await expect(search.fit(data)).rejects.toMatchObject({ code: 'LU_CV_FITTED' });
  });

  test('a training that throws scores NaN and ranks last; raise lets it through; all failed is an error', async () => {
    const options = {
      build: ({ units }: { readonly units: number }): Model => {
        if (units === 99) throw new Error('too wide');
        return classifier(0.01, units);
      },
      fit: { epochs: 1 },
      cv: 2,
    };
    const result = await gridSearchCV({ ...options, grid: { units: [4, 99] } }).fit(data);
    expect(result.cvResults.meanTestScore).toEqual([expect.any(Number), Number.NaN]);
    expect(result.cvResults.rankTestScore).toEqual([1, 2]);
    expect(result.warnings[0]).toContain('too wide');
    await expect(
      gridSearchCV({ ...options, grid: { units: [4, 99] }, errorScore: 'raise' }).fit(data),
    ).rejects.toThrow('too wide');
    const none = gridSearchCV({
      ...options,
      build: () => {
        built += 1;
        if (built > 1) throw new Error('no');
        return classifier(0.01);
      },
      grid: { units: [4] },
    });
    let built = 0;
    await expect(none.fit(data)).rejects.toMatchObject({ code: 'LU_SEARCH_CV_FAILED' });
  });

  test('losses are negated; several scores need one that decides', async () => {
    const options = { build, grid: { learningRate: [0.001, 0.1] }, fit: { epochs: 3 }, cv: 2 } as const;
    const byLoss = await gridSearchCV({ ...options, scoring: minimize('loss'), returnTrainScore: true }).fit(
      data,
    );
    expect((byLoss.cvResults.meanTestScore as number[]).every((score) => score < 0)).toBe(true);
    expect(byLoss.cvResults.meanTrainScore).toHaveLength(2);
    await expect(gridSearchCV({ ...options, scoring: ['accuracy', 'loss'] }).fit(data)).rejects.toMatchObject(
      {
        code: 'LU_SEARCH_CV_REFIT',
      },
    );
    const both = await gridSearchCV({ ...options, scoring: ['accuracy', 'loss'], refit: 'loss' }).fit(data);
    expect(both.bestMetric).toBe('loss');
    expect(both.cvResults.rankTestLoss).toHaveLength(2);
    const chosen = await gridSearchCV({ ...options, refit: () => 0 }).fit(data);
    expect(chosen.bestIndex).toBe(0);
    expect(chosen.bestScore).toBeUndefined();
    const without = await gridSearchCV({ ...options, refit: false }).fit(data);
    expect(without.nFits).toBe(4);
    await expect(without.predict(data.x)).rejects.toMatchObject({ code: 'LU_SEARCH_CV_REFIT' });
    await expect(gridSearchCV({ ...options, scoring: 'recall' }).fit(data)).rejects.toMatchObject({
      code: 'LU_SEARCH_CV_SCORING',
    });
  });

  test('preparation is fitted on training parts only, and predict takes raw inputs', async () => {
    const fittedOn: number[] = [];
    const spy = {
      fit: (train: Samples['x']) => {
        fittedOn.push(train.shape[0]!);
        return standardize().fit(train);
      },
    };
    const result = await gridSearchCV({
      build,
      grid: { learningRate: [0.05] },
      fit: { epochs: 5 },
      cv: kFold({ k: 3 }),
      prepare: { x: [spy] },
    }).fit(data);
    expect(fittedOn.slice(0, 3)).toEqual([60, 60, 60]);
    const { accuracy } = await result.score(data);
    const { data: outputs } = await result.predict(data.x);
    const right = Array.from(data.y.data as ArrayLike<number>).filter((label, row) => {
      const scores = [0, 1, 2].map((k) => outputs[row * 3 + k]!);
      return scores.indexOf(Math.max(...scores)) === label;
    }).length;
    expect(right / 90).toBeCloseTo(accuracy!, 12);
  });
});

describe('randomizedSearchCV', () => {
  test('tries nIter candidates, the same for the same seed', async () => {
    const options = {
      build,
      distributions: { learningRate: float(1e-3, 1e-1, { log: true }) },
      fit: { epochs: 1 },
      nIter: 3,
      cv: 2,
      seed: 4,
    };
    const a = await randomizedSearchCV(options).fit(data);
    const b = await randomizedSearchCV(options).fit(data);
    expect(a.nFits).toBe(7);
    expect(b.cvResults.params).toEqual(a.cvResults.params);
    expect(b.cvResults.meanTestScore).toEqual(a.cvResults.meanTestScore);
    expect(() => randomizedSearchCV({ ...options, nIter: 0 })).toThrow(
      expect.objectContaining({ code: 'LU_SEARCH_CV_OPTION' }),
    );
  });

  test('says when the lists hold fewer combinations', async () => {
    const result = await randomizedSearchCV({
      build,
      distributions: { learningRate: [0.01, 0.1] },
      fit: { epochs: 1 },
      cv: 2,
    }).fit(data);
    expect(result.cvResults.params).toHaveLength(2);
    expect(result.warnings).toEqual([expect.stringContaining('fewer than the 10')]);
  });
});

describe('halving searches', () => {
  test('iris, 9 candidates, 5 folds: 9 on 30 samples, 3 on 90; the best is of the last iteration', async () => {
    const { train } = await iris({ validation: 0, test: 0 });
    const rows: number[] = [];
    const result = await halvingGridSearchCV({
      build: ({ learningRate, units }) =>
        sequential([
          layers.input({ shape: [4] }),
          layers.dense({ units, activation: 'relu' }),
          layers.dense({ units: 3, activation: 'softmax' }),
        ]).compile({
          optimizer: optimizers.adam({ learningRate }),
          loss: 'sparseCategoricalCrossentropy',
          metrics: ['accuracy'],
        }),
      grid: { learningRate: [0.001, 0.01, 0.1], units: [4, 8, 16] },
      fit: (_, { folds }) => {
        rows.push(folds);
        return { epochs: 2, batchSize: 16 };
      },
    }).fit(train);
    expect(result.nCandidates).toEqual([9, 3]);
    expect(result.nResources).toEqual([30, 90]);
    expect(result.cvResults.iter).toEqual([...new Array(9).fill(0), ...new Array(3).fill(1)]);
    expect(result.cvResults.nResources).toEqual([...new Array(9).fill(30), ...new Array(3).fill(90)]);
    expect(result.cvResults.meanTrainScore).toHaveLength(12);
    const means = result.cvResults.meanTestScore as readonly number[];
    const last = means.slice(9);
    expect(result.bestIndex).toBe(9 + last.indexOf(Math.max(...last)));
    const first = means.slice(0, 9);
    const third = [...first].sort((a, b) => b - a)[2]!;
    const kept = result.cvResults.params.slice(9);
    for (const params of kept) {
      const index = result.cvResults.params.findIndex(
        (other) => JSON.stringify(other) === JSON.stringify(params),
      );
      expect(first[index]).toBeGreaterThanOrEqual(third);
    }
    expect(result.nFits).toBe(12 * 5 + 1);
  });

  test('epochs as the resource', async () => {
    const result = await halvingGridSearchCV({
      build,
      grid: { learningRate: [0.0001, 0.001, 0.01] },
      resource: 'epochs',
      maxResources: 6,
      cv: 2,
    }).fit(data);
    expect(result.nResources).toEqual([2, 6]);
    expect(result.fits.map(({ history }) => history!.epochs.length)).toEqual([2, 2, 2, 2, 2, 2, 6, 6]);
    expect(result.cvResults.paramEpochs).toEqual([2, 2, 2, 6]);
    expect(result.refitHistory!.epochs).toHaveLength(6);
    await expect(
      halvingGridSearchCV({
        build: () => classifier(0.01),
        grid: { epochs: [1, 2] },
        resource: 'epochs',
        maxResources: 6,
      }).fit(data),
    ).rejects.toMatchObject({ code: 'LU_HALVING_OPTION', where: 'resource' });
  });

  test('random candidates fill the last iteration', async () => {
    const result = await halvingRandomSearchCV({
      build,
      distributions: { learningRate: float(1e-3, 1e-1, { log: true }) },
      resource: 'epochs',
      maxResources: 9,
      minResources: 3,
      cv: 2,
    }).fit(data);
    expect(result.nCandidates).toEqual([3, 1]);
    expect(result.nResources).toEqual([3, 9]);
    expect(() =>
      halvingRandomSearchCV({
        build,
        distributions: { learningRate: [0.1] },
        nCandidates: 'exhaust',
        minResources: 'exhaust',
      }),
    ).toThrow(expect.objectContaining({ code: 'LU_HALVING_OPTION' }));
  });
});

describe('nestedCrossValidate', () => {
  test('judges the winner of each outer fold on samples that its search never saw', async () => {
    const search = gridSearchCV({
      build,
      grid: { learningRate: [0.001, 0.1] },
      fit: { epochs: 3, batchSize: 16 },
      cv: 2,
    });
    const result = await nestedCrossValidate(search, data, { folds: kFold({ k: 3, shuffle: true }) });
    expect(result.folds.map(({ search: { nFits } }) => nFits)).toEqual([5, 5, 5]);
    const outer = result.folds.map(({ scores }) => scores.accuracy!);
    expect(result.scores.accuracy!.mean).toBeCloseTo((outer[0]! + outer[1]! + outer[2]!) / 3, 12);
    const gaps = result.folds.map(({ innerScore, scores }) => innerScore! - scores.accuracy!);
    expect(result.optimism).toBeCloseTo((gaps[0]! + gaps[1]! + gaps[2]!) / 3, 12);
  });
});

describe('options that there are not', () => {
  const fit = { epochs: 1 };
  const grid = { learningRate: [0.1] };
  const given = { ncv: 3 } as Record<never, never>;

  test.each<readonly [name: string, declare: () => unknown, code: string]>([
    ['gridSearchCV', () => gridSearchCV({ build, grid, fit, ...given }), 'LU_SEARCH_CV_OPTION'],
    [
      'randomizedSearchCV',
      () => randomizedSearchCV({ build, distributions: grid, fit, ...given }),
      'LU_SEARCH_CV_OPTION',
    ],
    ['halvingGridSearchCV', () => halvingGridSearchCV({ build, grid, fit, ...given }), 'LU_HALVING_OPTION'],
    [
      'halvingRandomSearchCV',
      () => halvingRandomSearchCV({ build, distributions: grid, fit, ...given }),
      'LU_HALVING_OPTION',
    ],
  ])('are refused by %s when it is declared', (name, declare, code) => {
    expect(declare).toThrow(
      expect.objectContaining({ code, message: `${name} has no option 'ncv'; did you mean 'cv'?` }),
    );
  });

  test('are refused by nestedCrossValidate before it trains', async () => {
    const search = gridSearchCV({ build, grid, fit });
    await expect(
      nestedCrossValidate(search, data, { fold: 3 } as Record<never, never>),
    ).rejects.toMatchObject({ code: 'LU_SEARCH_CV_OPTION', message: expect.stringContaining("'folds'") });
  });
});
