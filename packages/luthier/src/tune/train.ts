import { chosenParams } from './chosen-params.ts';
import type { ReportFile, TrainEnd, TrainObserver, TrainOptions } from './contract.ts';
import { diagnoseTrial, sizeWarningOf } from './diagnose-trial.ts';
import { loadTuning } from './load-tuning.ts';
import { checkedData, discover } from './prepare-study.ts';
import { shownPath, writeModel } from './result-files.ts';
import { runOnce } from './run-once.ts';

/**
 * Trains one configuration of a tuning file, once, and keeps its model; the study store is not touched. Only where the file has folds and
 * its data no validation part, it is trained for every fold, and no model is kept.
 *
 * Throws a LuthierError for bad input before anything is trained.
 *
 * @example
 * await train({ file: 'tune.ts', cwd, set: { hidden1: '512' }, out: 'runs/train', drain: new AbortController().signal });
 */
export async function train(options: TrainOptions, observer: TrainObserver = {}): Promise<TrainEnd> {
  const { definition, file, shown } = await loadTuning(options.file, options.cwd);
  const { model: first, space, settings } = discover(definition, shown);
  const { raw } = await checkedData(definition, first, definition.folds);
  const params = chosenParams(space, options.set);
  const seed = options.seed ?? definition.seed ?? 0;
  observer.onStart?.({ file: shown, seed, params, epochs: settings.epochs });
  // Without a validation part the folds of the file are what tells how good the configuration is.
  const task = raw.validation === undefined ? {} : { task: { kind: 'single' } as const };
  const job = { file, name: definition.name, params, seed, drain: options.drain, ...task };
  const { result, reports, model, seconds } = await runOnce(job, observer);
  if (result.outcome === 'failed') {
    return {
      kind: 'failed',
      reason: result.reason ?? 'error',
      message: result.message ?? 'the trial failed',
    };
  }
  if (result.outcome !== 'complete') return { kind: 'interrupted' };
  const files: ReportFile[] = [];
  if (model !== undefined) {
    const path = await writeModel(options.out, model);
    files.push({
      path: shownPath(path, options.cwd),
      what: 'the trained model; runs under plain ONNX Runtime',
    });
  }
  const trained = { reports, params, ...(result.details === undefined ? {} : { details: result.details }) };
  const verdict = diagnoseTrial(trained);
  const size = sizeWarningOf(trained, verdict);
  return {
    kind: 'report',
    report: {
      file: shown,
      seed,
      params,
      metrics: result.metrics ?? {},
      objective: definition.objective,
      value: result.values?.[0] ?? Number.NaN,
      reports,
      seconds,
      verdict: { verdict: verdict.verdict, text: verdict.text },
      ...(size === undefined ? {} : { size }),
      files,
      next: [{ command: `npx luthier tune ${shown} --resume`, what: 'search for better hyperparameters' }],
    },
  };
}
