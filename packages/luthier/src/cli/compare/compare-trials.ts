import { compareSeeds, type History, type TrialRecord } from '@luthier/search';
import { diagnoseTrial } from '../../tune/diagnose-trial.ts';
import { formatDuration, formatMetric, formatParam } from '../display/format.ts';
import { scoreOf } from '../trial-facts.ts';
import type { Comparison, Row } from './comparison.ts';

function scoresOf(history: History, trial: TrialRecord): readonly number[] {
  const configuration = trial.of ?? trial.number;
  return history.trials
    .filter(({ of, state }) => of === configuration && state === 'complete')
    .flatMap(({ values }) => values?.[0] ?? []);
}

/** Two trials of a study: the parameters that differ, results, verdicts; over seeds when both were repeated. */
export function compareTrials(study: string, history: History, a: TrialRecord, b: TrialRecord): Comparison {
  const objective = history.objectives[0]!;
  const params = [...new Set([...Object.keys(a.params), ...Object.keys(b.params)])]
    .filter((name) => a.params[name] !== b.params[name])
    .map((name) => ({ name, a: a.params[name], b: b.params[name] }));
  const metrics = [...new Set([...Object.keys(a.metrics ?? {}), ...Object.keys(b.metrics ?? {})])]
    .filter((name) => name !== objective.metric)
    .map((name) => ({ name, a: a.metrics?.[name], b: b.metrics?.[name] }));
  const [verdictA, verdictB] = [diagnoseTrial(a), diagnoseTrial(b)];
  const [scoresA, scoresB] = [scoresOf(history, a), scoresOf(history, b)];
  const isSame = (a.of ?? a.number) === (b.of ?? b.number);
  const seeds =
    !isSame && scoresA.length > 1 && scoresB.length > 1
      ? compareSeeds(scoresA, scoresB, { direction: objective.direction })
      : undefined;
  const text = (trial: TrialRecord): string => formatMetric(scoreOf(trial, objective));
  const side = (trial: TrialRecord, verdict: typeof verdictA, scores: readonly number[]) => ({
    trial: trial.number,
    state: trial.state,
    value: scoreOf(trial, objective),
    seconds: trial.reports.seconds.at(-1),
    scores,
    verdict,
  });
  const shown = (value: (typeof params)[number]['a']): string =>
    value === undefined ? '·' : formatParam(value);
  const rows: readonly Row[] = [
    ['state', a.state, b.state],
    [objective.metric, text(a), text(b)],
    ...(scoresA.length + scoresB.length === 0
      ? []
      : [['other seeds', scoresA.map(formatMetric).join(' '), scoresB.map(formatMetric).join(' ')] as const]),
    ...params.map(({ name, a: x, b: y }): Row => [name, shown(x), shown(y)]),
    ...metrics.map(({ name, a: x, b: y }): Row => [name, formatMetric(x), formatMetric(y)]),
    ['epochs', String(a.reports.steps.at(-1) ?? '·'), String(b.reports.steps.at(-1) ?? '·')],
    ['training', formatDuration(a.reports.seconds.at(-1)), formatDuration(b.reports.seconds.at(-1))],
    ['verdict', verdictA.verdict, verdictB.verdict],
  ];
  const note =
    seeds === undefined
      ? isSame || params.length === 0
        ? 'the same configuration on other seeds'
        : 'without repeats of both on several seeds a lead may be luck'
      : `#${a.number} is better than #${b.number} with probability ${seeds.probability.toFixed(2)}`;
  return {
    titles: [`#${a.number}`, `#${b.number}`],
    rows,
    note,
    json: {
      study,
      objective,
      a: side(a, verdictA, scoresA),
      b: side(b, verdictB, scoresB),
      params,
      metrics,
      ...(seeds === undefined ? {} : { seeds }),
    },
  };
}
