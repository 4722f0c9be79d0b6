import { LuthierError } from '@luthier/core';
import { type Dataset, requirePairs, rowSize, type Samples, type Tensor } from './dataset.ts';

/** What the targets of classified samples must satisfy. */
export interface CheckOptions {
  /** Number of classes; when given, every label must be a whole number from 0 to classes - 1. */
  readonly classes?: number;
}

function checkTensor(tensor: Tensor, where: string): void {
  const { data, shape } = tensor;
  const bad = shape.find((length) => !Number.isInteger(length) || length < 0);
  const expected = shape.reduce((product, length) => product * length, 1);
  if (shape.length === 0 || bad !== undefined || expected !== data.length) {
    throw new LuthierError(
      'LU_DATA_SHAPE',
      `${where}: shape [${shape.join(', ')}] means ${expected} values, found ${data.length}`,
      { fix: 'Give the length of every axis, the number of samples first.', where },
    );
  }
  if (data.length === 0) {
    throw new LuthierError('LU_DATA_EMPTY', `${where}: shape [${shape.join(', ')}] holds no values`, {
      fix: 'Give at least one sample with at least one value.',
      where,
    });
  }
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const width = rowSize(tensor);
    throw new LuthierError(
      'LU_DATA_NOT_FINITE',
      `${where}: sample ${Math.floor(i / width)}, value ${i % width} is ${data[i]}`,
      { fix: 'Remove such samples or fill in the missing values before training.', where },
    );
  }
}

/**
 * Refuses samples that cannot be learned from, naming where and which: shapes that do not match their data, no
 * samples, different numbers of inputs and targets, NaN or infinite values, labels out of range.
 *
 * `where` is what errors call the samples, such as `train` or `validation`. Labels are checked when `classes` is given
 * and there is one target value a sample. Cost: one pass over floating-point data and labels; bytes are not scanned.
 *
 * @throws LuthierError LU_DATA_SHAPE, LU_DATA_EMPTY, LU_DATA_COUNT, LU_DATA_NOT_FINITE or LU_DATA_LABEL.
 *
 * @example
 * checkSamples(dataset.train, 'train', { classes: 10 });
 */
export function checkSamples(samples: Samples, where: string, options: CheckOptions = {}): void {
  const { x, y } = samples;
  checkTensor(x, `${where}.x`);
  checkTensor(y, `${where}.y`);
  if (samples.sampleWeight !== undefined) checkTensor(samples.sampleWeight, `${where}.sampleWeight`);
  requirePairs(samples, where);
  const { classes } = options;
  if (classes === undefined || rowSize(y) !== 1) return;
  for (let i = 0; i < y.data.length; i++) {
    const label = y.data[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new LuthierError(
      'LU_DATA_LABEL',
      `${where}.y: sample ${i} has label ${label}; ${classes} classes have the labels 0 to ${classes - 1}`,
      { fix: 'Number the classes from 0, or correct the number of classes.', where },
    );
  }
}

/**
 * Refuses a data set of which a part cannot be learned from, or whose parts differ in the shape of a sample.
 *
 * @throws LuthierError those of `checkSamples`, and LU_DATA_SHAPE for parts of different shapes.
 *
 * @example
 * checkDataset(await mnist());
 */
export function checkDataset(dataset: Dataset): void {
  const options = dataset.classes === undefined ? {} : { classes: dataset.classes.length };
  checkSamples(dataset.train, `${dataset.name}.train`, options);
  for (const part of ['validation', 'test'] as const) {
    const samples = dataset[part];
    if (samples === undefined) continue;
    checkSamples(samples, `${dataset.name}.${part}`, options);
    for (const side of ['x', 'y'] as const) {
      const expected = dataset.train[side].shape.slice(1).join(', ');
      const found = samples[side].shape.slice(1).join(', ');
      if (found === expected) continue;
      throw new LuthierError(
        'LU_DATA_SHAPE',
        `${dataset.name}.${part}.${side}: a sample has shape [${found}], in train it has [${expected}]`,
        { fix: 'Prepare every part of the data in the same way.', where: `${dataset.name}.${part}` },
      );
    }
  }
}
