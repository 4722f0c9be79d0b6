import type { History, TrialRecord } from '@luthier/search';
import { rankedTrials, scoreOf, secondsOf, varyingNames } from '../trial-facts.ts';
import { formatDuration, formatMetric, formatParams, plural } from './format.ts';
import type { StudyView } from './study-view.ts';
import { plainText } from './text.ts';

/** One line about a trial that ended: number, outcome, value, time, parameters, reason. */
export function trialLine(history: History, trial: TrialRecord, now: number): string {
  const objective = history.objectives[0];
  const value = objective === undefined ? undefined : scoreOf(trial, objective);
  const isBest = rankedTrials(history)[0]?.number === trial.number;
  const reason = trial.message ?? trial.reason;
  const parts = [
    `#${trial.number}${trial.of === undefined ? '' : ` (again #${trial.of})`} ${trial.state}`,
    objective === undefined || value === undefined
      ? ''
      : `${objective.metric} ${formatMetric(value)}${isBest ? ' (best)' : ''}`,
    formatDuration(secondsOf(trial, now)),
    formatParams(trial.params, varyingNames(history)),
    trial.state === 'complete' || reason === undefined ? '' : plainText(reason.split('\n')[0] ?? ''),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** One line about the whole study. */
export function statusLine(view: StudyView): string {
  const { counts, best } = view;
  return [
    view.total === undefined ? plural(view.finished, 'trial') : `${view.finished}/${view.total}`,
    `ok ${counts.complete}`,
    `pruned ${counts.pruned}`,
    `failed ${counts.failed}`,
    `running ${counts.running}`,
    formatDuration(view.elapsedSeconds),
    `eta ${formatDuration(view.etaSeconds)}`,
    ...(best === undefined ? [] : [`best #${best.number} ${view.metric} ${formatMetric(best.value)}`]),
  ].join(' · ');
}
