import {
  crossValidate,
  crossValidationTable,
  iris,
  layers,
  optimizers,
  sequential,
  standardize,
} from '@luthier/nn';
import { gridSearchCV, nestedCrossValidate } from 'luthier';

const build = ({ learningRate = 0.01 }: { learningRate?: number }) =>
  sequential([
    layers.input({ shape: [4] }),
    layers.dense({ units: 16, activation: 'relu' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });

const { train: samples } = await iris({ validation: 0, test: 0 });
const prepare = { x: [standardize()] };

// cross_validate(estimator, X, y, cv=5)
const folds = await crossValidate(() => build({}), samples, { folds: 5, fit: { epochs: 20 }, prepare });
console.log(crossValidationTable(folds));

// GridSearchCV(estimator, param_grid, cv=3).fit(X, y)
const search = gridSearchCV({
  build,
  grid: { batchSize: [32, 64], epochs: [10, 20], learningRate: [0.001, 0.01] },
  cv: 3,
  prepare,
});
const { bestParams, bestScore, cvResults, nFits } = await search.fit(samples);
console.log(`${nFits} fits; best ${JSON.stringify(bestParams)}: ${bestScore!.toFixed(3)}`);
console.log(cvResults.rankTestScore);

// cross_val_score(GridSearchCV(...), X, y, cv=3)
const { scores } = await nestedCrossValidate(search, samples, { folds: 3 });
console.log(`the search, refit included: ${scores.accuracy!.mean.toFixed(3)} on samples it never saw`);
