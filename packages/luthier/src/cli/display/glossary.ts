import type { GlossaryEntry } from '@luthier/core';
import { palette } from './colors.ts';
import type { RenderOptions } from './report.ts';
import { wrap } from './text.ts';

/** Terms with their texts, and what to look at next. */
export function renderGlossary(entries: readonly GlossaryEntry[], options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const width = Math.max(20, Math.min(96, options.width - 3));
  return [
    ...entries.flatMap(({ term, text, see }) => [
      '',
      ` ${c.strong(term)}`,
      ...wrap(text, width).map((line) => `   ${line}`),
      `   ${c.dim('see:')} ${see.join(', ')}`,
    ]),
    '',
  ];
}
