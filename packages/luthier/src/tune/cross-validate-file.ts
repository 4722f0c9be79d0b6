import { LuthierError } from '@luthier/core';
import { chosenParams } from './chosen-params.ts';
import type { CvEnd, CvOptions, TrainObserver } from './contract.ts';
import { diagnoseTrial, sizeWarningOf } from './diagnose-trial.ts';
import { loadTuning } from './load-tuning.ts';
import { checkedData, discover } from './prepare-study.ts';
import { runOnce } from './run-once.ts';
import { runsOf } from './runs-of.ts';
import { shellWord } from './shell-word.ts';
import { shapeOfJob, trialShape } from './trial-shape.ts';

const DEFAULT_FOLDS = 5;

/**
 * Cross-validates one configuration of a tuning file: training and validation part together are divided, a new model is trained
 * for every fold and seed, and scored on what the fold holds out. The test part and the study store are not touched.
 *
 * Defaults: the folds of the file, else 5; one seed. Throws a LuthierError for bad input before anything is trained.
 *
 * @example
 * await crossValidateFile({ file: 'tune.ts', cwd, set: {}, folds: 5, drain: new AbortController().signal });
 */
export async function crossValidateFile(options: CvOptions, observer: TrainObserver = {}): Promise<CvEnd> {
  const { definition, file, shown } = await loadTuning(options.file, options.cwd);
  const { model, space, settings } = discover(definition, shown);
  const shape = trialShape(options, { ...definition, folds: definition.folds ?? DEFAULT_FOLDS });
  await checkedData(definition, model, shape.folds);
  const params = chosenParams(space, options.set);
  const seed = options.seed ?? definition.seed ?? 0;
  observer.onStart?.({ file: shown, seed, params, epochs: settings.epochs });
  const job = { file, name: definition.name, params, seed, drain: options.drain, ...shapeOfJob(shape) };
  const { result, reports, seconds } = await runOnce(job, observer);
  if (result.outcome === 'failed') {
    return {
      kind: 'failed',
      reason: result.reason ?? 'error',
      message: result.message ?? 'a training failed',
    };
  }
  if (result.outcome !== 'complete') return { kind: 'interrupted' };
  const runs = runsOf({ ...(result.details === undefined ? {} : { details: result.details }) });
  if (runs === undefined) {
    throw new LuthierError('LU_CV_RUNS', 'the trial process reported no folds', {
      fix: 'Report this: it is a fault of Luthier.',
      where: shown,
    });
  }
  const trained = { reports, params, ...(result.details === undefined ? {} : { details: result.details }) };
  const verdict = diagnoseTrial(trained);
  const size = sizeWarningOf(trained, verdict);
  const folds = new Set(runs.runs.map(({ fold }) => fold)).size;
  return {
    kind: 'report',
    report: {
      file: shown,
      seed,
      params,
      folds,
      repeats: shape.repeats,
      objective: definition.objective,
      value: result.values?.[0] ?? Number.NaN,
      metrics: result.metrics ?? {},
      ...runs,
      reports,
      seconds,
      verdict: { verdict: verdict.verdict, text: verdict.text },
      ...(size === undefined ? {} : { size }),
      next: [
        {
          command: `npx luthier tune ${shellWord(shown)} --folds ${folds} --study ${definition.name}-cv`,
          what: 'search with this as the score of every trial',
        },
      ],
    },
  };
}
