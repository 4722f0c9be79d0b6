import { changedSince, type Mark } from './changes.ts';
import type { Budget } from './events.ts';
import type { History, TrialRecord } from './history.ts';
import { isBetter } from './results.ts';

/** What a study has used and reached so far, kept up to date trial by trial. */
export interface Tally {
  /** Trials of the search; those from elsewhere are not counted. */
  trials(history: History): number;
  /** Sum of the last reported steps of those trials. */
  epochs(history: History): number;
  /** The best complete trial of the search by the first objective. */
  best(history: History): TrialRecord | undefined;
}

/** A tally of a live history. */
export function createTally(): Tally {
  let mark: Mark | undefined;
  let counted = 0;
  let steps: number[] = [];
  let epochs = 0;
  let best: number | undefined;

  const update = (history: History): void => {
    const { trials, objectives } = history;
    const changed = changedSince(mark, trials);
    mark = changed.mark;
    if (changed.numbers === undefined) {
      [counted, steps, epochs, best] = [0, [], 0, undefined];
    }
    const numbers = changed.numbers ?? trials.keys();
    for (const number of numbers) {
      const trial = trials[number]!;
      if (trial.purpose !== 'search') continue;
      const value = trial.state === 'complete' ? trial.values?.[0] : undefined;
      const held = best === undefined ? undefined : trials[best]!.values![0]!;
      const objective = objectives[0];
      if (value !== undefined && objective && (held === undefined || isBetter(objective, value, held)))
        best = number;
      // Equals stand in the order they were asked.
      else if (value !== undefined && value === held && number < best!) best = number;
      if (trial.source !== undefined) continue;
      if (steps[number] === undefined) counted += 1;
      const step = trial.reports.steps.at(-1) ?? 0;
      epochs += step - (steps[number] ?? 0);
      steps[number] = step;
    }
  };

  return {
    trials: (history) => {
      update(history);
      return counted;
    },
    epochs: (history) => {
      update(history);
      return epochs;
    },
    best: (history) => {
      update(history);
      return best === undefined ? undefined : history.trials[best];
    },
  };
}

/** Why a budget allows no further trial, for people; undefined while it does. `minutes` have passed. */
export function budgetReached(
  budget: Budget,
  history: History,
  tally: Tally,
  minutes: number,
): string | undefined {
  if (budget.trials !== undefined && tally.trials(history) >= budget.trials)
    return `all ${budget.trials} trials of the budget were asked for`;
  if (budget.minutes !== undefined && minutes >= budget.minutes)
    return `the ${budget.minutes} minutes of the budget are over`;
  if (budget.epochs !== undefined) {
    const used = tally.epochs(history);
    if (used >= budget.epochs) return `${used} epochs were run, the budget is ${budget.epochs}`;
  }
  const objective = history.objectives[0];
  if (budget.target === undefined || !objective) return undefined;
  const best = tally.best(history);
  const value = best?.values?.[0];
  if (value === undefined || isBetter(objective, budget.target, value)) return undefined;
  return `trial ${best!.number} reached the target ${budget.target}: ${objective.metric} ${value}`;
}
