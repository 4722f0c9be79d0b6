import { LuthierError, type OptionNames, refuseUnknown } from '@luthier/core';
import type { Objective } from '../study/events.ts';
import type { History, TrialRecord } from '../study/history.ts';
import { isBetter } from '../study/results.ts';
import type { Scheduler } from './contract.ts';
import { bestUpTo, countOption, shortNumber, valueAtStep } from './curves.ts';
import type { SchedulerSpec } from './registry.ts';

export interface AshaOptions {
  /** One of eta trials goes on at every rung; default 3. */
  readonly eta?: number;
  /** Step of the first rung; default 1. */
  readonly minResource?: number;
  /** Steps of a full trial; there is no rung at or above it. Default: rungs without end. */
  readonly maxResource?: number;
  /** What trials are ranked by: the best value up to the rung (default) or the value at the rung. */
  readonly rank?: 'best' | 'last';
}

/** Values of all trials at one rung, and the records they were read from. */
interface RungTable {
  readonly records: TrialRecord[];
  readonly values: (number | undefined)[];
}

/** Steps minResource * eta^k below `limit`, by integer multiplication. */
export function rungs(minResource: number, eta: number, limit: number): readonly number[] {
  const steps: number[] = [];
  for (let step = minResource; step < limit; step *= eta) steps.push(step);
  return steps;
}

const OPTIONS: OptionNames<AshaOptions> = { eta: true, minResource: true, maxResource: true, rank: true };

/**
 * Asynchronous successive halving, stopping variant: at the rungs minResource * eta^k a trial goes on when it is in the best
 * 1/eta of all that got there, itself included.
 *
 * Defaults: eta 3, minResource 1, ranked by the best value so far. The first eta trials at a rung go on; a decision needs
 * eta + 1. NaN at a rung stops the trial; ties go on.
 * Reference: Li et al. 2020, "A system for massively parallel hyperparameter tuning", section 3.
 *
 * @example
 * asha({ eta: 3, minResource: 1, maxResource: 27 }) // rungs 1, 3, 9
 */
export function asha(options: AshaOptions = {}): Scheduler {
  refuseUnknown('LU_SCHEDULER_OPTION', 'asha', options, OPTIONS);
  const eta = countOption('asha', 'eta', options.eta ?? 3, 2);
  const minResource = countOption('asha', 'minResource', options.minResource ?? 1, 1);
  const { maxResource, rank = 'best' } = options;
  if (maxResource !== undefined) countOption('asha', 'maxResource', maxResource, minResource);
  if (rank !== 'best' && rank !== 'last')
    throw new LuthierError('LU_SCHEDULER_OPTION', `asha: rank is ${JSON.stringify(rank)}`, {
      fix: "Use 'best' or 'last'.",
      where: 'scheduler',
    });
  const atRung = (trial: TrialRecord, objective: Objective, rung: number): number | undefined => {
    const value = trial.purpose === 'search' ? valueAtStep(trial, objective, rung) : undefined;
    if (value === undefined || Number.isNaN(value) || rank === 'last') return value;
    return bestUpTo(trial, objective, trial.reports.steps.find((step) => step >= rung)!);
  };
  // Records never change, so a value holds as long as its record is the same object.
  const tables = new Map<string, RungTable>();
  const valuesAt = (history: History, objective: Objective, rung: number): RungTable['values'] => {
    const key = `${rung} ${objective.direction} ${objective.metric}`;
    const table = tables.get(key) ?? { records: [], values: [] };
    tables.set(key, table);
    const { records, values } = table;
    const { trials } = history;
    for (let index = 0; index < trials.length; index++) {
      const trial = trials[index]!;
      if (records[index] === trial) continue;
      records[index] = trial;
      values[index] = atRung(trial, objective, rung);
    }
    records.length = trials.length;
    values.length = trials.length;
    return values;
  };
  return {
    name: 'asha',
    spec: { name: 'asha', eta, minResource, ...(maxResource === undefined ? {} : { maxResource }), rank },
    decide: (history, number) => {
      const trial = history.trials[number]!;
      const objective = history.objectives[0]!;
      if (trial.purpose !== 'search') return { action: 'continue', text: 'repeats are not stopped' };
      const { steps } = trial.reports;
      const now = steps.at(-1) ?? 0;
      const before = steps.at(-2) ?? 0;
      const limit = Math.min(maxResource ?? Number.POSITIVE_INFINITY, now + 1);
      const rung = rungs(minResource, eta, limit).at(-1);
      if (rung === undefined || before >= rung) return { action: 'continue', text: 'between two rungs' };
      const values = valuesAt(history, objective, rung);
      const own = values[number];
      if (own === undefined || Number.isNaN(own))
        return { action: 'stop', text: `${objective.metric} is NaN at the rung of step ${rung}` };
      let entries = 0;
      let better = 0;
      for (const value of values) {
        if (value === undefined) continue;
        entries += 1;
        if (isBetter(objective, value, own)) better += 1;
      }
      const where = `at the rung of step ${rung} (${objective.metric} ${shortNumber(own)})`;
      if (entries <= eta) return { action: 'continue', text: `one of the first ${entries} ${where}` };
      const kept = Math.floor(entries / eta);
      const text = `rank ${better + 1} of ${entries} ${where}, the best ${kept} go on`;
      return better < kept ? { action: 'continue', text } : { action: 'stop', text };
    },
  };
}

/** Makes ASHA from its specification. */
export function parseAsha({ name: _name, ...options }: SchedulerSpec): Scheduler {
  return asha(options as AshaOptions);
}
