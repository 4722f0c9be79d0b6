// The recipe of the lessons on the 8 x 8 digits: baseline, diagnose, regularize, find the rate, tune, retrain, test once.
// node scripts/run.mjs examples/recipe/recipe.ts
import { pathToFileURL } from 'node:url';
import {
  callbacks,
  digits,
  joinSamples,
  layers,
  lrScan,
  type Model,
  optimizers,
  regularizers,
  sequential,
  slice,
} from '@luthier/nn';
import { diagnose, float } from '@luthier/search';
import { randomizedSearchCV } from 'luthier';

/** What the network can be told; without regularization it is the baseline. */
interface Settings {
  readonly learningRate?: number;
  readonly dropout?: number;
  readonly l2?: number;
}

function build({ learningRate = 0.001, dropout = 0, l2 = 0 }: Settings, seed: number): Model {
  return sequential(
    [
      layers.input({ shape: [64] }),
      layers.rescaling({ scale: 1 / 16 }),
      layers.dense({ units: 128, activation: 'relu', kernelRegularizer: regularizers.l2(l2) }),
      layers.dropout({ rate: dropout }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    { seed },
  ).compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

/** What each step found. */
export interface Recipe {
  /** Of the baseline: verdict of its curves, and accuracy on the test digits. */
  readonly verdict: string;
  readonly baseline: number;
  readonly suggestedRate: number;
  readonly params: Settings;
  /** Mean accuracy of the winner over the folds. */
  readonly crossValidated: number;
  /** Accuracy of the retrained winner on the test digits. */
  readonly final: number;
}

/** Goes through the recipe once; few training digits, so that there is something to regularize. */
export async function recipe(seed = 0): Promise<Recipe> {
  const all = await digits({ seed });
  const train = slice(all.train, 0, 240);
  const validation = slice(all.validation!, 0, 120);
  const test = all.test!;

  // 1. Baseline: every hyperparameter at its default, no regularization.
  const first = build({}, seed);
  const { epochs } = await first.fit(train, { epochs: 60, batchSize: 16, validationData: validation, seed });
  const baseline = (await first.evaluate(test)).accuracy!;

  // 2. Diagnose its curves.
  const { verdict } = diagnose(epochs, { chanceLoss: Math.log(10), learningRate: 0.001 });

  // 3. Regularize, and find the learning rate that suits.
  const { suggestion = 0.001 } = await lrScan(() => build({ dropout: 0.3, l2: 1e-4 }, seed), train, {
    batchSize: 16,
    seed,
  });

  // 4. Tune around that by cross-validation on all that may be learned from; 5. the winner is trained again on all of it.
  const search = randomizedSearchCV({
    build: (params) => build(params, seed),
    distributions: {
      learningRate: float(suggestion / 3, suggestion * 3, { log: true }),
      dropout: float(0.1, 0.5),
      l2: float(1e-5, 1e-2, { log: true }),
    },
    nIter: 6,
    fit: {
      epochs: 60,
      batchSize: 16,
      seed,
      callbacks: [callbacks.earlyStopping({ monitor: 'loss', patience: 10, restoreBestWeights: true })],
    },
    cv: 3,
    seed,
  });
  const { bestParams, bestScore, score } = await search.fit(joinSamples(train, validation));

  // 6. Test once.
  const { accuracy: final } = await score(test);
  return {
    verdict,
    baseline,
    suggestedRate: suggestion,
    params: bestParams,
    crossValidated: bestScore!,
    final: final!,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { verdict, baseline, suggestedRate, params, crossValidated, final } = await recipe();
  const rounded = Object.entries(params).map(([name, value]) => `${name} ${Number(value.toPrecision(2))}`);
  process.stdout.write(
    [
      `baseline: accuracy ${baseline.toFixed(3)} on the test digits; its curves: ${verdict}`,
      `learning rate suggested by the scan: ${Number(suggestedRate.toPrecision(2))}`,
      `tuned: ${rounded.join(', ')}; ${crossValidated.toFixed(3)} over three folds`,
      `retrained on training and validation digits: ${final.toFixed(3)} on the test digits`,
      '',
    ].join('\n'),
  );
}
