import type { CvReport } from '../../tune/contract.ts';
import { palette } from './colors.ts';
import { foldsTable } from './folds-table.ts';
import { formatDuration, formatSpread, plural } from './format.ts';
import { diagnosisTexts, endSections, type RenderOptions } from './report.ts';
import { truncate, wrap } from './text.ts';
import { typescriptLiteral } from './typescript-literal.ts';

/** The end of a cross-validation for people. */
export function renderCvReport(report: CvReport, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const { objective, folds, repeats, spread, value } = report;
  const seeds = repeats === 1 ? '' : `, ${plural(repeats, 'seed')} each`;
  const lines = [
    '',
    ` ${c.strong(report.file)}  ${objective.metric} ${c.strong(formatSpread(value, spread))}  ` +
      c.dim(`${plural(folds, 'fold')}${seeds} in ${formatDuration(report.seconds)} · seed ${report.seed}`),
    '',
    ` ${c.strong('Parameters')}`,
    ...typescriptLiteral('params', report.params).map((line) => `   ${c.accent(line)}`),
    '',
    ` ${c.strong('Folds')}`,
    ...foldsTable(objective.metric, report, { ...options, width: options.width - 3 }).map(
      (line) => `   ${line}`,
    ),
    '',
    ` ${c.strong('Diagnosis')}  ${c.dim(report.verdict.verdict)}`,
    ...diagnosisTexts(report).flatMap((text) =>
      wrap(text, Math.max(20, Math.min(96, options.width - 3))).map((line) => `   ${line}`),
    ),
  ];
  return [
    ...lines.map((line) => truncate(line, options.width)),
    ...endSections([], report.next, options),
    '',
  ];
}
