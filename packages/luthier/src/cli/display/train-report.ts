import type { TrainReport } from '../../tune/contract.ts';
import { palette } from './colors.ts';
import { formatDuration, formatMetric } from './format.ts';
import { diagnosisTexts, endSections, pairLines, type RenderOptions } from './report.ts';
import { sparkline } from './sparkline.ts';
import { truncate, wrap } from './text.ts';
import { typescriptLiteral } from './typescript-literal.ts';

/** The end of a single training for people. */
export function renderTrainReport(report: TrainReport, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const { objective, reports } = report;
  const curve = reports.metrics[objective.metric] ?? [];
  const lines = [
    '',
    ` ${c.strong(report.file)}  ${objective.metric} ${c.strong(formatMetric(report.value))}  ` +
      c.dim(`${reports.steps.at(-1) ?? 0} epochs in ${formatDuration(report.seconds)} · seed ${report.seed}`),
    ...(curve.length > 1 ? [`   ${c.accent(sparkline(curve, 32))}`] : []),
    '',
    ` ${c.strong('Parameters')}`,
    ...typescriptLiteral('params', report.params).map((line) => `   ${c.accent(line)}`),
    '',
    ` ${c.strong('Kept weights')}`,
    ...pairLines(
      Object.entries(report.metrics).map(([name, value]) => [name, formatMetric(value)] as const),
      (text) => text,
      c.strong,
    ).map((line) => `   ${line}`),
    '',
    ` ${c.strong('Diagnosis')}  ${c.dim(report.verdict.verdict)}`,
    ...diagnosisTexts(report).flatMap((text) =>
      wrap(text, Math.max(20, Math.min(96, options.width - 3))).map((line) => `   ${line}`),
    ),
  ];
  return [
    ...lines.map((line) => truncate(line, options.width)),
    ...endSections(report.files, report.next, options),
    '',
  ];
}
