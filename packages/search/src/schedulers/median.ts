import { type OptionNames, refuseUnknown } from '@luthier/core';
import { isBetter } from '../study/results.ts';
import type { Scheduler } from './contract.ts';
import { bestUpTo, countOption, medianOfNumbers, shortNumber } from './curves.ts';
import type { SchedulerSpec } from './registry.ts';

export interface MedianOptions {
  /** Complete trials needed before any trial is stopped; default 5. */
  readonly startupTrials?: number;
  /** Steps (epochs) during which no trial is stopped; default 0. */
  readonly warmup?: number;
}

const OPTIONS: OptionNames<MedianOptions> = { startupTrials: true, warmup: true };

/**
 * The median rule: stops a trial whose best value so far is worse than the median of what complete trials had at the same
 * step.
 *
 * Defaults: 5 start-up trials, 0 warm-up steps, as Optuna has them. NaN is worst. Complete trials that ended before the step do
 * not count.
 * Reference: Golovin et al. 2017, section 3.2.1.
 *
 * @example
 * median({ startupTrials: 5 })
 */
export function median(options: MedianOptions = {}): Scheduler {
  refuseUnknown('LU_SCHEDULER_OPTION', 'median', options, OPTIONS);
  const startupTrials = countOption('median', 'startupTrials', options.startupTrials ?? 5, 1);
  const warmup = countOption('median', 'warmup', options.warmup ?? 0, 0);
  return {
    name: 'median',
    spec: { name: 'median', startupTrials, warmup },
    decide: (history, number) => {
      const trial = history.trials[number]!;
      const objective = history.objectives[0]!;
      const step = trial.reports.steps.at(-1);
      if (step === undefined || step <= warmup) return { action: 'continue', text: 'warming up' };
      const complete = history.trials.filter(
        (other) => other.state === 'complete' && other.purpose === 'search' && other.number !== number,
      );
      if (complete.length < startupTrials)
        return {
          action: 'continue',
          text: `${complete.length} of ${startupTrials} complete trials to compare with`,
        };
      const peers = complete
        .filter((other) => other.reports.steps.at(-1)! >= step)
        .map((other) => bestUpTo(other, objective, step) ?? Number.NaN);
      if (peers.length === 0) return { action: 'continue', text: `no complete trial reached step ${step}` };
      const middle = medianOfNumbers(peers);
      const own = bestUpTo(trial, objective, step) ?? Number.NaN;
      const numbers = `${objective.metric} ${shortNumber(own)} against a median of ${shortNumber(middle)} at step ${step}`;
      return isBetter(objective, middle, own)
        ? { action: 'stop', text: `below the median: ${numbers}` }
        : { action: 'continue', text: numbers };
    },
  };
}

/** Makes the median rule from its specification. */
export function parseMedian({ name: _name, ...options }: SchedulerSpec): Scheduler {
  return median(options as MedianOptions);
}
