import { availableParallelism } from 'node:os';
import { encodeJson } from '@luthier/core';
import {
  type Asked,
  chooseSampler,
  explainSampler,
  type History,
  size,
  type TrialRecord,
} from '@luthier/search';
import { createTrialPool } from '../runners/pool.ts';
import type { TrialPool } from '../runners/runner.ts';
import { commandLine } from './command-line.ts';
import type { TuneEnd, TuneObserver, TuneOptions, TuningReport } from './contract.ts';
import { chooseFinalists, judgeFinalists, missingRepeats } from './finalists.ts';
import { MODEL } from './keep-best-models.ts';
import { loadTuning } from './load-tuning.ts';
import { type PreparedStudy, prepareStudy } from './prepare-study.ts';
import { bestRunOf, tuningReport, winnerOf } from './report.ts';
import { resultFolder, writeReport, writeResultFiles } from './result-files.ts';
import { runTrials, type Work } from './run-trials.ts';
import { testOnce } from './test-once.ts';

const DEFAULT_FINALISTS = 2;
const DEFAULT_FINALIST_SEEDS = 3;

function workOf(trial: TrialRecord): Work {
  return { trial: trial.number, params: trial.params, seed: trial.seed };
}

/** Seconds of searching that the log accounts for, at the number of workers of now. */
function searchedSeconds(history: History, workers: number): number {
  const training = history.trials
    .filter((trial) => trial.purpose === 'search')
    .reduce((sum, trial) => sum + (trial.reports.seconds.at(-1) ?? 0), 0);
  return training / workers;
}

/** The trials left unfinished by an earlier session, then what `ask` gives while the time budget lasts. */
function searchQueue(prepared: PreparedStudy, workers: number, onNotice: (text: string) => void) {
  const { study } = prepared;
  const left = study.unfinished().filter((trial) => trial.purpose === 'search');
  const begun = performance.now();
  const before = searchedSeconds(study.history, workers);
  let ended = false;
  return async (): Promise<Work | undefined> => {
    const unfinished = left.shift();
    if (unfinished !== undefined) return workOf(unfinished);
    if (ended) return undefined;
    const { minutes } = prepared.budget;
    if (minutes !== undefined && before + (performance.now() - begun) / 1000 >= minutes * 60) {
      ended = true;
      onNotice(`the time budget of ${minutes} min is used up; trials that are running go on to their end`);
      return undefined;
    }
    const asked: Asked = await study.ask();
    if (asked.kind === 'trial') return workOf(asked.trial);
    ended = true;
    if (asked.kind === 'exhausted') onNotice(asked.text);
    return undefined;
  };
}

/** The repeats of the finalists that are still missing, unfinished ones first. */
function repeatQueue(prepared: PreparedStudy, finalists: number, seeds: number) {
  const { study } = prepared;
  const left = study.unfinished().filter((trial) => trial.purpose === 'repeat');
  const chosen = chooseFinalists(study.history, finalists);
  const missing = [...missingRepeats(study.history, chosen, seeds)];
  return async (): Promise<Work | undefined> => {
    const unfinished = left.shift();
    if (unfinished !== undefined) return workOf(unfinished);
    const repeat = missing.shift();
    return repeat === undefined ? undefined : workOf(await study.repeat(repeat.of, repeat.seed));
  };
}

async function finish(
  prepared: PreparedStudy,
  options: TuneOptions,
  loaded: Awaited<ReturnType<typeof loadTuning>>,
  finalistCount: number,
  begun: number,
): Promise<TuningReport | undefined> {
  const { study, store, discovered } = prepared;
  const name = options.study ?? loaded.definition.name;
  const finalists = chooseFinalists(study.history, finalistCount);
  const winner = winnerOf(study.history, judgeFinalists(study.history, finalists));
  if (winner === undefined) return undefined;
  const run = bestRunOf(study.history, winner);
  const blob = run.artifacts[MODEL]?.blob;
  const model = blob === undefined ? undefined : { blob, bytes: await store.blobs(name).get(blob) };
  const folder = resultFolder(store, name, options.cwd);
  const files = await writeResultFiles(folder, options.cwd, store, name, study.history, model?.bytes);
  const test =
    model === undefined ? undefined : await testOnce(study, prepared.dataset, discovered.model, model);
  const command = commandLine(options, name, loaded.definition.name);
  const report = tuningReport({
    study: name,
    file: loaded.shown,
    store: store.url,
    history: study.history,
    finalists,
    sessionSeconds: (performance.now() - begun) / 1000,
    maxResource: discovered.settings.epochs,
    ...(test === undefined ? {} : { test }),
    files,
    next: command.next(study.history, run.number),
  });
  if (report === undefined) return undefined;
  const file = await writeReport(folder, options.cwd, encodeJson(report));
  return { ...report, files: [...report.files, file] };
}

