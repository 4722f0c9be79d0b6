import type { History, TrialRecord } from '@luthier/search';
import { runsOf } from '../../tune/runs-of.ts';
import { curveOf, rankedTrials, scoreOf, secondsOf } from '../trial-facts.ts';
import { palette } from './colors.ts';
import { foldsTable } from './folds-table.ts';
import { formatDuration, formatMetric, formatParam } from './format.ts';
import { pairLines, type RenderOptions } from './report.ts';
import { sparkline } from './sparkline.ts';
import { renderTable } from './table.ts';
import { plainText, truncate, wrap } from './text.ts';

const CURVE_WIDTH = 32;

function outcome(trial: TrialRecord, now: number): string {
  const time = formatDuration(secondsOf(trial, now));
  const reason = trial.reason === undefined ? '' : ` (${trial.reason})`;
  const attempts = trial.attempt > 1 ? `, ${trial.attempt} attempts` : '';
  return `${trial.state}${reason} after ${time}${attempts}`;
}

const MODES: Readonly<Record<NonNullable<TrialRecord['why']['mode']>, string>> = {
  baseline: 'baseline',
  initial: 'learning the space',
  explore: 'exploring',
  exploit: 'exploiting',
  enumerate: 'one by one',
  random: 'at random',
};

/** What the model expected of a trial, and how far off that was; undefined without a prediction. */
function expectation({ predicted }: TrialRecord['why'], metric: string, ended?: number): string | undefined {
  if (predicted === undefined) return undefined;
  const { mean, deviation } = predicted;
  const expected = `expected ${metric} ${formatMetric(mean)} ± ${formatMetric(deviation)}`;
  if (ended === undefined || !Number.isFinite(ended)) return expected;
  const off = Math.abs(ended - mean) / deviation;
  const distance = Number.isFinite(off) ? `, ${off.toFixed(1)} deviations off` : '';
  return `${expected}, became ${formatMetric(ended)}${distance}`;
}

/** The reason of a suggestion, and the trials that it rests on. */
function whyInWords({ text, neighbours = [] }: TrialRecord['why']): string {
  return neighbours.length === 0
    ? text
    : `${text} (learned most from ${neighbours.map((n) => `#${n}`).join(', ')})`;
}

/** One trial for people: how it ended, why it was tried, its parameters beside the best, curves and numbers. */
export function renderTrial(
  history: History,
  trial: TrialRecord,
  options: RenderOptions & { readonly now: number },
): readonly string[] {
  const c = palette(options.color);
  const objective = history.objectives[0]!;
  const [best] = rankedTrials(history);
  const isBest = best?.number === trial.number;
  const value = scoreOf(trial, objective);
  const { why } = trial;
  const lines = [
    '',
    ` ${c.strong(`Trial #${trial.number}`)}  ${objective.metric} ${c.strong(formatMetric(value))}` +
      `${isBest ? c.good('  best of the study') : ''}${trial.of === undefined ? '' : `  repeats #${trial.of}`}`,
    c.dim(` ${outcome(trial, options.now)} · seed ${trial.seed}`),
  ];
  if (trial.message !== undefined) {
    lines.push(...wrap(plainText(trial.message.replaceAll('\n', ' ')), 96).map((line) => ` ${c.warn(line)}`));
  }
  const mode = why.mode === undefined ? '' : ` · ${MODES[why.mode]}`;
  lines.push('', ` ${c.strong('Why')}  ${c.dim(`${why.sampler}${mode}`)}`);
  lines.push(
    ...wrap(whyInWords(why), Math.max(20, Math.min(96, options.width - 3))).map((line) => `   ${line}`),
  );

  const ended = trial.state === 'complete' ? value : undefined;
  const expected = expectation(why, objective.metric, ended);
  if (expected !== undefined) lines.push(`   ${expected}`);

  const compared = best === undefined || isBest ? undefined : best;
  const names = [...new Set([...Object.keys(trial.params), ...Object.keys(compared?.params ?? {})])];
  const cell = (params: TrialRecord['params'], name: string): string => {
    const held = params[name];
    return held === undefined ? '·' : formatParam(held);
  };
  const rows = names.map((name) => {
    const own = cell(trial.params, name);
    if (compared === undefined) return [name, own];
    const other = cell(compared.params, name);
    return [name, own, own === other ? c.dim('same') : c.warn(other)];
  });
  lines.push('', ` ${c.strong('Parameters')}`);
  const columns = [
    { title: 'name' },
    { title: `#${trial.number}`, align: 'right' as const },
    ...(compared === undefined ? [] : [{ title: `best #${compared.number}`, align: 'right' as const }]),
  ];
  lines.push(...renderTable(columns, rows, { title: c.dim }).map((line) => `   ${line}`));

  const curves = Object.entries(trial.reports.metrics).filter(([, values]) => values.length > 0);
  if (curves.length > 0) {
    const steps = trial.reports.steps.at(-1) ?? 0;
    lines.push('', ` ${c.strong('Curves')}  ${c.dim(`${steps} epochs, first to last`)}`);
    const own = curves.toSorted(
      ([a], [b]) => Number(b === objective.metric) - Number(a === objective.metric),
    );
    const cells = own.map(([name, values]) => [
      name,
      c.accent(sparkline(values, CURVE_WIDTH)),
      formatMetric(values[0]),
      formatMetric(values.at(-1)),
    ]);
    const titles = [
      { title: 'metric' },
      { title: 'curve' },
      { title: 'first', align: 'right' as const },
      { title: 'last', align: 'right' as const },
    ];
    lines.push(...renderTable(titles, cells, { title: c.dim }).map((line) => `   ${line}`));
  }
  const runs = runsOf(trial);
  if (runs !== undefined) {
    lines.push('', ` ${c.strong('Trainings')}  ${c.dim('its value is their mean')}`);
    const table = foldsTable(objective.metric, runs, { ...options, width: options.width - 3 });
    lines.push(...table.map((line) => `   ${line}`));
  }
  if (trial.metrics !== undefined) {
    lines.push('', ` ${c.strong('Kept weights')}`);
    const pairs = Object.entries(trial.metrics).map(([name, held]) => [name, formatMetric(held)] as const);
    lines.push(...pairLines(pairs, (text) => text, c.strong).map((line) => `   ${line}`));
  }
  if (compared !== undefined && value !== undefined && Number.isFinite(value)) {
    const distance =
      curveOf(compared, objective).length === 0 && compared.values === undefined
        ? undefined
        : value - (scoreOf(compared, objective) ?? Number.NaN);
    if (distance !== undefined) {
      const sign = distance < 0 ? '−' : '+';
      lines.push(
        '',
        c.dim(` ${sign}${formatMetric(Math.abs(distance))} against the best, #${compared.number}`),
      );
    }
  }
  return [...lines.map((line) => truncate(line, options.width)), ''];
}
