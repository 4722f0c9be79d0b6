import { LuthierError } from '@luthier/core';
import type { Dataset, Samples, Tensor } from './dataset.ts';

/** What was learned from training data, as a function from tensors to tensors. */
export interface FittedPreprocessor {
  readonly transform: (x: Tensor) => Tensor;
}

/** A preparation of data that first looks at the training part, and only at that. */
export interface Preprocessor {
  readonly fit: (train: Tensor) => FittedPreprocessor;
}

/** The preparations of inputs and of targets, each in the order of application. */
export interface Preparation {
  readonly x?: readonly Preprocessor[];
  readonly y?: readonly Preprocessor[];
}

/** Fits each step on what the steps before it made of the training tensor; returns their composition. */
export function fitChain(steps: readonly Preprocessor[], train: Tensor): (x: Tensor) => Tensor {
  let current = train;
  const fitted = steps.map((step) => {
    const done = step.fit(current);
    current = done.transform(current);
    return done;
  });
  return (x) => fitted.reduce((tensor, step) => step.transform(tensor), x);
}

/**
 * Learns a preparation from training samples alone and returns it as a function for any samples.
 *
 * @example
 * const prepare = fitPreparation({ x: [standardize()] }, train);
 * const [a, b] = [prepare(train), prepare(test)];
 */
export function fitPreparation(preparation: Preparation, train: Samples): (samples: Samples) => Samples {
  const x = fitChain(preparation.x ?? [], train.x);
  const y = fitChain(preparation.y ?? [], train.y);
  return (samples) => ({ ...samples, x: x(samples.x), y: y(samples.y) });
}

/**
 * A data set whose every part went through a preparation that was fitted on the training part only.
 *
 * @example
 * const data = prepareDataset(await iris(), { x: [standardize()] });
 */
export function prepareDataset(dataset: Dataset, preparation: Preparation): Dataset {
  const prepare = fitPreparation(preparation, dataset.train);
  return {
    ...dataset,
    train: prepare(dataset.train),
    ...(dataset.validation === undefined ? {} : { validation: prepare(dataset.validation) }),
    ...(dataset.test === undefined ? {} : { test: prepare(dataset.test) }),
  };
}

/** Refuses a tensor whose rows have another width than those of the fit. */
export function requireColumns(where: string, found: number, fitted: number): void {
  if (found === fitted) return;
  throw new LuthierError(
    'LU_DATA_SHAPE',
    `${where}: rows have ${found} values, in the fit they had ${fitted}`,
    {
      fix: 'Give data with the columns that were fitted, in the same order.',
      where,
    },
  );
}
