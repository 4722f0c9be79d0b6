import type { Json } from '@luthier/core';
import { describeParameter, type History } from '@luthier/search';
import { bestTrial, rankedTrials } from '../trial-facts.ts';
import { palette } from './colors.ts';
import { formatMetric, plural } from './format.ts';
import { pairLines, type RenderOptions, trialTable } from './report.ts';
import { truncate } from './text.ts';

/** The name of a sampler or scheduler in its specification. */
export function specName(spec: Json): string {
  if (typeof spec === 'string') return spec;
  if (typeof spec === 'object' && spec !== null && !Array.isArray(spec)) {
    const { name } = spec as { readonly name?: Json };
    if (typeof name === 'string') return name;
  }
  return 'none';
}

/** Remarks shown, the newest ones: among them every use of the test data. */
const NOTES = 5;

/** A study for people: what is searched and how, where it stands, its best trials. */
export function renderStudy(
  study: string,
  history: History,
  options: RenderOptions & { readonly now: number },
): readonly string[] {
  const c = palette(options.color);
  const search = history.trials.filter(({ purpose }) => purpose === 'search');
  const states = ['complete', 'pruned', 'failed', 'interrupted', 'running'] as const;
  const counts = states
    .map((state) => [state, search.filter((trial) => trial.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const [objective] = history.objectives;
  const { trials, minutes } = history.budget;
  const budget = [
    ...(trials === undefined ? [] : [plural(trials, 'trial')]),
    ...(minutes === undefined ? [] : [plural(minutes, 'minute')]),
  ].join(' or ');
  const lines = [
    '',
    ` ${c.strong(study)}  ${history.objectives.map(({ direction, metric }) => `${direction} ${metric}`).join(', ')}`,
    c.dim(
      ` ${specName(history.sampler)} · ${specName(history.scheduler)} · seed ${history.seed}` +
        `${budget === '' ? '' : ` · budget ${budget}`}`,
    ),
    c.dim(` ${plural(search.length, 'trial')}${counts.length === 0 ? '' : `: ${counts.join(' · ')}`}`),
    '',
    ` ${c.strong('Space')}`,
    ...pairLines(
      history.space.parameters.map(
        (parameter) => [parameter.name, describeParameter(parameter, { conditions: true })] as const,
      ),
      (text) => text,
      c.dim,
    ).map((line) => `   ${line}`),
  ];
  const top = rankedTrials(history).slice(0, 5);
  if (objective !== undefined && top.length > 0) {
    const best = bestTrial(history);
    lines.push('', ` ${c.strong('Top')}  ${c.dim(`the best ${top.length} of the search`)}`);
    const table = trialTable(top, objective, {
      ...options,
      width: options.width - 3,
      ...(best === undefined ? {} : { marked: best.trial.number }),
    });
    lines.push(...table.map((line) => `   ${line}`));
    if (best !== undefined && best.scores.length > 0) {
      lines.push(
        c.dim(`   #${best.trial.number} on other seeds: ${best.scores.map(formatMetric).join('  ')}`),
      );
    }
  }
  if (history.notes.length > 0) {
    lines.push('', ` ${c.strong('Notes')}`, ...history.notes.slice(-NOTES).map(({ text }) => `   ${text}`));
  }
  return [...lines.map((line) => truncate(line, options.width)), ''];
}
