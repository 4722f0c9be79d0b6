import { compareSeeds, type History, size } from '@luthier/search';
import { formatCount, formatDuration, formatMetric, formatParam } from '../display/format.ts';
import { specName } from '../display/study-detail.ts';
import { bestTrial, secondsOf } from '../trial-facts.ts';
import type { Comparison, Row } from './comparison.ts';

function studyFacts(history: History, now: number) {
  const search = history.trials.filter(({ purpose }) => purpose === 'search');
  const best = bestTrial(history);
  return {
    objective: history.objectives[0],
    sampler: specName(history.sampler),
    scheduler: specName(history.scheduler),
    seed: history.seed,
    size: size(history.space),
    trials: search.length,
    complete: search.filter(({ state }) => state === 'complete').length,
    seconds: history.trials.reduce((sum, trial) => sum + (secondsOf(trial, now) ?? 0), 0),
    best: best?.trial.number,
    value: best?.trial.values?.[0],
    scores: best?.scores ?? [],
    params: best?.trial.params ?? {},
  };
}

/** Two studies: settings, effort, best configurations; over seeds when both winners were repeated. */
export function compareStudies(
  names: readonly [string, string],
  histories: readonly [History, History],
  now: number,
): Comparison {
  const [a, b] = [studyFacts(histories[0], now), studyFacts(histories[1], now)];
  const objectiveText = ({ objective }: typeof a): string =>
    objective === undefined ? '·' : `${objective.direction} ${objective.metric}`;
  const params = [...new Set([...Object.keys(a.params), ...Object.keys(b.params)])];
  const shown = ({ params: held }: typeof a, name: string): string => {
    const value = held[name];
    return value === undefined ? '·' : formatParam(value);
  };
  const rows: readonly Row[] = [
    ['objective', objectiveText(a), objectiveText(b)],
    ['best', formatMetric(a.value), formatMetric(b.value)],
    ['other seeds', a.scores.map(formatMetric).join(' ') || '·', b.scores.map(formatMetric).join(' ') || '·'],
    ['trials', `${a.complete} of ${a.trials} complete`, `${b.complete} of ${b.trials} complete`],
    ['training', formatDuration(a.seconds), formatDuration(b.seconds)],
    ['sampler', a.sampler, b.sampler],
    ['scheduler', a.scheduler, b.scheduler],
    ['seed', String(a.seed), String(b.seed)],
    ['space', formatCount(a.size), formatCount(b.size)],
    ...params.map((name): Row => [`best ${name}`, shown(a, name), shown(b, name)]),
  ];
  const isComparable =
    a.objective?.metric === b.objective?.metric && a.objective?.direction === b.objective?.direction;
  const seeds =
    isComparable && a.scores.length > 1 && b.scores.length > 1
      ? compareSeeds(a.scores, b.scores, { direction: a.objective?.direction ?? 'minimize' })
      : undefined;
  const note = !isComparable
    ? 'the objectives differ: the values cannot be compared'
    : seeds === undefined
      ? 'without repeats on several seeds a lead may be luck'
      : `the best of ${names[0]} is better than that of ${names[1]} with probability ${seeds.probability.toFixed(2)}`;
  return {
    titles: names,
    rows,
    note,
    json: {
      a: { study: names[0], ...a },
      b: { study: names[1], ...b },
      ...(seeds === undefined ? {} : { seeds }),
    },
  };
}
