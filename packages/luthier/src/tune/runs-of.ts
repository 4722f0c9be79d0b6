import type { TrialRecord } from '@luthier/search';
import type { RunsSummary } from './train-runs.ts';

/** Every training of a trial that made several. */
export function runsOf({ details }: Pick<TrialRecord, 'details'>): RunsSummary | undefined {
  const found = details as Partial<RunsSummary> | null | undefined;
  const { runs, spread, interval } = found ?? {};
  if (runs === undefined || spread === undefined || interval === undefined) return undefined;
  return { spread, interval, runs };
}
