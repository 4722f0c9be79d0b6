import type { Params } from '@luthier/core';
import type { History, TrialRecord } from '@luthier/search';
import type { TunePhase, TuneStart } from '../../tune/contract.ts';
import { curveOf, rankedTrials, scoreOf, secondsOf, varyingNames } from '../trial-facts.ts';
import { plainText } from './text.ts';

export interface RunningView {
  readonly number: number;
  /** The trial whose configuration it repeats. */
  readonly of?: number;
  readonly step: number;
  readonly steps?: number;
  readonly value?: number;
  readonly curve: readonly number[];
  readonly params: Params;
}

export interface EventView {
  readonly number: number;
  readonly kind: 'pruned' | 'failed' | 'interrupted';
  readonly text: string;
}

/** Everything that a progress display shows, as numbers and words. */
export interface StudyView {
  readonly study: string;
  readonly samplerName: string;
  readonly schedulerName: string;
  readonly seed: number;
  readonly workers: number;
  readonly metric: string;
  readonly phase: TunePhase;
  readonly isStopping: boolean;
  /** Names of parameters worth showing. */
  readonly names: readonly string[];
  readonly counts: {
    readonly complete: number;
    readonly pruned: number;
    readonly failed: number;
    readonly interrupted: number;
    readonly running: number;
  };
  /** Complete, pruned and failed search trials together. */
  readonly finished: number;
  /** Trials of the budget; undefined when only time limits it. */
  readonly total?: number;
  /** Runs of finalists on other seeds, once the search is over. */
  readonly repeats?: { readonly done: number; readonly total: number };
  /** Share of the budget used, or of the repeats done, 0 to 1. */
  readonly progress: number;
  readonly elapsedSeconds: number;
  /** Undefined until it can be known. */
  readonly etaSeconds?: number;
  readonly running: readonly RunningView[];
  readonly best?: {
    readonly number: number;
    readonly value: number;
    readonly params: Params;
    /** Trials finished since. */
    readonly age: number;
  };
  /** Newest last, at most three. */
  readonly events: readonly EventView[];
}

