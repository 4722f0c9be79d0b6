// Transfer learning on small images: a network has learned to read digits. Frozen, it serves a new head that answers another
// question, odd or even, from two examples of each digit. At last all of it is fine-tuned at a small rate. node scripts/run.mjs examples/transfer/transfer.ts
import { pathToFileURL } from 'node:url';
import { digits, layers, type Model, optimizers, type Samples, sequential, take } from '@luthier/nn';

/** Accuracy of telling odd from even digits that no network has seen. */
export interface Transfer {
  /** Of a network of the same layers that learned from the few examples alone. */
  readonly scratch: number;
  /** Of the new head on frozen layers. */
  readonly transferred: number;
  /** After training on with the layers thawed. */
  readonly tuned: number;
}

/** Examples of each digit for the new question. */
const FEW = 2;

/** A part of the samples that has a few of each digit, labelled 0 for even and 1 for odd. */
function parity(samples: Samples, most: number): Samples {
  const counts = new Map<number, number>();
  const rows = Array.from(samples.y.data, Number).flatMap((digit, row) => {
    const count = counts.get(digit) ?? 0;
    counts.set(digit, count + 1);
    return count < most ? [row] : [];
  });
  const { x, y } = take(samples, rows);
  return { x, y: { data: Uint8Array.from(y.data, (digit) => Number(digit) % 2), shape: [rows.length] } };
}

/** A network that reads digits. */
function reader(seed: number): Model {
  return sequential(
    [
      layers.rescaling({ scale: 1 / 16, inputShape: [64] }),
      layers.reshape({ targetShape: [8, 8, 1] }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 64, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax', name: 'digit' }),
    ],
    { seed },
  );
}

/** A question with two answers on top of features. */
function asked(features: Model, learningRate: number): Model {
  return sequential([features, layers.dense({ units: 1, activation: 'sigmoid' })]).compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

/** Trains as told above. */
export async function transfer({ seed = 0, epochs = 15 } = {}): Promise<Transfer> {
  const { train, validation, test } = await digits({ validation: 0.2, seed });
  const few = parity(validation!, FEW);
  const unseen = parity(test!, Number.POSITIVE_INFINITY);
  const accuracy = async (model: Model): Promise<number> => (await model.evaluate(unseen)).accuracy!;

  const alone = asked(reader(seed).part({ to: 'digit' }), 1e-3);
  await alone.fit(few, { epochs: 20 * epochs, seed });

  const teacher = reader(seed).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  await teacher.fit(train, { epochs, seed });
  // The part has the teacher's weights; frozen, it keeps them.
  const model = asked(teacher.part({ to: 'digit', name: 'reader' }).freeze(), 1e-2);
  await model.fit(few, { epochs: 20 * epochs, seed });
  const transferred = await accuracy(model);

  model.unfreeze('reader').compile({
    optimizer: optimizers.adam({ learningRate: 1e-4 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  await model.fit(few, { epochs, seed });
  return { scratch: await accuracy(alone), transferred, tuned: await accuracy(model) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { scratch, transferred, tuned } = await transfer();
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    `Odd or even, from ${FEW} examples of each digit: ${percent(scratch)} from scratch, ${percent(transferred)}`,
  );
  console.log(`with the frozen layers of a network that reads digits, ${percent(tuned)} fine-tuned.`);
}
