import type { ReportBlock } from '@luthier/search';
import { formatDuration, formatMetric } from './format.ts';

/** What epochs measured, a line each: losses and accuracies, and the time so far. */
export function epochLines(
  { steps, seconds, metrics }: ReportBlock,
  epochs: number | undefined,
): readonly string[] {
  return steps.map((step, i) => {
    const numbers = Object.entries(metrics)
      .filter(([name]) => /loss$|accuracy$/i.test(name))
      .map(([name, values]) => `${name} ${formatMetric(values[i])}`);
    const of = epochs === undefined ? '' : `/${epochs}`;
    return `epoch ${step}${of}  ${numbers.join('  ')}  ${formatDuration(seconds[i])}`;
  });
}
