// Linear regression on house prices, price = W * area + B: one dense unit finds slope and intercept.
// node scripts/run.mjs examples/house-price/house-price.ts
import { pathToFileURL } from 'node:url';
import { generator, randomKey } from '@luthier/core';
import {
  layers,
  optimizers,
  parseCsv,
  type Samples,
  sequential,
  standardize,
  tableSamples,
} from '@luthier/nn';

/** Price in thousands for each square metre, and of a house without any. */
export const TRUE_LINE: Line = { slope: 3, intercept: 50 };

/** A straight line: price = slope * area + intercept. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** A table of houses, area in square metres and price in thousands, as CSV text. */
export function houses(count: number, noise: number, seed = 0): string {
  const random = generator(randomKey(seed, 'houses'));
  const rows = Array.from({ length: count }, () => {
    const area = Math.round(40 + 160 * random.uniform());
    const price = TRUE_LINE.slope * area + TRUE_LINE.intercept + noise * random.normal();
    return `${area},${price}`;
  });
  return ['area,price', ...rows].join('\n');
}

/** The line of least squares in closed form. */
export function leastSquares({ x, y }: Samples): Line {
  const n = x.data.length;
  const [meanX, meanY] = [x, y].map(({ data }) => Array.from(data).reduce((sum, v) => sum + v, 0) / n);
  let [both, square] = [0, 0];
  for (let i = 0; i < n; i++) {
    both += (x.data[i]! - meanX!) * (y.data[i]! - meanY!);
    square += (x.data[i]! - meanX!) ** 2;
  }
  const slope = both / square;
  return { slope, intercept: meanY! - slope * meanX! };
}

/** The same line by gradient descent on one dense unit; W and B go back to square metres and thousands. */
export async function learnLine(samples: Samples): Promise<Line> {
  // Areas near 100 and prices near 300 would need tiny steps; both are scaled for training.
  const scaleX = standardize().fit(samples.x);
  const scaleY = standardize().fit(samples.y);
  const model = sequential([layers.dense({ units: 1, inputShape: [1], name: 'line' })]).compile({
    optimizer: optimizers.sgd({ learningRate: 0.3 }),
    loss: 'meanSquaredError',
  });
  const data = { x: scaleX.transform(samples.x), y: scaleY.transform(samples.y) };
  await model.fit(data, { epochs: 60, batchSize: samples.x.data.length });
  const { 'line.kernel': kernel, 'line.bias': bias } = model.getWeights();
  const slope = (kernel![0]! * scaleY.scale[0]!) / scaleX.scale[0]!;
  return {
    slope,
    intercept: bias![0]! * scaleY.scale[0]! + scaleY.offset[0]! - slope * scaleX.offset[0]!,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const noise of [0, 20]) {
    const samples = tableSamples(parseCsv(houses(200, noise)), { target: 'price' });
    const [learned, exact] = [await learnLine(samples), leastSquares(samples)];
    const shown = ({ slope, intercept }: Line): string => `W ${slope.toFixed(3)}, B ${intercept.toFixed(2)}`;
    process.stdout.write(`noise ${noise}: learned ${shown(learned)}; least squares ${shown(exact)}\n`);
  }
}
