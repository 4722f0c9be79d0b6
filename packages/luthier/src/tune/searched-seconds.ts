import type { History } from '@luthier/search';

/** Seconds of searching that a log accounts for: the training time of the search trials, shared by `workers`. */
export function searchedSeconds(history: History, workers: number): number {
  const training = history.trials
    .filter((trial) => trial.purpose === 'search')
    .reduce((sum, trial) => sum + (trial.reports.seconds.at(-1) ?? 0), 0);
  return training / workers;
}
