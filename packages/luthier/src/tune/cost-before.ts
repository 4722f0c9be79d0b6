import { median } from '@luthier/core';
import { type Folds, foldsFor } from '@luthier/nn';
import {
  defaults,
  estimateCost,
  gridSize,
  type History,
  recommendMethod,
  type Sampler,
  type Space,
} from '@luthier/search';
import type { TrialPool } from '../runners/runner.ts';
import type { StudyCost } from './contract.ts';
import type { PreparedStudy } from './prepare-study.ts';
import { learnable } from './trial-plan.ts';

/** A study of so many trials is large enough to reckon its cost first. */
const LARGE = 100;
/** Training time that the measurement takes. */
const MEASURED_SECONDS = 2;

function gridPoints(sampler: Sampler, space: Space): number {
  const { levels } = sampler.spec as { readonly levels?: number | Readonly<Record<string, number>> };
  return gridSize(space, levels === undefined ? {} : { levels });
}

function foldCount(folds: number | Folds | undefined, prepared: PreparedStudy): number {
  if (folds === undefined) return 1;
  if (typeof folds === 'number') return folds;
  const all = learnable(prepared.raw);
  return foldsFor(folds, all).split(all).length;
}

/** Seconds an epoch took in the trials of an earlier session; undefined without any. */
function recordedPace(history: History): number | undefined {
  const paces = history.trials.flatMap(({ reports: { seconds, steps } }) =>
    steps.length === 0 ? [] : [seconds.at(-1)! / steps.at(-1)!],
  );
  return paces.length === 0 ? undefined : median(paces);
}

/**
 * What a grid or a large study will cost, from the pace of the baseline, trained for two seconds; undefined for other studies and
 * for those whose time is limited anyway.
 */
export async function costBefore(
  prepared: PreparedStudy,
  workers: number,
  pool: () => TrialPool,
  job: { readonly file: string; readonly study: string },
): Promise<StudyCost | undefined> {
  const { study, sampler, budget, shape, discovered, store } = prepared;
  const { history } = study;
  const isGrid = sampler.name === 'grid';
  const wanted = Math.min(
    isGrid ? gridPoints(sampler, history.space) : Number.POSITIVE_INFINITY,
    budget.trials ?? Number.POSITIVE_INFINITY,
  );
  const asked = history.trials.filter(({ purpose }) => purpose === 'search').length;
  const combinations = wanted - asked;
  if (budget.minutes !== undefined || !Number.isFinite(wanted) || combinations <= 0) return undefined;
  if (!isGrid && combinations < LARGE) return undefined;
  const trainings = foldCount(shape.folds, prepared) * shape.repeats;
  let pace = recordedPace(history);
  if (pace !== undefined) pace /= trainings;
  else {
    const { details } = await pool().run({
      ...job,
      trial: 0,
      attempt: 0,
      params: defaults(history.space),
      seed: prepared.seed,
      blobs: store.blobsFolder(job.study),
      checkpointEveryMs: Number.POSITIVE_INFINITY,
      secondsBefore: 0,
      keepModel: false,
      task: { kind: 'pace', seconds: MEASURED_SECONDS },
    });
    pace = (details as { readonly secondsPerEpoch?: number } | null | undefined)?.secondsPerEpoch;
  }
  // A baseline that cannot be trained says so as the first trial.
  if (pace === undefined) return undefined;
  const { epochs } = discovered.settings;
  const estimate = estimateCost({ combinations, epochs, secondsPerEpoch: pace, trainings, workers });
  const secondsPerTrial = pace * epochs * trainings;
  const advice = recommendMethod(history.space, { ...budget, secondsPerTrial, workers });
  return {
    ...estimate,
    combinations,
    ...(isGrid && advice.method !== 'grid' ? { advice: `${advice.text} (--sampler ${advice.sampler})` } : {}),
  };
}
