import { availableParallelism } from 'node:os';
import { encodeJson, refuseUnknown } from '@luthier/core';
import { prepareDataset } from '@luthier/nn';
import {
  type Asked,
  chooseSampler,
  explainSampler,
  keepReady,
  size,
  type TrialRecord,
} from '@luthier/search';
import { createTrialPool } from '../runners/pool.ts';
import type { TrialPool } from '../runners/runner.ts';
import { commandLine } from './command-line.ts';
import {
  type StudyCost,
  TUNE_OPTIONS,
  type TuneEnd,
  type TuneObserver,
  type TuneOptions,
  type TuningReport,
} from './contract.ts';
import { costBefore } from './cost-before.ts';
import { chooseFinalists, judgeFinalists, missingRepeats } from './finalists.ts';
import { MODEL } from './keep-best-models.ts';
import { type LoadedTuning, loadTuning } from './load-tuning.ts';
import { type PreparedStudy, prepareStudy } from './prepare-study.ts';
import { bestRunOf, tuningReport, winnerOf } from './report.ts';
import { resultFolder, writeReport, writeResultFiles } from './result-files.ts';
import { type RetrainedWinner, retrainWinner } from './retrain-winner.ts';
import { runTrials, type Work } from './run-trials.ts';
import { searchedSeconds } from './searched-seconds.ts';
import { testOnce } from './test-once.ts';
import { learnable } from './trial-plan.ts';
import { hasSeveralRuns, shapeOfJob } from './trial-shape.ts';

const DEFAULT_FINALISTS = 2;
const DEFAULT_FINALIST_SEEDS = 3;
const DEFAULT_CONFIRM_MINUTES = 30;

/** Everything that the phases of one run share. */
interface TuneRun {
  readonly options: TuneOptions;
  readonly observer: TuneObserver;
  readonly loaded: LoadedTuning;
  readonly prepared: PreparedStudy;
  /** Of the study. */
  readonly name: string;
  readonly workers: number;
  readonly finalists: number;
  readonly seeds: number;
  readonly command: ReturnType<typeof commandLine>;
  /** Milliseconds of the performance clock. */
  readonly begun: number;
}

function workOf(trial: TrialRecord): Work {
  return { trial: trial.number, params: trial.params, seed: trial.seed };
}

/** The trials left unfinished by an earlier session, then what `ask` gives while the time budget lasts. */
function searchQueue({ prepared, workers, observer, options }: TuneRun): () => Promise<Work | undefined> {
  const { study } = prepared;
  const left = study.unfinished().filter((trial) => trial.purpose === 'search');
  const ready = keepReady(study, options.ahead ?? 0);
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
      observer.onNotice?.(
        `the time budget of ${minutes} min is used up; trials that are running go on to their end`,
      );
      return undefined;
    }
    const asked: Asked = await ready.next();
    if (asked.kind === 'trial') return workOf(asked.trial);
    ended = true;
    // That all trials of the budget were asked for is how a search usually ends.
    const { trials = Number.POSITIVE_INFINITY } = study.history.budget;
    const searched = study.history.trials.filter(({ purpose }) => purpose === 'search').length;
    if (asked.kind === 'exhausted' || searched < trials) observer.onNotice?.(asked.text);
    return undefined;
  };
}