/** Facts of the session that the history does not hold. */
export interface Session {
  readonly start: TuneStart;
  readonly phase: TunePhase;
  readonly isStopping: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

const EVENTS_SHOWN = 3;

function isFinished({ state }: TrialRecord): boolean {
  return state === 'complete' || state === 'pruned' || state === 'failed';
}

/**
 * Seconds until `waiting` trials and the running ones are done: the mean of known durations (each capped at three medians)
 * for every trial that waits, less what the running ones have done, shared by the workers; a single trial is never shared.
 */
function estimateSeconds(
  known: readonly number[],
  waiting: number,
  runningFor: readonly number[],
  workers: number,
): number | undefined {
  const durations = known.toSorted((a, b) => a - b);
  const median = durations[Math.floor(durations.length / 2)];
  if (median === undefined) return undefined;
  const mean = durations.reduce((sum, value) => sum + Math.min(value, 3 * median), 0) / durations.length;
  const left = runningFor.map((seconds) => Math.max(0.1 * mean, mean - seconds));
  const work = waiting * mean + left.reduce((sum, value) => sum + value, 0);
  return Math.max(work / Math.max(1, workers), waiting > 0 ? mean : 0, ...left);
}

function events(ended: readonly TrialRecord[]): readonly EventView[] {
  return ended.slice(-50).flatMap(({ number, state, reason, message }): readonly EventView[] => {
    if (state !== 'pruned' && state !== 'failed' && state !== 'interrupted') return [];
    const why = reason === undefined || reason === 'error' ? '' : ` (${reason})`;
    const words = message === undefined ? '' : `: ${plainText(message.split('\n')[0] ?? '')}`;
    return [{ number, kind: state, text: `${state}${why}${words}` }];
  });
}

/** Derives what to show from a history: a pure function of its arguments; `now` in milliseconds since 1970. */
export function studyView(history: History, session: Session, now: number): StudyView {
  const { start } = session;
  const objective = history.objectives[0] ?? start.objective;
  const search = history.trials.filter(({ purpose }) => purpose === 'search');
  const inOrder = search
    .filter(({ finishedSequence }) => finishedSequence !== undefined)
    .toSorted((a, b) => a.finishedSequence! - b.finishedSequence!);
  const finished = inOrder.filter(isFinished);
  const count = (state: TrialRecord['state']): number =>
    search.filter((trial) => trial.state === state).length;
  const active = history.trials.filter(({ state }) => state === 'running');
  const searching = active.filter(({ purpose }) => purpose === 'search');
  const [best] = rankedTrials(history);

  const elapsedSeconds = Math.max(0, (now - session.startedAt) / 1000);
  const { trials, minutes } = history.budget;
  const size = start.spaceComplete && Number.isFinite(start.spaceSize) ? start.spaceSize : undefined;
  const total = trials === undefined ? undefined : Math.min(trials, size ?? trials);
  const byTrials = total === undefined ? 0 : finished.length / Math.max(1, total);
  const byTime = minutes === undefined ? 0 : elapsedSeconds / (minutes * 60);
  const durations = (trials: readonly TrialRecord[]): readonly number[] =>
    trials.flatMap((trial) => secondsOf(trial, now) ?? []);
  const searchSeconds = (): number => {
    const waiting = Math.max(0, (total ?? 0) - finished.length - searching.length);
    const byTrial = estimateSeconds(durations(finished), waiting, durations(searching), start.workers);
    return Math.min(
      total === undefined ? Number.POSITIVE_INFINITY : (byTrial ?? Number.POSITIVE_INFINITY),
      minutes === undefined ? Number.POSITIVE_INFINITY : Math.max(0, minutes * 60 - elapsedSeconds),
    );
  };
  const repeats = history.trials.filter(({ purpose }) => purpose === 'repeat');
  const repeated = repeats.filter(isFinished);
  const repeatSeconds = (): number => {
    const again = active.filter(({ purpose }) => purpose === 'repeat');
    // Before the first repeat has ended, the search trials that are repeated say how long one takes.
    const known =
      repeated.length > 0 ? repeated : search.filter(({ number }) => again.some((t) => t.of === number));
    const waiting = Math.max(0, start.repeats - repeated.length - again.length);
    return (
      estimateSeconds(durations(known), waiting, durations(again), start.workers) ?? Number.POSITIVE_INFINITY
    );
  };
  const isRepeating = session.phase === 'repeating';
  const eta =
    session.phase === 'searching'
      ? searchSeconds()
      : isRepeating
        ? repeatSeconds()
        : Number.POSITIVE_INFINITY;

  return {
    study: start.study,
    samplerName: start.samplerName,
    schedulerName: start.schedulerName,
    seed: history.seed,
    workers: start.workers,
    metric: objective.metric,
    phase: session.phase,
    isStopping: session.isStopping,
    names: varyingNames(history),
    counts: {
      complete: count('complete'),
      pruned: count('pruned'),
      failed: count('failed'),
      interrupted: count('interrupted'),
      running: active.length,
    },
    finished: finished.length,
    ...(total === undefined ? {} : { total }),
    ...(isRepeating ? { repeats: { done: repeated.length, total: start.repeats } } : {}),
    progress: isRepeating
      ? repeated.length / Math.max(1, start.repeats)
      : Math.min(1, Math.max(byTrials, byTime)),
    elapsedSeconds,
    ...(Number.isFinite(eta) ? { etaSeconds: eta } : {}),
    running: active.map((trial) => {
      const value = scoreOf(trial, objective);
      return {
        number: trial.number,
        ...(trial.of === undefined ? {} : { of: trial.of }),
        step: trial.reports.steps.at(-1) ?? 0,
        ...(start.maxResource === undefined ? {} : { steps: start.maxResource }),
        ...(value === undefined ? {} : { value }),
        curve: curveOf(trial, objective),
        params: trial.params,
      };
    }),
    ...(best === undefined
      ? {}
      : {
          best: {
            number: best.number,
            value: best.values![0]!,
            params: best.params,
            age: finished.filter(({ finishedSequence }) => finishedSequence! > (best.finishedSequence ?? 0))
              .length,
          },
        }),
    events: events(inOrder).slice(-EVENTS_SHOWN),
  };
}
