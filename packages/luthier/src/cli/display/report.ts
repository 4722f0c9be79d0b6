import type { Params } from '@luthier/core';
import type { Objective, TrialRecord } from '@luthier/search';
import type { Finalist, NextCommand, ReportFile, TuningReport } from '../../tune/contract.ts';
import { scoreOf, secondsOf } from '../trial-facts.ts';
import { type Palette, palette } from './colors.ts';
import { foldsTable } from './folds-table.ts';
import { formatCount, formatDuration, formatMetric, formatParam, formatSpread, plural } from './format.ts';
import { renderTable } from './table.ts';
import { displayWidth, pad, truncate, wrap } from './text.ts';
import { typescriptLiteral } from './typescript-literal.ts';

export interface RenderOptions {
  readonly color: boolean;
  /** Columns; Infinity leaves lines whole. */
  readonly width: number;
}

const INDENT = '   ';
const TEXT_WIDTH = 96;

interface Style extends RenderOptions {
  readonly c: Palette;
}

function section(title: string, note: string, lines: readonly string[], { c }: Style): readonly string[] {
  const heading = ` ${c.strong(title)}${note === '' ? '' : `  ${c.dim(note)}`}`;
  return ['', heading, ...lines.map((line) => (line === '' ? '' : INDENT + line))];
}

function paragraph(text: string, { width }: Style): readonly string[] {
  return wrap(text, Math.max(20, Math.min(TEXT_WIDTH, width - INDENT.length)));
}

function paramNames(sets: readonly Params[]): readonly string[] {
  return [...new Set(sets.flatMap((params) => Object.keys(params)))];
}

function paramCells(params: Params, names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const value = params[name];
    return value === undefined ? '·' : formatParam(value);
  });
}

function summary(report: TuningReport, style: Style): readonly string[] {
  const { c } = style;
  const { counts, seconds } = report;
  const total = counts.complete + counts.pruned + counts.failed + counts.interrupted;
  const outcomes = [
    `${counts.complete} complete`,
    ...(counts.pruned > 0 ? [`${counts.pruned} pruned`] : []),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.interrupted > 0 ? [`${counts.interrupted} interrupted`] : []),
  ];
  const saved =
    seconds.savedByPruning >= 1
      ? ` · pruning saved about ${formatDuration(seconds.savedByPruning)} of training`
      : '';
  return [
    ` ${c.strong(report.study)}  ${plural(total, 'trial')} of ${formatCount(report.spaceSize)} configurations in ` +
      `${formatDuration(seconds.session)} · seed ${report.seed}`,
    c.dim(` ${outcomes.join(' · ')} · training ${formatDuration(seconds.training)} in all${saved}`),
  ];
}

/** How sure it is that the first finalist is better, in words. */
export function certainty(probability: number): string {
  if (probability >= 0.95) return 'settled';
  if (probability >= 0.8) return 'likely, not settled';
  return 'not settled: either may be the better one';
}

function finalistSection(
  finalists: readonly Finalist[],
  objective: Objective,
  probability: number | undefined,
  style: Style,
): readonly string[] {
  if (finalists.length === 0) return [];
  const { c } = style;
  const names = paramNames(finalists.map(({ trial }) => trial.params));
  const isSpread = finalists.some(({ scores }) => scores.length > 1);
  const columns = [
    { title: 'trial', align: 'right' as const },
    { title: isSpread ? 'mean ± deviation' : 'score' },
    ...(isSpread ? [{ title: 'each seed' }] : []),
    ...names.map((title) => ({ title, align: 'right' as const, leftOut: 1 })),
  ];
  const rows = finalists.map(({ trial, scores, mean, deviation }, i) => {
    const value = formatSpread(mean, deviation);
    return [
      `#${trial.number}`,
      i === 0 ? c.good(value) : value,
      ...(isSpread ? [c.dim(scores.map(formatMetric).join('  '))] : []),
      ...paramCells(trial.params, names),
    ];
  });
  const [first, second] = finalists;
  const lines = [...renderTable(columns, rows, { title: c.dim, width: style.width - INDENT.length })];
  if (probability !== undefined && first !== undefined && second !== undefined) {
    lines.push(
      `#${first.trial.number} is better than #${second.trial.number} with probability ` +
        `${c.strong(probability.toFixed(2))} ${c.dim(`(${certainty(probability)})`)}`,
    );
  }
  const seeds = Math.max(...finalists.map(({ scores }) => scores.length));
  return section(
    'Finals',
    `${objective.metric} of the best ${finalists.length}, trained again on ${plural(seeds, 'seed')}`,
    lines,
    style,
  );
}

