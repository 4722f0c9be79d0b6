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

/** What a trial trains on and is judged by: one part a fold, or the parts of the data set as they are. */
export interface TrialParts {
  readonly hasFolds: boolean;
  readonly parts: readonly { readonly train: Samples; readonly validation?: Samples }[];
}

/**
 * Divides a data set for all trials alike: training and validation part together, the test part is never among them. A preparation is
 * fitted on the training part of each fold alone.
 */
export function divideForTrials(
  dataset: Dataset,
  folds: number | Folds | undefined,
  prepare: Preparation = {},
): TrialParts {
  const prepared = (train: Samples, validation: Samples | undefined): TrialParts['parts'][number] => {
    const apply = fitPreparation(prepare, train);
    return { train: apply(train), ...(validation === undefined ? {} : { validation: apply(validation) }) };
  };
  if (folds === undefined) {
    return { hasFolds: false, parts: [prepared(dataset.train, dataset.validation)] };
  }
  const all = learnable(dataset);
  const rows = foldsFor(folds, all).split(all);
  return {
    hasFolds: true,
    parts: rows.map(({ train, validation }) => prepared(take(all, train), take(all, validation))),
  };
}

/** The trainings of one trial: every part with every seed. */
export function planRuns(
  { hasFolds, parts }: TrialParts,
  plan: { readonly repeats: number; readonly seed: number },
): readonly PlannedRun[] {
  return Array.from({ length: plan.repeats }, (_, repeat) =>
    parts.map((part, fold) => ({
      ...part,
      ...(hasFolds ? { fold } : {}),
      repeat,
      seed: repeatedSeed(plan.seed, repeat),
    })),
  ).flat();
}
