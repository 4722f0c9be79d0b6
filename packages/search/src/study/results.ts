import type { Objective } from './events.ts';
import type { History, TrialRecord } from './history.ts';

/** An objective to make as large as possible. */
export function maximize(metric: string): Objective {
  return { metric, direction: 'maximize' };
}

/** An objective to make as small as possible. */
export function minimize(metric: string): Objective {
  return { metric, direction: 'minimize' };
}

/** Whether value `a` is strictly better than `b` for an objective; a number beats NaN. */
export function isBetter(objective: Objective, a: number, b: number): boolean {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return objective.direction === 'maximize' ? a > b : a < b;
}

/** The value of one objective of a complete trial; undefined for every other trial. */
export function objectiveOf(_history: History, trial: TrialRecord, objective = 0): number | undefined {
  return trial.state === 'complete' ? trial.values?.[objective] : undefined;
}

/**
 * The best complete trials of the search by the first objective, best first; equals in the order they were asked.
 * Repeats do not count: they measure configurations, they do not search.
 */
export function topTrials(history: History, count: number): readonly TrialRecord[] {
  const objective = history.objectives[0];
  if (!objective) return [];
  const sign = objective.direction === 'maximize' ? -1 : 1;
  return history.trials
    .filter((trial) => trial.purpose === 'search' && objectiveOf(history, trial) !== undefined)
    .sort((a, b) => sign * (a.values![0]! - b.values![0]!) || a.number - b.number)
    .slice(0, count);
}

/** The best complete trial of the search by the first objective. */
export function bestTrial(history: History): TrialRecord | undefined {
  let best: TrialRecord | undefined;
  const objective = history.objectives[0];
  for (const trial of history.trials) {
    const value = objectiveOf(history, trial);
    if (!objective || trial.purpose !== 'search' || value === undefined) continue;
    if (!best || isBetter(objective, value, best.values![0]!)) best = trial;
  }
  return best;
}
