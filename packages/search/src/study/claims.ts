import type { EventBody } from './events.ts';

/**
 * Keys that only one event of a study may hold; they make every race have one winner.
 *
 * Every ending of an attempt, final or interrupted, holds the same key, and the start of the next attempt ends the one
 * before it in the same batch: so a trial that was taken over cannot be finished by the runner that lost it.
 */
export const claims: {
  readonly created: string;
  asked(trial: number): string;
  started(trial: number, attempt: number): string;
  ended(trial: number, attempt: number): string;
  queued(id: number): string;
} = {
  created: 'study/created',
  asked: (trial) => `trial/${trial}/asked`,
  started: (trial, attempt) => `trial/${trial}/attempt/${attempt}/started`,
  ended: (trial, attempt) => `trial/${trial}/attempt/${attempt}/ended`,
  queued: (id) => `queue/${id}/queued`,
};

/** The claim that an event of its kind usually holds; undefined for those that hold none. */
export function usualClaim(event: EventBody): string | undefined {
  switch (event.type) {
    case 'study-created':
      return claims.created;
    case 'trial-asked':
      return claims.asked(event.trial);
    case 'trial-started':
      return claims.started(event.trial, event.attempt);
    case 'trial-finished':
      return claims.ended(event.trial, event.attempt);
    case 'queued':
      return claims.queued(event.id);
    default:
      return undefined;
  }
}
