import type { Lease, Leases } from '@luthier/search';
import { type Clock, systemClock } from '../runners/clock.ts';

/** Leases of one process. An attempt older than the one on record never gets the lease. */
export function memoryLeases(clock: Clock = systemClock): Leases {
  const studies = new Map<string, Map<number, Lease>>();
  return {
    async acquire(lease): Promise<boolean> {
      const trials = studies.get(lease.study) ?? new Map<number, Lease>();
      studies.set(lease.study, trials);
      const held = trials.get(lease.trial);
      if (held !== undefined) {
        const isFree = held.holder === lease.holder || held.expiresAt <= clock.now();
        if (!isFree || lease.attempt < held.attempt) return false;
      }
      trials.set(lease.trial, { ...lease });
      return true;
    },
    async release(study, trial, holder): Promise<void> {
      const trials = studies.get(study);
      if (trials?.get(trial)?.holder === holder) trials.delete(trial);
    },
    async list(study): Promise<readonly Lease[]> {
      return [...(studies.get(study)?.values() ?? [])].sort((a, b) => a.trial - b.trial);
    },
  };
}
