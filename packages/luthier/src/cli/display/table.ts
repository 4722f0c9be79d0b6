import { displayWidth, pad, truncate } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Left out when the table is too wide; the highest number goes first. */
  readonly leftOut?: number;
}

const GAP = 2;

/**
 * Rows under titles, columns as wide as their widest cell and two spaces apart. When that is more than `width`,
 * columns that may be left out go first; what is still too long is cut.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: { readonly title: (text: string) => string; readonly width?: number },
): readonly string[] {
  const limit = style.width ?? Number.POSITIVE_INFINITY;
  const widths = columns.map(({ title }, i) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  let kept = columns.map((_, i) => i);
  const total = (): number => kept.reduce((sum, i) => sum + widths[i]! + GAP, -GAP);
  while (total() > limit) {
    const worst = Math.max(...kept.map((i) => columns[i]!.leftOut ?? 0));
    if (worst <= 0) break;
    kept = kept.filter((i) => (columns[i]!.leftOut ?? 0) < worst);
  }
  const line = (cells: readonly string[]): string => {
    const text = kept.map((i) => pad(cells[i] ?? '', widths[i]!, columns[i]!.align)).join(' '.repeat(GAP));
    return truncate(text.trimEnd(), limit);
  };
  return [style.title(line(columns.map(({ title }) => title))), ...rows.map(line)];
}
