// Bias and variance: polynomials of rising degree on few noisy samples of a cubic. The loss of the training parts falls
// with every degree; that of the held-out parts falls while the polynomial is too stiff, then rises as it follows the noise.
// node scripts/run.mjs examples/bias-variance/capacity.ts [capacity.svg]
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { ScoreCurve } from '@luthier/core';
import { generators, kFold, layers, type Model, optimizers, sequential, validationCurve } from '@luthier/nn';
import { renderSvg, scoreCurveChart } from '@luthier/plots';

const MOST = 10;
const DEGREES = [1, 2, 3, 4, 6, 8, 10];

/**
 * Degrees 1 to 10 of the Legendre polynomials at x, scaled to mean square 1 over [-1, 1]: they span the same functions
 * as the powers, but gradient descent finds the coefficients quickly. Recurrence: (k + 1) P(k+1) = (2k + 1) x P(k) - k P(k-1).
 */
function legendre(x: number): readonly number[] {
  const p = [1, x];
  for (let k = 1; k < MOST; k++) p.push(((2 * k + 1) * x * p[k]! - k * p[k - 1]!) / (k + 1));
  return p.slice(1).map((value, i) => value * Math.sqrt(2 * (i + 1) + 1));
}

/** A polynomial of a degree: a linear model of the first features. */
function polynomial(degree: number): Model {
  return sequential([
    layers.reshape({ targetShape: [MOST, 1], inputShape: [MOST] }),
    layers.cropping1d({ cropping: [0, MOST - degree] }),
    layers.flatten(),
    layers.dense({ units: 1, kernelInitializer: 'zeros' }),
  ]).compile({ optimizer: optimizers.adam({ learningRate: 0.1 }), loss: 'meanSquaredError' });
}

/** Losses of training and held-out parts over the degree: 30 samples of 4 x^3 - 2 x with noise 0.3. */
export function capacityCurve(seed = 1): Promise<ScoreCurve> {
  const { x, y } = generators.polynomial({ coefficients: [0, -2, 0, 4], count: 30, noise: 0.3, seed });
  const features = Float32Array.from(Array.from(x.data, Number).flatMap(legendre));
  return validationCurve(
    polynomial,
    { x: { data: features, shape: [30, MOST] }, y },
    {
      parameter: 'degree',
      values: DEGREES,
      folds: kFold({ k: 6, shuffle: true, seed: 1 }),
      fit: { epochs: 250, batchSize: 30 },
    },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const curve = await capacityCurve();
  for (const { at, train, validation } of curve.points) {
    const [fitted, held] = [train, validation].map((part) => part.loss!.mean.toFixed(3));
    process.stdout.write(`degree ${String(at).padStart(2)}  training ${fitted}  held out ${held}\n`);
  }
  const [, , file = 'capacity.svg'] = process.argv;
  writeFileSync(file, renderSvg(scoreCurveChart(curve), { width: 960, height: 480 }));
}
