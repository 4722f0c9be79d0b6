import { requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of gradient accumulation. */
export interface AccumulationOptions {
  /** Batches whose mean gradient makes one update; an integer from 2. Default: each batch makes one. */
  readonly gradientAccumulationSteps?: number;
}

/**
 * Makes an optimizer collect the gradients of several batches and update with their mean.
 *
 * Clipping, decay, average and schedules see updates, not batches; a group may run over the end of an epoch.
 */
export function withAccumulation(where: string, options: AccumulationOptions, inner: Optimizer): Optimizer {
  const { gradientAccumulationSteps: given } = options;
  if (given === undefined) return inner;
  const batches = requireNumber('LU_OPTIMIZER_OPTION', where, 'gradientAccumulationSteps', given, {
    text: 'the integers from 2',
    holds: (value) => Number.isInteger(value) && value >= 2,
  });
  const updateOf = (step: number): number => Math.ceil(step / batches);
  const { scheduled } = inner;
  return {
    ...inner,
    structure: ['accumulation', batches, inner.structure],
    slots: [...inner.slots, 'accumulated'],
    stepNames: [...inner.stepNames, 'isUpdate'],
    stepNumbers: (knobs, step) => ({
      ...inner.stepNumbers(knobs, updateOf(step)),
      isUpdate: step % batches === 0 ? 1 : 0,
    }),
    ...(scheduled === undefined ? {} : { scheduled: (step) => scheduled(updateOf(step)) }),
    batchesPerUpdate: batches,
  };
}
