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
  let seen = 0;
  let counted = 0;
  let best: number | undefined;
  const epochs = createEpochTally();

  const update = (history: History): void => {
    const { trials, objectives } = history;
    const changed = changedSince(mark, trials);
    mark = changed.mark;
    if (changed.numbers === undefined) [seen, counted, best] = [0, 0, undefined];
    for (; seen < trials.length; seen++) if (isCounted(trials[seen]!)) counted += 1;
    const objective = objectives[0];
    if (!objective) return;
    for (const number of changed.numbers ?? trials.keys()) {
      const trial = trials[number]!;
      const value = trial.state === 'complete' ? trial.values?.[0] : undefined;
      if (trial.purpose !== 'search' || value === undefined) continue;
      const held = best === undefined ? undefined : trials[best]!.values![0]!;
      // Of equals the one that was asked first.
      const isFirst = value === held && number < best!;
      if (held === undefined || isBetter(objective, value, held) || isFirst) best = number;
    }
  };

  return {
    trials: (history) => {
      update(history);
      return counted;
    },
    epochs,
    best: (history) => {
      update(history);
      return best === undefined ? undefined : history.trials[best];
    },
  };
}

function isCounted(trial: TrialRecord): boolean {
  return trial.purpose === 'search' && trial.source === undefined;
}

/** The sum of the last steps; it remembers a number a trial, and none before it is first asked. */
function createEpochTally(): Tally['epochs'] {
  let mark: Mark | undefined;
  let steps: number[] = [];
  let epochs = 0;
  return ({ trials }) => {
    const changed = changedSince(mark, trials);
    mark = changed.mark;
    if (changed.numbers === undefined) [steps, epochs] = [[], 0];
    for (const number of changed.numbers ?? trials.keys()) {
      const trial = trials[number]!;
      if (!isCounted(trial)) continue;
      const step = trial.reports.steps.at(-1) ?? 0;
      epochs += step - (steps[number] ?? 0);
      steps[number] = step;
    }
    return epochs;
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
