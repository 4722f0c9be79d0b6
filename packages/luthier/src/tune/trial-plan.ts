import { randomKey } from '@luthier/core';
import {
  type Dataset,
  type Folds,
  fitPreparation,
  foldsFor,
  joinSamples,
  type Preparation,
  type Samples,
  take,
} from '@luthier/nn';

/** One training of a trial that makes several. */
export interface PlannedRun {
  /** Counted from 0; absent when the validation part of the data set decides. */
  readonly fold?: number;
  readonly repeat: number;
  readonly seed: number;
  readonly train: Samples;
  readonly validation?: Samples;
}

/** All samples that may be learned from: the training part and, when there is one, the validation part behind it. */
export function learnable({ train, validation }: Dataset): Samples {
  return validation === undefined ? train : joinSamples(train, validation);
}

/** Seed of repeat `repeat` of a trial; the first is the trial's own. */
export function repeatedSeed(seed: number, repeat: number): number {
  return repeat === 0 ? seed : randomKey(seed, 'repeat', repeat).k0;
}

/**
 * The trainings of one trial: every fold with every seed. Training and validation part together are divided, the same way
 * in every trial; the test part is never among them. A preparation is fitted on the training part of each fold alone.
 */
export function planRuns(
  dataset: Dataset,
  plan: {
    readonly folds?: number | Folds;
    readonly repeats: number;
    readonly seed: number;
    readonly prepare?: Preparation;
  },
): readonly PlannedRun[] {
  const { folds, repeats, seed, prepare = {} } = plan;
  const prepared = (train: Samples, validation: Samples | undefined) => {
    const apply = fitPreparation(prepare, train);
    return { train: apply(train), ...(validation === undefined ? {} : { validation: apply(validation) }) };
  };
  const all = learnable(dataset);
  const parts =
    folds === undefined
      ? [prepared(dataset.train, dataset.validation)]
      : foldsFor(folds, all)
          .split(all)
          .map((rows) => prepared(take(all, rows.train), take(all, rows.validation)));
  return Array.from({ length: repeats }, (_, repeat) =>
    parts.map((part, fold) => ({
      ...part,
      ...(folds === undefined ? {} : { fold }),
      repeat,
      seed: repeatedSeed(seed, repeat),
    })),
  ).flat();
}
