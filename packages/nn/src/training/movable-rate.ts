import { LuthierError } from '@luthier/core';
import type { RunInfo } from './callback.ts';

/** Refuses a callback that moves the learning rate of a run with a schedule. */
export function requireMovableRate(where: string, run: RunInfo): void {
  if (run.isScheduled !== true) return;
  throw new LuthierError('LU_TRAIN_SCHEDULE', `${where} cannot move a learning rate that a schedule gives`, {
    fix: `Give the optimizer a number as learningRate, or remove ${where}.`,
    where,
  });
}