/** Trials as a table: number, value, epochs, time and parameters. */
export function trialTable(
  trials: readonly TrialRecord[],
  objective: Objective,
  options: RenderOptions & { readonly now?: number; readonly state?: boolean; readonly marked?: number },
): readonly string[] {
  const c = palette(options.color);
  const names = paramNames(trials.map(({ params }) => params));
  const columns = [
    { title: 'trial', align: 'right' as const },
    ...(options.state ? [{ title: 'state' }] : []),
    { title: objective.metric, align: 'right' as const },
    { title: 'epochs', align: 'right' as const, leftOut: 1 },
    { title: 'time', align: 'right' as const, leftOut: 2 },
    ...names.map((title) => ({ title, align: 'right' as const })),
  ];
  const tints = { complete: c.good, pruned: c.warn, failed: c.bad, interrupted: c.warn } as const;
  const rows = trials.map((trial) => {
    const value = scoreOf(trial, objective);
    const { state } = trial;
    const tint = state === 'asked' || state === 'running' ? c.accent : tints[state];
    return [
      `#${trial.number}`,
      ...(options.state ? [tint(state)] : []),
      trial.number === options.marked ? c.good(formatMetric(value)) : formatMetric(value),
      String(trial.reports.steps.at(-1) ?? '·'),
      formatDuration(secondsOf(trial, options.now ?? trial.finishedAt ?? trial.startedAt ?? 0)),
      ...paramCells(trial.params, names),
    ];
  });
  return renderTable(columns, rows, { title: c.dim, width: options.width });
}

/** The sentences of a diagnosis. */
export function diagnosisTexts({ verdict, size }: Pick<TuningReport, 'verdict' | 'size'>): readonly string[] {
  if (size === undefined) return [verdict.text];
  return [verdict.text, [size.text, ...size.advice.map(({ text }) => text)].join('; ')];
}

/** Two columns: what to read or type, and what it is. */
export function pairLines(
  pairs: readonly (readonly [string, string])[],
  tint: (text: string) => string,
  note: (text: string) => string,
): readonly string[] {
  const width = Math.max(0, ...pairs.map(([left]) => displayWidth(left)));
  return pairs.map(([left, right]) => `${tint(pad(left, width))}   ${note(right)}`.trimEnd());
}

/** The files written and the commands that usually follow. */
export function endSections(
  files: readonly ReportFile[],
  next: readonly NextCommand[],
  options: RenderOptions,
): readonly string[] {
  const style = { ...options, c: palette(options.color) };
  const { c } = style;
  const lines: string[] = [];
  if (files.length > 0) {
    const pairs = files.map(({ path, what }) => [path, what] as const);
    lines.push(
      ...section(
        'Files',
        '',
        pairLines(pairs, (text) => text, c.dim),
        style,
      ),
    );
  }
  if (next.length > 0) {
    const pairs = next.map(({ command, what }) => [command, what] as const);
    lines.push(...section('Next', '', pairLines(pairs, c.accent, c.dim), style));
  }
  return lines;
}

/** The end of a study for people, as lines no wider than `width`. Commands and code to paste are never cut. */
export function renderReport(report: TuningReport, options: RenderOptions): readonly string[] {
  const style: Style = { ...options, c: palette(options.color) };
  const { c } = style;
  const { objective, best, model, verdict, test } = report;
  const direction = objective.direction === 'maximize' ? 'higher is better' : 'lower is better';
  const lines = [
    '',
    ...summary(report, style),
    ...section(
      'Best',
      `trial #${best.number} · ${objective.metric} ${formatMetric(scoreOf(best, objective))} (${direction})`,
      typescriptLiteral('best', best.params).map((line) => c.accent(line)),
      style,
    ),
    ...(report.validation === undefined
      ? []
      : section(
          'Trainings of the winner',
          objective.metric,
          foldsTable(objective.metric, report.validation, {
            ...options,
            width: options.width - INDENT.length,
          }),
          style,
        )),
    ...finalistSection(report.finalists, objective, report.probabilityFirstBetter, style),
    ...section(
      'Top',
      `the best ${report.top.length} of the search`,
      trialTable(report.top, objective, {
        ...options,
        width: options.width - INDENT.length,
        marked: best.number,
      }),
      style,
    ),
    ...section(
      'Diagnosis',
      verdict.verdict,
      diagnosisTexts(report).flatMap((text) => paragraph(text, style)),
      style,
    ),
  ];
  if (report.edges.length > 0) {
    lines.push(
      ...section(
        'Space',
        '',
        report.edges.flatMap((edge) => paragraph(edge, style)),
        style,
      ),
    );
  }
  if (test !== undefined) {
    const { retrained } = report;
    const score = `${objective.metric} ${formatMetric(model.score)}`;
    const kept =
      retrained === undefined
        ? `the model kept: trial #${model.trial}, ${score}`
        : `trial #${model.trial}, ${score}; trained again on ${plural(retrained.samples, 'sample')}, ${plural(retrained.epochs, 'epoch')}`;
    const used =
      test.uses === 1 ? 'used once' : `used ${test.uses} times: choosing by it makes its result too good`;
    lines.push(
      ...section(
        'Test',
        `${plural(test.samples, 'sample')} that nothing was tuned on, ${used}`,
        [`${test.metric} ${c.strong(formatMetric(test.value))}  ${c.dim(`(${kept})`)}`],
        style,
      ),
    );
  }
  const cut = lines.map((line) => truncate(line, options.width));
  return [...cut, ...endSections(report.files, report.next, options), ''];
}
