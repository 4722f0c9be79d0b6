import { analogies, parametersAndHyperparameters } from '@luthier/core';
import { palette } from './colors.ts';
import type { RenderOptions } from './report.ts';
import { renderTable } from './table.ts';
import { wrap } from './text.ts';

/** What parameters and hyperparameters are: two pictures and a table. */
export function renderAnalogies(options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const width = Math.max(20, Math.min(96, options.width - 3));
  const pictures = analogies.flatMap(({ title, parameters, hyperparameters, text }) => [
    '',
    ` ${c.strong(title)}`,
    ...wrap(text, width).map((line) => `   ${line}`),
    `   ${c.dim('parameters:')} ${parameters}`,
    `   ${c.dim('hyperparameters:')} ${hyperparameters}`,
  ]);
  const rows = parametersAndHyperparameters.map((row) => [row.question, row.parameters, row.hyperparameters]);
  const columns = [{ title: '' }, { title: 'parameters' }, { title: 'hyperparameters' }];
  return [
    ...pictures,
    '',
    ` ${c.strong('Side by side')}`,
    ...renderTable(columns, rows, { title: c.dim }).map((line) => `   ${line}`),
    '',
  ];
}
