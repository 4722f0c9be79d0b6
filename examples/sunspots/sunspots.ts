// A time series: sunspots of the next year from the years before, validated on the future only.
// node scripts/run.mjs examples/sunspots/sunspots.ts
import { pathToFileURL } from 'node:url';
import {
  type CrossValidation,
  crossValidate,
  crossValidationTable,
  layers,
  type Model,
  optimizers,
  type Samples,
  sequential,
  standardize,
  sunspots,
  timeSeriesSplit,
  windows,
} from '@luthier/nn';

/** Years that the network sees: two cycles of the sun. */
export const LENGTH = 22;
/** Windows overlap: these last ones before a validation part share years with it and are left out. */
export const GAP = LENGTH;

/** The folds: each validates on years after all that it trains on. */
export const FOLDS = timeSeriesSplit({ splits: 3, validationSize: 40, gap: GAP });

/** Windows of years and the year that follows each. */
export async function yearlySamples(): Promise<Samples> {
  return windows((await sunspots()).values, { length: LENGTH });
}

function buildModel(): Model {
  return sequential([
    layers.input({ shape: [LENGTH] }),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: 1 }),
  ]).compile({ optimizer: optimizers.adam({ learningRate: 0.003 }), loss: 'meanSquaredError' });
}

/** Errors over the folds, in units of the variance of the training years. */
export async function forecast(seed = 0): Promise<CrossValidation> {
  return crossValidate(buildModel, await yearlySamples(), {
    folds: FOLDS,
    fit: { epochs: 60, batchSize: 16, seed },
    prepare: { x: [standardize()], y: [standardize()] },
  });
}

/** The error of saying that the next year will be as this one, over the same folds and in the same unit. */
export async function persistence(): Promise<number> {
  const { x, y } = await yearlySamples();
  const errors = FOLDS.split({ x, y }).map(({ train, validation }) => {
    const scale = standardize().fit({
      data: Float64Array.from(train, (row) => y.data[row]!),
      shape: [train.length, 1],
    });
    let sum = 0;
    for (const row of validation)
      sum += ((y.data[row]! - x.data[row * LENGTH + LENGTH - 1]!) / scale.scale[0]!) ** 2;
    return sum / validation.length;
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(`${crossValidationTable(await forecast())}\n`);
  process.stdout.write(`as this year: ${(await persistence()).toFixed(4)}\n`);
}
