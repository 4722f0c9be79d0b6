import { LuthierError } from '@luthier/core';

/** What the exit codes of the program mean. */
export const EXIT: {
  readonly done: 0;
  readonly unexpected: 1;
  readonly usage: 2;
  readonly nothingCompleted: 3;
  readonly targetMissed: 4;
  readonly store: 5;
  readonly interrupted: 130;
  readonly terminated: 143;
} = {
  done: 0,
  unexpected: 1,
  usage: 2,
  nothingCompleted: 3,
  targetMissed: 4,
  store: 5,
  interrupted: 130,
  terminated: 143,
};

/** Whether the work had begun when an error came. */
export type ErrorPhase = 'start' | 'running';

/**
 * The exit code of an error: 1 when unexpected, 2 for everything the caller can mend before starting (a foreign,
 * read-only or locked store included), 5 for a damaged store and for any store that fails while work is running.
 */
export function exitCodeOf(error: unknown, phase: ErrorPhase): number {
  if (!(error instanceof LuthierError)) return EXIT.unexpected;
  if (error.code.startsWith('LU_INTERNAL')) return EXIT.unexpected;
  if (error.code === 'LU_STORE_DAMAGED' || error.code === 'LU_BLOB_DAMAGED') return EXIT.store;
  const isStore = error.code.startsWith('LU_STORE_') || error.code.startsWith('LU_BLOB_');
  return isStore && phase === 'running' ? EXIT.store : EXIT.usage;
}
