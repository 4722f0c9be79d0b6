const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * A curve in one line: eight levels between its finite extremes, `×` where it is not finite.
 * Longer curves keep the last value of each part.
 *
 * @example
 * sparkline([0, 0.5, 1]) // '▁▅█'
 */
export function sparkline(values: readonly number[], width = 12): string {
  const shown =
    values.length <= width
      ? values
      : Array.from({ length: width }, (_, i) => values[Math.ceil(((i + 1) * values.length) / width) - 1]!);
  const finite = shown.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return shown
    .map((value) => {
      if (!Number.isFinite(value)) return '×';
      if (span === 0) return LEVELS[3];
      return LEVELS[Math.round(((value - low) / span) * 7)];
    })
    .join('');
}
