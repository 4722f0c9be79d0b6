import { mean, randomKey, standardDeviation } from '@luthier/core';
import { canonicalKey, type History, type TrialRecord, topTrials } from '@luthier/search';
import type { Finalist } from './contract.ts';

/** A repeat that is still to be asked: the configuration of trial `of` with another seed. */
export interface MissingRepeat {
  readonly of: number;
  readonly seed: number;
}

/** Seed number `index` on which the finalists of a study are trained; the same for all of them. */
export function repeatSeed(studySeed: number, index: number): number {
  return randomKey(studySeed, 'repeat', index).k0;
}

/** The best search trials with different configurations, best first. */
export function chooseFinalists(history: History, count: number): readonly TrialRecord[] {
  const seen = new Set<string>();
  const chosen: TrialRecord[] = [];
  for (const trial of topTrials(history, Number.POSITIVE_INFINITY)) {
    if (chosen.length === count) break;
    const key = canonicalKey(history.space, trial.params);
    if (seen.has(key)) continue;
    seen.add(key);
    chosen.push(trial);
  }
  return chosen;
}

/** The repeats that the finalists lack; a failed one counts as made. */
export function missingRepeats(
  history: History,
  finalists: readonly TrialRecord[],
  seeds: number,
): readonly MissingRepeat[] {
  return Array.from({ length: seeds }, (_, index) => repeatSeed(history.seed, index)).flatMap((seed) =>
    finalists
      .filter(
        (finalist) => !history.trials.some((trial) => trial.of === finalist.number && trial.seed === seed),
      )
      .map((finalist) => ({ of: finalist.number, seed })),
  );
}

/** Mean and spread of every finalist over its repeats, best mean first. */
export function judgeFinalists(history: History, finalists: readonly TrialRecord[]): readonly Finalist[] {
  const sign = history.objectives[0]?.direction === 'minimize' ? 1 : -1;
  return finalists
    .map((trial) => {
      const scores = history.trials
        .filter((repeat) => repeat.of === trial.number && repeat.state === 'complete')
        .map((repeat) => repeat.values?.[0])
        .filter((score) => score !== undefined);
      return { trial, scores, mean: mean(scores), deviation: standardDeviation(scores) };
    })
    .filter((finalist) => finalist.scores.length > 0)
    .sort((a, b) => sign * (a.mean - b.mean));
}
