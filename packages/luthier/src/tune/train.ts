import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeBlocks, type ReportBlock } from '@luthier/search';
import { createTrialPool } from '../runners/pool.ts';
import type { TrialJob } from '../runners/protocol.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import { chosenParams } from './chosen-params.ts';
import type { ReportFile, TrainEnd, TrainObserver, TrainOptions } from './contract.ts';
import { diagnoseTrial } from './diagnose-trial.ts';
import { loadTuning } from './load-tuning.ts';
import { checkedData, discover } from './prepare-study.ts';
import { shownPath, writeModel } from './result-files.ts';

/**
 * Trains one configuration of a tuning file and keeps its model; the study store is not touched.
 *
 * Throws a LuthierError for bad input before anything is trained.
 *
 * @example
 * await train({ file: 'tune.ts', cwd, set: { hidden1: '512' }, out: 'runs/train', drain: new AbortController().signal });
 */
export async function train(options: TrainOptions, observer: TrainObserver = {}): Promise<TrainEnd> {
  const { definition, file, shown } = await loadTuning(options.file, options.cwd);
  const { model: first, space, settings } = discover(definition, shown);
  await checkedData(definition, first);
  const params = chosenParams(space, options.set);
  const seed = options.seed ?? definition.seed ?? 0;
  const work = await mkdtemp(join(tmpdir(), 'luthier-train-'));
  const blobs = openFileBlobs(work);
  const pool = createTrialPool({
    size: 1,
    entry: new URL('./trial-main.ts', import.meta.url),
    onOutput: (_trial, line, stream) => observer.onOutput?.(line, stream),
  });
  const job: TrialJob = {
    file,
    study: definition.name,
    trial: 0,
    attempt: 1,
    params,
    seed,
    blobs: work,
    checkpointEveryMs: Number.POSITIVE_INFINITY,
    secondsBefore: 0,
    keepModel: true,
  };
  const begun = performance.now();
  let reports: ReportBlock = { steps: [], seconds: [], metrics: {} };
  let model: string | undefined;
  try {
    observer.onStart?.({ file: shown, seed, params, epochs: settings.epochs });
    const result = await pool.run(job, {
      signal: options.drain,
      onMessage: (message) => {
        if (message.type === 'artifact') model = message.blob;
        if (message.type === 'reported') {
          reports = mergeBlocks(reports, message.block);
          observer.onReport?.(message.block);
        }
      },
    });
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
      const path = await writeModel(options.out, await blobs.get(model));
      files.push({
        path: shownPath(path, options.cwd),
        what: 'the trained model; runs under plain ONNX Runtime',
      });
    }
    const verdict = diagnoseTrial({
      reports,
      params,
      ...(result.details === undefined ? {} : { details: result.details }),
    });
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
        seconds: (performance.now() - begun) / 1000,
        verdict: { verdict: verdict.verdict, text: verdict.text },
        files,
        next: [{ command: `npx luthier tune ${shown} --resume`, what: 'search for better hyperparameters' }],
      },
    };
  } finally {
    await pool.drain();
    await rm(work, { recursive: true, force: true });
  }
}
