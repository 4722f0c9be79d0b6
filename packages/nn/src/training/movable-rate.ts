import { LuthierError } from '@luthier/core';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { RunInfo } from './callback.ts';

/** Refuses a callback that moves the learning rate of a run with a schedule. */
export function requireMovableRate(where: string, run: RunInfo): void {
  if (run.isScheduled !== true) return;
  throw new LuthierError('LU_TRAIN_SCHEDULE', `${where} cannot move a learning rate that a schedule gives`, {
    fix: `Give the optimizer a number as learningRate, or remove ${where}.`,
    where,
  });
}

/** An optimizer whose rate is `rateAt` of the update, counted from 0. Throws `LU_MODEL_RATE` when it has no rate to replace. */
export function withRate(optimizer: Optimizer, rateAt: (update: number) => number): Optimizer {
  const moving = optimizer.withRate?.(rateAt);
  if (moving !== undefined) return moving;
  throw new LuthierError('LU_MODEL_RATE', `The optimizer '${optimizer.kind}' has no rate to replace`, {
    fix: 'Use one of `optimizers`, or give yours a withRate.',
  });
}
