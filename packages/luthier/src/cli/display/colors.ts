import picocolors from 'picocolors';

/** The few colours of the program by meaning. */
export interface Palette {
  strong(text: string): string;
  dim(text: string): string;
  accent(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

/** Colours, or functions that leave text as it is. */
export function palette(color: boolean): Palette {
  const c = picocolors.createColors(color);
  return { strong: c.bold, dim: c.dim, accent: c.cyan, good: c.green, warn: c.yellow, bad: c.red };
}
