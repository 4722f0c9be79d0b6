import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Params } from '@luthier/core';
import { mergeBlocks, type ReportBlock } from '@luthier/search';
import { createTrialPool } from '../runners/pool.ts';
import type { TrialJob, TrialResult } from '../runners/protocol.ts';
import { openFileBlobs } from '../stores/file-blobs.ts';
import type { TrainObserver } from './contract.ts';

/** One job without a study. */
export interface OneJob extends Partial<Pick<TrialJob, 'folds' | 'repeats' | 'task'>> {
  /** Absolute path of the tuning file. */
  readonly file: string;
  readonly name: string;
  readonly params: Params;
  readonly seed: number;
  readonly drain: AbortSignal;
}

/** What it left. */
export interface OneResult {
  readonly result: TrialResult;
  readonly reports: ReportBlock;
  /** The trained model, when the job keeps one. */
  readonly model?: Uint8Array;
  readonly seconds: number;
}

/** Runs one job in a trial process of its own and takes everything down again; no store is touched. */
export async function runOnce(
  { file, name, params, seed, drain, ...more }: OneJob,
  observer: Pick<TrainObserver, 'onReport' | 'onOutput'>,
): Promise<OneResult> {
  const work = await mkdtemp(join(tmpdir(), 'luthier-'));
  const pool = createTrialPool({
    size: 1,
    entry: new URL('./trial-main.ts', import.meta.url),
    onOutput: (_trial, line, stream) => observer.onOutput?.(line, stream),
  });
  const job: TrialJob = {
    ...more,
    file,
    study: name,
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
    const result = await pool.run(job, {
      signal: drain,
      onMessage: (message) => {
        if (message.type === 'artifact') model = message.blob;
        if (message.type === 'reported') {
          reports = mergeBlocks(reports, message.block);
          observer.onReport?.(message.block);
        }
      },
    });
    const seconds = (performance.now() - begun) / 1000;
    if (model === undefined) return { result, reports, seconds };
    return { result, reports, seconds, model: await openFileBlobs(work).get(model) };
  } finally {
    await pool.drain();
    await rm(work, { recursive: true, force: true });
  }
}