/** The repeats of the finalists that are still missing, unfinished ones first. */
function repeatQueue({ prepared, finalists, seeds }: TuneRun): () => Promise<Work | undefined> {
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

/** The winner's model from all that may be learned from, when that is wanted and works. */
async function retrained(
  run: TuneRun,
  pool: () => TrialPool,
): Promise<Extract<RetrainedWinner, { kind: 'model' }> | 'interrupted' | undefined> {
  const { observer, loaded, name, prepared } = run;
  const { history } = prepared.study;
  const winner = winnerOf(history, judgeFinalists(history, chooseFinalists(history, run.finalists)));
  const { definition } = loaded;
  const wanted = run.options.retrain ?? definition.retrain ?? hasSeveralRuns(prepared.shape);
  if (winner === undefined || !wanted) return undefined;
  observer.onPhase?.('retraining');
  const made = await retrainWinner(prepared, winner, pool, { file: loaded.file, study: name });
  if (made.kind === 'interrupted') return 'interrupted';
  if (made.kind === 'model') return made;
  observer.onNotice?.(
    `the winner could not be trained again (${made.result.reason ?? 'error'}): ${made.result.message ?? ''}`,
  );
  return undefined;
}

async function finish(
  run: TuneRun,
  again: Extract<RetrainedWinner, { kind: 'model' }> | undefined,
): Promise<TuningReport | undefined> {
  const { options, loaded, name } = run;
  const { study, store, discovered, raw } = run.prepared;
  const finalists = chooseFinalists(study.history, run.finalists);
  const winner = winnerOf(study.history, judgeFinalists(study.history, finalists));
  if (winner === undefined) return undefined;
  const best = bestRunOf(study.history, winner);
  const blob = again?.blob ?? best.artifacts[MODEL]?.blob;
  const model = blob === undefined ? undefined : { blob, bytes: await store.blobs(name).get(blob) };
  const folder = resultFolder(store, name, options.cwd);
  const files = await writeResultFiles(folder, options.cwd, store, name, study.history, model?.bytes);
  // The test data go through the preparation that the model's own training data decided.
  const learned = again === undefined ? raw.train : learnable(raw);
  const dataset = prepareDataset({ ...raw, train: learned }, loaded.definition.prepare ?? {});
  const test = model === undefined ? undefined : await testOnce(study, dataset, discovered.model, model);
  const report = tuningReport({
    study: name,
    file: loaded.shown,
    store: store.url,
    history: study.history,
    finalists,
    sessionSeconds: (performance.now() - run.begun) / 1000,
    maxResource: discovered.settings.epochs,
    ...(test === undefined ? {} : { test }),
    ...(again === undefined ? {} : { retrained: { samples: again.samples, epochs: again.epochs } }),
    files,
    next: run.command.next(study.history, (again === undefined ? best : winner).number, run.workers),
  });
  if (report === undefined) return undefined;
  const file = await writeReport(folder, options.cwd, encodeJson(report));
  return { ...report, files: [...report.files, file] };
}

async function work(run: TuneRun, pool: () => TrialPool): Promise<TuneEnd> {
  const { options, observer, loaded, prepared, name } = run;
  const { study } = prepared;
  const onHistory = (): void => observer.onHistory?.(study.history);
  const interrupted: TuneEnd = { kind: 'interrupted', resumeCommand: run.command.resume };
  const runAll = (next: () => Promise<Work | undefined>): Promise<void> =>
    runTrials({
      study,
      name,
      store: prepared.store,
      pool: pool(),
      file: loaded.file,
      shape: shapeOfJob(prepared.shape),
      drain: options.drain,
      next,
      onHistory,
    });

  observer.onPhase?.('searching');
  await runAll(searchQueue(run));
  if (options.drain.aborted) return interrupted;
  observer.onPhase?.('repeating');
  await runAll(repeatQueue(run));
  if (options.drain.aborted) return interrupted;
  const again = await retrained(run, pool);
  if (again === 'interrupted') return interrupted;
  observer.onPhase?.('testing');
  const report = await finish(run, again);
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

/** Tells what a search costs; its end when it is long and nobody agrees to it. */
async function decline(
  cost: StudyCost,
  options: TuneOptions,
  observer: TuneObserver,
): Promise<TuneEnd | undefined> {
  observer.onNotice?.(`the search: ${cost.text}, unless trials are stopped early`);
  if (cost.advice !== undefined) observer.onNotice?.(`instead of the grid: ${cost.advice}`);
  const isLong = cost.seconds > (options.confirmAboveMinutes ?? DEFAULT_CONFIRM_MINUTES) * 60;
  const mayBegin = !isLong || options.yes === true || ((await observer.confirm?.(cost)) ?? true);
  return mayBegin ? undefined : { kind: 'declined', cost };
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
  refuseUnknown('LU_OPTION', 'tune', options, TUNE_OPTIONS);
  const begun = performance.now();
  observer.onPhase?.('preparing');
  const loaded = await loadTuning(options.file, options.cwd);
  const prepared = await prepareStudy(loaded, options);
  const { study, store, discovered } = prepared;
  const { definition } = loaded;
  const name = options.study ?? definition.name;
  const workers = options.workers ?? availableParallelism();
  // Repeated seeds have told the finalists apart already.
  const usual = prepared.shape.repeats > 1 ? 0 : DEFAULT_FINALISTS;
  const finalists = options.finalists ?? definition.finalists ?? usual;
  const seeds = options.finalistSeeds ?? definition.finalistSeeds ?? DEFAULT_FINALIST_SEEDS;
  const command = commandLine(options, name, definition.name);
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
    const cost = await costBefore(prepared, workers, startPool, { file: loaded.file, study: name });
    const declined = cost === undefined ? undefined : await decline(cost, options, observer);
    if (declined !== undefined) return declined;
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
        objective: definition.objective,
        budget: prepared.budget,
        spaceSize: size(study.history.space),
        spaceComplete: discovered.complete,
        maxResource: discovered.settings.epochs,
        repeats: finalists * seeds,
        resumeCommand: command.resume,
        trialsBefore: study.history.trials.length,
      },
      study.history,
    );
    return await work(
      { options, observer, loaded, prepared, name, workers, finalists, seeds, command, begun },
      startPool,
    );
  } finally {
    options.drain.removeEventListener('abort', drain);
    options.kill.removeEventListener('abort', kill);
    stopListening();
    await pool?.drain();
    await prepared.close();
    observer.onEnd?.();
  }
}
