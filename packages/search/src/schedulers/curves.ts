import { type Json, LuthierError, quantile } from '@luthier/core';
import type { Objective } from '../study/events.ts';
import type { TrialRecord } from '../study/history.ts';
import { isBetter } from '../study/results.ts';

/** Number of reports of a trial up to and with a step. */
function rowsUpTo(trial: TrialRecord, step: number): number {
  const { steps } = trial.reports;
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Value of the objective at the first report at or after a step; undefined when the trial has not got there. */
export function valueAtStep(trial: TrialRecord, objective: Objective, step: number): number | undefined {
  const { steps, metrics } = trial.reports;
  const row = steps.findIndex((at) => at >= step);
  return row < 0 ? undefined : (metrics[objective.metric]?.[row] ?? Number.NaN);
}

/** Best value of the objective in the reports up to a step; NaN when all are NaN, undefined without a report. */
export function bestUpTo(trial: TrialRecord, objective: Objective, step: number): number | undefined {
  const rows = rowsUpTo(trial, step);
  if (rows === 0) return undefined;
  const column = trial.reports.metrics[objective.metric];
  let best = Number.NaN;
  for (let row = 0; row < rows; row++) {
    const value = column?.[row] ?? Number.NaN;
    if (isBetter(objective, value, best)) best = value;
  }
  return best;
}

/** Median of the numbers that are not NaN; NaN when there are none. */
export function medianOfNumbers(values: readonly number[]): number {
  return quantile(
    values.filter((value) => !Number.isNaN(value)),
    0.5,
  );
}

/** A number for people: four significant digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** A whole-number option of a scheduler; throws LU_SCHEDULER_OPTION below its least value. */
export function countOption(scheduler: string, option: string, value: Json, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw new LuthierError(
    'LU_SCHEDULER_OPTION',
    `${scheduler}: ${option} is ${JSON.stringify(value)}, not a whole number of ${least} or more`,
    { fix: `Give ${option} a whole number of at least ${least}.`, where: 'scheduler' },
  );
}
