import { findCard } from '@luthier/core';
import type { Advice } from '@luthier/search';
import type { StudyDiagnosis, TrialDiagnosis } from '../../tune/diagnose-study.ts';
import { type Palette, palette } from './colors.ts';
import { formatMetric, plural } from './format.ts';
import type { RenderOptions } from './report.ts';
import { renderTable } from './table.ts';
import { truncate, wrap } from './text.ts';

const INDENT = '   ';
const TEXT_WIDTH = 96;

/** Evidence is numbers of any kind: few digits, integers whole. */
function evidenceText(evidence: Readonly<Record<string, number>>): string {
  const shown = Object.entries(evidence).map(([name, value]) => {
    const text = Number.isInteger(value) || !Number.isFinite(value) ? String(value) : value.toPrecision(3);
    return `${name} ${text}`;
  });
  return shown.join(' · ');
}

function adviceLines(advice: readonly Advice[], c: Palette, before = 0): readonly string[] {
  return advice.map(({ text, target }, i) => {
    const card = findCard(target);
    return `${before + i + 1}. ${text}${card === undefined ? '' : c.dim(`   (luthier explain ${card.name})`)}`;
  });
}

/** The verdict on one trial for people: finding, confidence, evidence, advice. */
export function renderTrialDiagnosis(found: TrialDiagnosis, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const { verdict, size } = found;
  const tint = verdict.verdict === 'good' ? c.good : verdict.verdict === 'unclear' ? c.dim : c.warn;
  const width = Math.max(20, Math.min(TEXT_WIDTH, options.width - INDENT.length));
  const value = found.value === undefined ? found.state : formatMetric(found.value);
  return [
    ` ${c.strong(`Trial #${found.trial}`)}  ${value}  ${tint(verdict.verdict)} ` +
      c.dim(`(confidence ${verdict.confidence.toFixed(2)})`),
    ...wrap(verdict.text, width).map((line) => INDENT + line),
    ...wrap(evidenceText(verdict.evidence), width).map((line) => INDENT + c.dim(line)),
    ...adviceLines(verdict.advice, c).map((line) => INDENT + line),
    ...(size === undefined
      ? []
      : [
          ...wrap(size.text, width).map((line) => INDENT + c.warn(line)),
          ...adviceLines(size.advice, c, verdict.advice.length).map((line) => INDENT + line),
        ]),
  ];
}

function trialRows(found: StudyDiagnosis, objective: string, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const rows = found.trials.map(({ trial, state, value, verdict }) => [
    `#${trial}`,
    state,
    value === undefined ? '·' : formatMetric(value),
    verdict.verdict === 'good' ? c.good(verdict.verdict) : verdict.verdict,
    verdict.confidence.toFixed(2),
    verdict.text,
  ]);
  const columns = [
    { title: 'trial', align: 'right' as const },
    { title: 'state', leftOut: 1 },
    { title: objective, align: 'right' as const },
    { title: 'verdict' },
    { title: 'sure', align: 'right' as const },
    { title: 'says' },
  ];
  return renderTable(columns, rows, { title: c.dim, width: options.width - INDENT.length });
}

/** The diagnosis of a study for people: the winner, the study, every trial. */
export function renderStudyDiagnosis(
  study: string,
  objective: string,
  found: StudyDiagnosis,
  options: RenderOptions,
): readonly string[] {
  const c = palette(options.color);
  const width = Math.max(20, Math.min(TEXT_WIDTH, options.width - INDENT.length - 2));
  const bullet = (text: string): readonly string[] =>
    wrap(text, width).map((line, i) => `${INDENT}${i === 0 ? '- ' : '  '}${line}`);
  const counts = [
    ...Object.entries(found.counts).toSorted(([, a], [, b]) => b - a),
    ...(found.pruned > 0 ? [['pruned', found.pruned] as const] : []),
  ].map(([kind, count]) => `${count} ${kind}`);
  const texts = [...found.findings, ...found.edges, ...found.wasted].map(({ text }) => text);
  const searched = Object.values(found.counts).reduce((sum, count) => sum + count, found.pruned);
  const lines = [
    '',
    ` ${c.strong(study)}  ${c.dim(`${plural(searched, 'search trial')}${counts.length === 0 ? '' : `: ${counts.join(' · ')}`}`)}`,
    '',
    ...(found.best === undefined
      ? [` ${c.warn('no trial is complete yet')}`]
      : [c.dim(' The best model'), ...renderTrialDiagnosis(found.best, options)]),
    '',
    ` ${c.strong('Study')}`,
    ...(texts.length === 0 ? [`${INDENT}nothing to mend`] : texts.flatMap(bullet)),
  ];
  if (found.trials.length > 0) {
    lines.push('', ` ${c.strong('Trials')}`);
    lines.push(...trialRows(found, objective, options).map((line) => INDENT + line));
  }
  return lines.map((line) => truncate(line, options.width));
}
