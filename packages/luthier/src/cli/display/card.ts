import { cardGroups, cards, type HelpCard, type Symptom } from '@luthier/core';
import { palette } from './colors.ts';
import { formatParam } from './format.ts';
import type { RenderOptions } from './report.ts';
import { renderTable } from './table.ts';
import { pad, wrap } from './text.ts';
import { typescriptValue } from './typescript-literal.ts';

const TEXT_WIDTH = 84;
const LABEL_WIDTH = 18;

/** The usual values of a card in words, such as `1e-4 to 0.1, log scale`. */
export function usualValues({ range, scale }: HelpCard): string {
  if (range.kind === 'choice') return range.values.map(formatParam).join(', ');
  const step = range.step === undefined ? '' : ` in steps of ${formatParam(range.step)}`;
  const spread =
    scale === 'log' ? ', log scale' : scale === 'reverseLog' ? ', finer towards the maximum' : '';
  return `${formatParam(range.min)} to ${formatParam(range.max)}${step}${spread}`;
}

/** How a tuning file asks for the hyperparameter, as code to paste into `build` or `fit`. */
export function searchCode({ name, range, scale, default: start }: HelpCard): string {
  const begin = `default: ${typescriptValue(start)}`;
  if (range.kind === 'choice') {
    if (range.values.every((value) => typeof value === 'boolean'))
      return `hp.boolean('${name}', { ${begin} })`;
    return `hp.choice('${name}', [${range.values.map(typescriptValue).join(', ')}], { ${begin} })`;
  }
  const step = range.step === undefined ? '' : `, step: ${range.step}`;
  const spread = scale === 'linear' ? '' : `, scale: '${scale}'`;
  return `hp.${range.kind}('${name}', { min: ${range.min}, max: ${range.max}${step}${spread}, ${begin} })`;
}

/** One card for people. */
export function renderCard(card: HelpCard, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const width = Math.max(20, Math.min(TEXT_WIDTH, options.width - LABEL_WIDTH - 4));
  const block = (label: string, text: string): readonly string[] =>
    wrap(text, width).map((line, i) => `   ${c.dim(pad(i === 0 ? label : '', LABEL_WIDTH))} ${line}`);
  const symptom = ({ when, text, looksLike }: Symptom): readonly string[] => [
    ...wrap(text, width).map(
      (line, i) => `   ${i === 0 ? c.warn(pad(when, LABEL_WIDTH)) : pad('', LABEL_WIDTH)} ${line}`,
    ),
    `   ${pad('', LABEL_WIDTH)} ${c.dim(`the doctor says: ${looksLike.join(', ')}`)}`,
  ];
  const others = card.aliases.length === 0 ? '' : ` · also ${card.aliases.join(', ')}`;
  return [
    '',
    ` ${c.strong(card.name)}  ${c.dim(card.group + others)}`,
    '',
    ...wrap(card.what, width + LABEL_WIDTH + 1).map((line) => `   ${line}`),
    '',
    ...symptom(card.tooLow),
    ...symptom(card.tooHigh),
    '',
    ...block('usual', usualValues(card)),
    ...block('begin with', formatParam(card.default)),
    ...block('advice', card.tip),
    `   ${c.dim(pad('to search', LABEL_WIDTH))} ${c.accent(searchCode(card))}`,
    '',
  ];
}

/** All cards for people: a table a group. */
export function renderCardList(options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const nameWidth = Math.max(...cards.map(({ name }) => name.length));
  const lines = Object.entries(cardGroups).flatMap(([group, decides]) => {
    const rows = cards
      .filter((card) => card.group === group)
      .map((card) => [pad(card.name, nameWidth), formatParam(card.default), usualValues(card)]);
    const columns = [{ title: 'name' }, { title: 'begin with' }, { title: 'usual' }];
    return [
      '',
      ` ${c.strong(group)}  ${c.dim(decides)}`,
      ...renderTable(columns, rows, { title: c.dim, width: options.width - 3 }).map((line) => `   ${line}`),
    ];
  });
  return [
    ...lines,
    '',
    c.dim(' luthier explain <name> says what it does, how a wrong value shows, and how to search it'),
    c.dim(' luthier explain --analogy tells parameters and hyperparameters apart'),
    '',
  ];
}
