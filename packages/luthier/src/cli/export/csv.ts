import type { ParamValue } from '@luthier/core';
import type { History, TrialRecord } from '@luthier/search';

type Cell = ParamValue | undefined;

/** A field as RFC 4180 asks: quoted when it holds a comma, a quote or a line break; numbers with all their digits. */
function field(value: Cell): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function unique(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}

function paramNames(history: History): readonly string[] {
  const known = history.space.parameters.map(({ name }) => name);
  return unique([known, ...history.trials.map(({ params }) => Object.keys(params))]);
}

/**
 * Trials as a CSV table (RFC 4180), one row each: number, state, objectives, parameters (`params.NAME`, empty when inactive),
 * metrics of the kept weights (`metrics.NAME`), and how the trial went. NaN and Infinity are written as such.
 */
export function trialsCsv(history: History): string {
  const params = paramNames(history);
  const metrics = unique(history.trials.map((trial) => Object.keys(trial.metrics ?? {})));
  const objectives = history.objectives.map(({ metric }) => metric);
  const header = [
    ...['trial', 'state', 'purpose', 'of', 'seed', 'attempt'],
    ...objectives,
    ...params.map((name) => `params.${name}`),
    ...metrics.map((name) => `metrics.${name}`),
    ...['steps', 'seconds', 'reason', 'message', 'why'],
  ];
  const row = (trial: TrialRecord): readonly Cell[] => [
    trial.number,
    trial.state,
    trial.purpose,
    trial.of,
    trial.seed,
    trial.attempt,
    ...objectives.map((_, i) => trial.values?.[i]),
    ...params.map((name) => trial.params[name]),
    ...metrics.map((name) => trial.metrics?.[name]),
    trial.reports.steps.at(-1),
    trial.reports.seconds.at(-1),
    trial.reason,
    trial.message,
    trial.why.text,
  ];
  return csv(header, history.trials.map(row));
}

/** Reports of all trials as a CSV table (RFC 4180): one row a trial and step, one column a metric. */
export function curvesCsv(history: History): string {
  const metrics = unique(history.trials.map(({ reports }) => Object.keys(reports.metrics)));
  const rows = history.trials.flatMap(({ number, reports }) =>
    reports.steps.map((step, i) => [
      number,
      step,
      reports.seconds[i],
      ...metrics.map((name) => reports.metrics[name]?.[i]),
    ]),
  );
  return csv(['trial', 'step', 'seconds', ...metrics], rows);
}
