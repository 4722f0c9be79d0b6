import { refuseUnknown } from '@luthier/core';
import type { Scheduler } from './contract.ts';
import type { SchedulerSpec } from './registry.ts';

/** Stops no trial. */
export function none(): Scheduler {
  return {
    name: 'none',
    spec: { name: 'none' },
    decide: () => ({ action: 'continue', text: 'trials are never stopped early' }),
  };
}

/** Makes it from its specification; throws LU_SCHEDULER_OPTION when that has options. */
export function parseNone({ name, ...options }: SchedulerSpec): Scheduler {
  refuseUnknown('LU_SCHEDULER_OPTION', name, options, []);
  return none();
}
