// Supervised learning: images with labels. The lesson's `fit(x_train, y_train, epochs=5)` on the 8 x 8 digits.
// node scripts/run.mjs examples/supervised/digits.ts
import { pathToFileURL } from 'node:url';
import { digits, layers, sequential } from '@luthier/nn';

/** Trains on labelled digits; gives the accuracy on digits the network has not seen. */
export async function classifyDigits(seed = 0): Promise<number> {
  const { train, validation, test } = await digits({ seed });
  const model = sequential(
    [
      layers.input({ shape: [64] }),
      layers.rescaling({ scale: 1 / 16 }),
      layers.dense({ units: 64, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    { seed },
  ).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  await model.fit(train, { epochs: 30, validationData: validation! });
  return (await model.evaluate(test!)).accuracy!;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(`accuracy on digits not seen: ${(await classifyDigits()).toFixed(3)}\n`);
}
