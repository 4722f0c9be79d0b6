import type { History, Objective, TrialRecord } from '@luthier/search';

/** Values of the objective's metric in the order reported. */
export function curveOf(trial: TrialRecord, objective: Objective): readonly number[] {
  return trial.reports.metrics[objective.metric] ?? [];
}

/** The trial's value of the first objective: final when complete, else the last one reported. */
export function scoreOf(trial: TrialRecord, objective: Objective): number | undefined {
  return trial.values?.[0] ?? curveOf(trial, objective).at(-1);
}

/** Whether `a` is a better value than `b`; a value that is not finite is never better. */
export function isBetter(a: number, b: number, direction: Objective['direction']): boolean {
  if (!Number.isFinite(a)) return false;
  if (!Number.isFinite(b)) return true;
  return direction === 'maximize' ? a > b : a < b;
}

/** Complete search trials with a finite value, best first; equal ones in the order of their numbers. */
export function rankedTrials(history: History): readonly TrialRecord[] {
  const direction = history.objectives[0]?.direction ?? 'minimize';
  const sign = direction === 'maximize' ? -1 : 1;
  return history.trials
    .filter(({ purpose, state, values }) => {
      const value = values?.[0];
      return purpose === 'search' && state === 'complete' && value !== undefined && Number.isFinite(value);
    })
    .toSorted((a, b) => sign * (a.values![0]! - b.values![0]!) || a.number - b.number);
}

/** Seconds that a trial trained, all attempts together; undefined before its first start. */
export function secondsOf(trial: TrialRecord, now: number): number | undefined {
  if (trial.startedAt === undefined) return undefined;
  const reported = trial.reports.seconds.at(-1);
  // A later attempt may come days after the first: the clock times then say nothing about work.
  if (trial.attempt > 1 && reported !== undefined) return reported;
  return Math.max(0, ((trial.finishedAt ?? now) - trial.startedAt) / 1000);
}

/** Names of parameters that can differ between trials, in the order of the space. */
export function varyingNames(history: History): readonly string[] {
  return history.space.parameters
    .filter((parameter) => {
      if (parameter.kind === 'fixed') return false;
      if (parameter.kind === 'choice') return parameter.values.length > 1;
      return parameter.kind === 'boolean' || parameter.min < parameter.max;
    })
    .map(({ name }) => name);
}

/** Orders values best first; those that are not finite or missing come last. */
export function compareValues(
  a: number | undefined,
  b: number | undefined,
  direction: Objective['direction'],
): number {
  const [x, y] = [a ?? Number.NaN, b ?? Number.NaN];
  if (isBetter(x, y, direction)) return -1;
  return isBetter(y, x, direction) ? 1 : 0;
}

/** A search trial with the scores of its repeats on other seeds. */
export interface BestTrial {
  readonly trial: TrialRecord;
  readonly scores: readonly number[];
}

/**
 * The configuration that won: among those trained again, the best by the mean of its repeats; without repeats, the
 * best search trial. Undefined when no search trial has completed.
 */
export function bestTrial(history: History): BestTrial | undefined {
  const direction = history.objectives[0]?.direction ?? 'minimize';
  const ranked = rankedTrials(history).map((trial) => {
    const scores = history.trials
      .filter(({ of, state, purpose }) => purpose === 'repeat' && of === trial.number && state === 'complete')
      .flatMap(({ values }) => values?.[0] ?? []);
    return { trial, scores };
  });
  const mean = (scores: readonly number[]): number =>
    scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const most = Math.max(0, ...ranked.map(({ scores }) => scores.length));
  const repeated = ranked.filter(({ scores }) => scores.length > 0 && scores.length === most);
  const [winner] = repeated.toSorted((a, b) => compareValues(mean(a.scores), mean(b.scores), direction));
  return winner ?? ranked[0];
}
