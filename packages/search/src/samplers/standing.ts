import type { Objective } from '../study/events.ts';
import type { TrialRecord } from '../study/history.ts';

/** How good an ended trial is; `compareStandings` puts them in order. */
export interface Standing {
  readonly group: 'complete' | 'stopped' | 'failed';
  /** Last step that it reported; -1 without reports, and for complete trials. */
  readonly step: number;
  /** Turned so that smaller is better; Infinity when it has none. */
  readonly value: number;
}

const FAILED: Standing = { group: 'failed', step: -1, value: Number.POSITIVE_INFINITY };
const GROUPS: Readonly<Record<Standing['group'], number>> = { complete: 0, stopped: 1, failed: 2 };

/** Whether a trial was asked for and may still end. */
export function isPending({ state }: TrialRecord): boolean {
  return state === 'asked' || state === 'running' || state === 'interrupted';
}

/**
 * Where an ended trial stands by one objective; undefined for trials that have not ended, and for lost and cancelled ones, which say
 * nothing of their configuration. A value that is not finite is a failure.
 */
export function standingOf(trial: TrialRecord, objective: Objective | undefined): Standing | undefined {
  if (isPending(trial)) return undefined;
  const sign = objective?.direction === 'maximize' ? -1 : 1;
  if (trial.state === 'complete') {
    const value = sign * (trial.values?.[0] ?? Number.NaN);
    return Number.isFinite(value) ? { group: 'complete', step: -1, value } : FAILED;
  }
  if (trial.state === 'failed') {
    return trial.reason === 'lost' || trial.reason === 'stopped' ? undefined : FAILED;
  }
  const value = sign * (trial.reports.metrics[objective?.metric ?? '']?.at(-1) ?? Number.NaN);
  return {
    group: 'stopped',
    step: trial.reports.steps.at(-1) ?? -1,
    value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value,
  };
}

/**
 * Order from best to worst: complete trials by value; then stopped ones, those that got further first, by their last value; then failures.
 */
export function compareStandings(a: Standing, b: Standing): number {
  if (a.group !== b.group) return GROUPS[a.group] - GROUPS[b.group];
  if (a.step !== b.step) return b.step - a.step;
  // Infinities: their difference would be NaN.
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
