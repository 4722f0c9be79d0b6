import { randomKey } from '@luthier/core';
import { claims } from './claims.ts';
import type { NewEvent } from './events.ts';
import type { History, TrialRecord } from './history.ts';
import type { Proposal } from './propose.ts';

/** The event of a study's next trial. */
export function askedEvent({ trials, seed }: History, proposal: Proposal): NewEvent {
  const trial = trials.length;
  return {
    type: 'trial-asked',
    trial,
    ...proposal,
    seed: randomKey(seed, 'trial', trial).k0,
    claim: claims.asked(trial),
  };
}

/** The event of another run of a trial's configuration with another seed. */
export function repeatEvent({ trials, seed }: History, original: TrialRecord, ownSeed?: number): NewEvent {
  const trial = trials.length;
  const of = original.number;
  return {
    type: 'trial-asked',
    trial,
    params: original.params,
    why: { text: `trial ${of} once more with another seed`, sampler: 'repeat' },
    purpose: 'repeat',
    of,
    seed: ownSeed ?? randomKey(seed, 'trial', trial).k0,
    claim: claims.asked(trial),
  };
}

/** The events of a trial's next attempt; one that runs is ended as interrupted before. */
export function startEvents(record: TrialRecord, runner: string): readonly NewEvent[] {
  const { number: trial, attempt: last, state } = record;
  const attempt = last + 1;
  const started: NewEvent = {
    type: 'trial-started',
    trial,
    attempt,
    runner,
    claim: claims.started(trial, attempt),
  };
  if (state !== 'running') return [started];
  const ended: NewEvent = {
    type: 'trial-finished',
    trial,
    attempt: last,
    outcome: 'interrupted',
    reason: 'lost',
    message: `taken over by ${runner}`,
    claim: claims.ended(trial, last),
  };
  return [ended, started];
}
