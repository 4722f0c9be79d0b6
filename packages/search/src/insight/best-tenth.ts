import type { TrialRecord } from '../study/history.ts';

/**
 * The best tenth of ranked complete trials, at least 5, and equals of the last of them: to take only those that were asked first would show
 * the habits of that time.
 */
export function bestTenth(ranked: readonly TrialRecord[]): readonly TrialRecord[] {
  const last = ranked[Math.max(5, Math.ceil(0.1 * ranked.length)) - 1]?.values?.[0];
  return ranked.slice(0, ranked.findLastIndex(({ values }) => values?.[0] === last) + 1);
}
