import { LuthierError, type OptionNames, refuseUnknown } from '@luthier/core';
import type { Budget, Objective, Outcome, ReportBlock } from './events.ts';
import type { TrialEnd } from './trial-end.ts';

const OUTCOMES: readonly Outcome[] = ['complete', 'pruned', 'failed', 'interrupted'];
const END: OptionNames<TrialEnd> = {
  outcome: true,
  values: true,
  metrics: true,
  reason: true,
  message: true,
  details: true,
  params: true,
};

function refuse(code: `LU_${string}`, where: string, what: string, fix: string): never {
  throw new LuthierError(code, `${where}: ${what}`, { fix, where });
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/**
 * The end of a trial as it is recorded: complete ones with one finite number an objective; with NaN or Infinity it is failed (diverged).
 *
 * Throws LU_STUDY_OUTCOME for an outcome or a field there is not and LU_STUDY_VALUES for values that are missing, too many or not numbers.
 */
export function judgedEnd(where: string, end: TrialEnd, objectives: readonly Objective[]): TrialEnd {
  refuseUnknown('LU_STUDY_OUTCOME', `the end of ${where}`, end, END);
  const { values: given, ...rest } = end;
  if (!OUTCOMES.includes(end.outcome))
    refuse(
      'LU_STUDY_OUTCOME',
      where,
      `there is no outcome ${shown(end.outcome)}`,
      `Use one of ${OUTCOMES.join(', ')}.`,
    );
  for (const [name, value] of Object.entries(end.metrics ?? {}))
    if (typeof value !== 'number')
      refuse('LU_STUDY_VALUES', where, `${name} is ${shown(value)}, not a number`, 'Tell numbers.');
  if (end.outcome !== 'complete') return rest;
  const values: readonly unknown[] = given ?? objectives.map(({ metric }) => end.metrics?.[metric]);
  if (!Array.isArray(values))
    refuse('LU_STUDY_VALUES', where, `values is ${shown(values)}, not a list`, 'Tell a list of numbers.');
  const missing = objectives.find((_, index) => values[index] === undefined);
  const fix = 'Tell one number an objective.';
  if (missing) refuse('LU_STUDY_VALUES', where, `it is complete but has no ${missing.metric}`, fix);
  if (values.length !== objectives.length)
    refuse('LU_STUDY_VALUES', where, `${values.length} values for ${objectives.length} objectives`, fix);
  const wrong = values.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0)
    refuse(
      'LU_STUDY_VALUES',
      where,
      `${objectives[wrong]!.metric} is ${shown(values[wrong])}, not a number`,
      fix,
    );
  const numbers = values as readonly number[];
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { ...rest, values: numbers };
  const text = `${objectives[bad]!.metric} is ${numbers[bad]}`;
  return {
    ...rest,
    outcome: 'failed',
    reason: 'diverged',
    message: rest.message === undefined ? text : `${text}; ${rest.message}`,
  };
}

/** Refuses rows of metrics that are not columns of numbers of equal length. Throws LU_STUDY_REPORT. NaN and Infinity are recorded. */
export function checkReport(where: string, block: ReportBlock): void {
  const { steps, seconds, metrics } = block;
  for (const [name, column] of Object.entries({ steps, seconds, ...metrics })) {
    if (!Array.isArray(column) || column.some((value) => typeof value !== 'number'))
      refuse('LU_STUDY_REPORT', where, `${name} is not a list of numbers`, 'Report columns of numbers.');
    if (column.length !== steps.length)
      refuse(
        'LU_STUDY_REPORT',
        where,
        `${name} has ${column.length} rows, steps has ${steps.length}`,
        'Report columns of equal length.',
      );
  }
  const wrong = steps.findIndex(
    (step, row) => !Number.isFinite(step) || (row > 0 && step <= steps[row - 1]!),
  );
  if (wrong >= 0)
    refuse('LU_STUDY_REPORT', where, `step ${steps[wrong]} is out of order`, 'Report growing finite steps.');
}

/** Refuses a budget that makes no sense. Throws LU_STUDY_BUDGET. */
export function checkBudget(budget: Budget): void {
  const known: readonly (keyof Budget)[] = ['trials', 'epochs', 'minutes', 'target'];
  for (const [name, value] of Object.entries(budget) as [keyof Budget, unknown][]) {
    if (!known.includes(name))
      refuse('LU_STUDY_BUDGET', 'budget', `there is no limit '${name}'`, `Use ${known.join(', ')}.`);
    if (value === undefined) continue;
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    const isCount = name !== 'trials' || Number.isInteger(value);
    if (!isNumber || !isCount || (name !== 'target' && value < 0))
      refuse(
        'LU_STUDY_BUDGET',
        'budget',
        `${name} is ${shown(value)}`,
        name === 'trials' ? 'Give a whole number of 0 or more.' : 'Give a finite number.',
      );
  }
}
