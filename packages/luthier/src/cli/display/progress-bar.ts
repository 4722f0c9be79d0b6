const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * The filled and the empty part of a bar, to an eighth of a column.
 *
 * @example
 * progressBar(0.5, 5) // { done: '██▌', left: '──' }
 */
export function progressBar(
  fraction: number,
  width: number,
): { readonly done: string; readonly left: string } {
  const bounded = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  const eighths = Math.floor(bounded * width * 8 + 1e-9);
  const done = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
  return { done, left: '─'.repeat(width - done.length) };
}
