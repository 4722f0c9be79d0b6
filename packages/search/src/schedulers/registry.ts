import { didYouMean, type Json, LuthierError } from '@luthier/core';
import { parseAsha } from './asha.ts';
import type { Scheduler } from './contract.ts';
import { parseMedian } from './median.ts';
import { parseNone } from './none.ts';

/** The specification of a scheduler as data: its name and its options. */
export type SchedulerSpec = { readonly name: string } & { readonly [option: string]: Json | undefined };

/** Makes a scheduler again from its specification; throws LU_SCHEDULER_OPTION when an option makes no sense. */
export type SchedulerFactory = (spec: SchedulerSpec) => Scheduler;

// A table, not registrations on import, so that bundlers may drop what nobody uses.
const factories = new Map<string, SchedulerFactory>([
  ['asha', parseAsha],
  ['median', parseMedian],
  ['none', parseNone],
]);

/** Makes a scheduler known by name, so that `parseScheduler` and the command line find it. */
export function registerScheduler(name: string, factory: SchedulerFactory): void {
  factories.set(name, factory);
}

/** Names of all known schedulers, sorted. */
export function schedulerNames(): readonly string[] {
  return [...factories.keys()].sort();
}

/**
 * The scheduler of a name (`'median'`) or a specification (`{ name: 'asha', eta: 3 }`), as stored in a study.
 *
 * Throws LU_SCHEDULER_UNKNOWN with the nearest known name.
 */
export function parseScheduler(spec: Json): Scheduler {
  const fields = (typeof spec === 'string' ? { name: spec } : spec) as SchedulerSpec | null;
  const name = typeof fields === 'object' ? fields?.name : undefined;
  const factory = typeof name === 'string' ? factories.get(name) : undefined;
  if (!fields || !factory) {
    const names = schedulerNames();
    const shown = typeof name === 'string' ? `'${name}'` : JSON.stringify(spec);
    const hint = typeof name === 'string' ? didYouMean(name, names) : '';
    throw new LuthierError('LU_SCHEDULER_UNKNOWN', `there is no scheduler ${shown}${hint}`, {
      fix: `Use one of ${names.join(', ')}.`,
      where: 'scheduler',
    });
  }
  return factory(fields);
}
