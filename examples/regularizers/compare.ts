// What L1, L2, dropout, batch normalization and early stopping do to one network on few digits: a table and a picture.
// node scripts/run.mjs examples/regularizers/compare.ts [regularizers.svg]
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { RegularizationRecord } from '@luthier/core';
import {
  compareRegularizers,
  digits,
  layers,
  optimizers,
  regularizationTable,
  sequential,
  slice,
} from '@luthier/nn';
import { regularizationChart, renderSvg } from '@luthier/plots';

/** Trains the network of the lessons on 300 digits in seven ways; 300 are few enough to be learned by heart. */
export async function compareOnDigits(epochs = 60): Promise<readonly RegularizationRecord[]> {
  const { train, validation } = await digits();
  return compareRegularizers(
    ({ kernelRegularizer, dropout, batchNormalization }) =>
      sequential([
        layers.rescaling({ scale: 1 / 16, inputShape: [64] }),
        layers.dense({ units: 64, activation: 'relu', kernelRegularizer }),
        ...(batchNormalization ? [layers.batchNormalization({ momentum: 0.9 })] : []),
        layers.dropout(dropout),
        layers.dense({ units: 10, activation: 'softmax', kernelRegularizer }),
      ]).compile({
        optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      }),
    { train: slice(train, 0, 300), validation: validation! },
    { fit: { epochs } },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const records = await compareOnDigits();
  process.stdout.write(`${regularizationTable(records)}\n`);
  const [, , file = 'regularizers.svg'] = process.argv;
  writeFileSync(file, renderSvg(regularizationChart(records), { width: 960, height: 400 }));
}