async function work(
  prepared: PreparedStudy,
  options: TuneOptions,
  loaded: Awaited<ReturnType<typeof loadTuning>>,
  observer: TuneObserver,
  pool: () => TrialPool,
  workers: number,
  begun: number,
): Promise<TuneEnd> {
  const { study } = prepared;
  const { definition } = loaded;
  const name = options.study ?? definition.name;
  const onHistory = (): void => observer.onHistory?.(study.history);
  const onNotice = (text: string): void => observer.onNotice?.(text);
  const finalists = options.finalists ?? definition.finalists ?? DEFAULT_FINALISTS;
  const seeds = options.finalistSeeds ?? definition.finalistSeeds ?? DEFAULT_FINALIST_SEEDS;
  const interrupted = (): TuneEnd => ({
    kind: 'interrupted',
    resumeCommand: commandLine(options, name, definition.name).resume,
  });
  const runAll = (next: () => Promise<Work | undefined>): Promise<void> =>
    runTrials({
      study,
      name,
      store: prepared.store,
      pool: pool(),
      file: loaded.file,
      drain: options.drain,
      next,
      onHistory,
    });

  observer.onPhase?.('searching');
  await runAll(searchQueue(prepared, workers, onNotice));
  if (options.drain.aborted) return interrupted();
  observer.onPhase?.('repeating');
  await runAll(repeatQueue(prepared, finalists, seeds));
  if (options.drain.aborted) return interrupted();
  observer.onPhase?.('testing');
  const report = await finish(prepared, options, loaded, finalists, begun);
  onHistory();
  observer.onPhase?.('done');
  if (report !== undefined) return { kind: 'report', report };
  const failed = study.history.trials.find((trial) => trial.state === 'failed');
  return {
    kind: 'nothingCompleted',
    message:
      failed === undefined
        ? 'no trial was run'
        : `no trial completed; trial ${failed.number}: ${failed.message}`,
  };
}

/**
 * Runs a tuning file: searches, trains the finalists again on several seeds, scores the winner on the test data once.
 *
 * With `resume`, a study that was interrupted in any way goes on from its log and checkpoints; one that is finished
 * gives its report again without training. Throws a LuthierError for bad input before anything is written.
 *
 * @example
 * const end = await tune({ file: 'tune.ts', cwd: process.cwd(), store: 'runs/studies.db', resume: true, drain, kill });
 */
export async function tune(options: TuneOptions, observer: TuneObserver = {}): Promise<TuneEnd> {
  const begun = performance.now();
  observer.onPhase?.('preparing');
  const loaded = await loadTuning(options.file, options.cwd);
  const prepared = await prepareStudy(loaded, options);
  const { study, store, discovered } = prepared;
  const workers = options.workers ?? availableParallelism();
  const name = options.study ?? loaded.definition.name;
  let pool: TrialPool | undefined;
  const startPool = (): TrialPool => {
    pool ??= createTrialPool({
      size: workers,
      entry: new URL('./trial-main.ts', import.meta.url),
      ...(options.trialTimeoutSeconds === undefined ? {} : { timeoutMs: options.trialTimeoutSeconds * 1000 }),
      onOutput: (trial, line, stream) => observer.onOutput?.(trial ?? -1, line, stream),
    });
    return pool;
  };
  const drain = (): void => void pool?.drain('stopped by Ctrl-C');
  const kill = (): void => void pool?.kill();
  const stopListening = study.subscribe((event) => observer.onEvent?.(event));
  options.drain.addEventListener('abort', drain, { once: true });
  options.kill.addEventListener('abort', kill, { once: true });
  try {
    const command = commandLine(options, name, loaded.definition.name);
    observer.onStart?.(
      {
        study: name,
        file: loaded.shown,
        store: store.url,
        seed: prepared.seed,
        workers,
        samplerName:
          prepared.sampler.name === 'auto'
            ? chooseSampler(study.history.space, prepared.budget, workers).sampler
            : prepared.sampler.name,
        samplerWhy: explainSampler(prepared.sampler, study.history.space, prepared.budget, workers),
        schedulerName: prepared.scheduler.name,
        objective: loaded.definition.objective,
        budget: prepared.budget,
        spaceSize: size(study.history.space),
        spaceComplete: discovered.complete,
        maxResource: discovered.settings.epochs,
        resumeCommand: command.resume,
        trialsBefore: study.history.trials.length,
      },
      study.history,
    );
    return await work(prepared, options, loaded, observer, startPool, workers, begun);
  } finally {
    options.drain.removeEventListener('abort', drain);
    options.kill.removeEventListener('abort', kill);
    stopListening();
    await pool?.drain();
    await prepared.close();
    observer.onEnd?.();
  }
}
