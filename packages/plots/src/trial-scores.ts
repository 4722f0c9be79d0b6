import type { History, Objective, TrialRecord } from '@luthier/search';

/** The first objective of a study; studies without one are minimised without a metric. */
export function firstObjective(history: History): Objective {
  return history.objectives[0] ?? { metric: 'value', direction: 'minimize' };
}

/** The trials of the search itself, without repeats. */
export function searched(history: History): readonly TrialRecord[] {
  return history.trials.filter(({ purpose }) => purpose === 'search');
}

/** The final value of a trial, or the last one that it reported; NaN when there is none. */
export function scoreOf(trial: TrialRecord, objective: Objective): number {
  return trial.values?.[0] ?? trial.reports.metrics[objective.metric]?.at(-1) ?? Number.NaN;
}

/** Whether `a` is finite and better than `b`. */
export function isBetter(a: number, b: number, { direction }: Objective): boolean {
  if (!Number.isFinite(a)) return false;
  if (!Number.isFinite(b)) return true;
  return direction === 'maximize' ? a > b : a < b;
}

/** The complete search trial with the best value; the first of equal ones. */
export function bestOf(history: History): TrialRecord | undefined {
  const objective = firstObjective(history);
  let best: TrialRecord | undefined;
  for (const trial of searched(history)) {
    if (trial.state !== 'complete') continue;
    const score = scoreOf(trial, objective);
    if (isBetter(score, best === undefined ? Number.NaN : scoreOf(best, objective), objective)) best = trial;
  }
  return best;
}

/** How many trials ended how, in words. */
export function countsText(trials: readonly TrialRecord[]): string {
  const states = ['complete', 'pruned', 'failed', 'interrupted', 'running'] as const;
  const parts = states
    .map((state) => [state, trials.filter((trial) => trial.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  return `${trials.length} ${trials.length === 1 ? 'trial' : 'trials'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

/** A value in at most four decimals, for titles and labels. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'diverged';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace('e+', 'e');
  return value.toFixed(size >= 100 ? 2 : 4);
}
