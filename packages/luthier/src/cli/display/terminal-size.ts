import type { TextOutput } from '../context.ts';

/** Columns to write in: 80 where the terminal does not tell, which some do by telling 0. */
export function terminalColumns({ columns }: Pick<TextOutput, 'columns'>): number {
  return columns || 80;
}

/** Rows to write in: 24 where the terminal does not tell, which some do by telling 0. */
export function terminalRows({ rows }: Pick<TextOutput, 'rows'>): number {
  return rows || 24;
}
