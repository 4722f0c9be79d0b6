import type { Scheduler } from './contract.ts';

/** Stops no trial. */
export function none(): Scheduler {
  return {
    name: 'none',
    spec: { name: 'none' },
    decide: () => ({ action: 'continue', text: 'trials are never stopped early' }),
  };
}

/** Makes it from its specification. */
export function parseNone(): Scheduler {
  return none();
}
