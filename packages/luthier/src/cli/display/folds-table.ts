import type { RunsSummary } from '../../tune/train-runs.ts';
import { palette } from './colors.ts';
import { formatMetric, formatSpread } from './format.ts';
import type { RenderOptions } from './report.ts';
import { renderTable } from './table.ts';

/** Every training of a configuration, a line each, then mean, spread and interval of the objective. */
export function foldsTable(metric: string, summary: RunsSummary, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const { runs, spread, interval } = summary;
  const hasFolds = runs.some(({ fold }) => fold !== undefined);
  const hasSeeds = runs.some(({ repeat }) => repeat > 0);
  const others = Object.keys(runs[0]?.metrics ?? {}).filter(
    (name) => name !== metric && name.startsWith('val'),
  );
  const right = { align: 'right' as const };
  const columns = [
    ...(hasFolds ? [{ title: 'fold', ...right }] : []),
    ...(hasSeeds ? [{ title: 'seed', ...right, leftOut: 1 }] : []),
    { title: 'train', ...right, leftOut: 2 },
    { title: 'held out', ...right, leftOut: 3 },
    { title: metric, ...right },
    ...others.map((title) => ({ title, ...right, leftOut: 4 })),
    { title: 'epochs', ...right, leftOut: 1 },
  ];
  const rows = runs.map((run) => [
    ...(hasFolds ? [String((run.fold ?? 0) + 1)] : []),
    ...(hasSeeds ? [String(run.seed)] : []),
    String(run.trainCount),
    String(run.validationCount),
    formatMetric(run.value),
    ...others.map((name) => formatMetric(run.metrics[name])),
    String(run.epochs),
  ]);
  const mean = runs.reduce((sum, { value }) => sum + value, 0) / runs.length;
  const [low, high] = interval.map(formatMetric);
  return [
    ...renderTable(columns, rows, { title: c.dim, width: options.width }),
    `mean ± spread  ${c.good(formatSpread(mean, spread))}  ${c.dim(`95 % interval of the mean ${low} to ${high}`)}`,
  ];
}
